"""A Python of the target: what it is, and how it is started from here."""

from dataclasses import dataclass
from pathlib import Path

from crosswheel.store import Sysroot


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetPython:
    """An interpreter of the target that can be run here.

    Arguments:
        version: full version, such as "3.11.2".
        executable: the interpreter's own ELF file; inside the sysroot when it comes from one.
        command: arguments that start it from here without binfmt: the interpreter, after the emulator and its options.
        includes: folders that together hold Python.h and everything that it includes of Python's own.
        sysroot: the file system that it belongs to; None for a Python of this machine.
        origin: where it comes from, for people: "Debian bookworm", "this machine".
    """

    version: str
    executable: Path
    command: tuple[str, ...]
    includes: tuple[Path, ...]
    sysroot: Sysroot | None
    origin: str
