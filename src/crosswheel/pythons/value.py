"""A Python of the target: what it is, and how it is started from here."""

from dataclasses import dataclass
from pathlib import Path

from crosswheel.store import Sysroot


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """What makes a Python of this machine, of the same X.Y, answer as the target's.

    Arguments:
        folder: in the store. `site/` in it holds the files that go into an environment's site-packages, `include/` all
            of CPython's headers with the target's pyconfig.h, `lib/` what sysconfig names as the target's LIBDIR.
    """

    folder: Path

    @property
    def site(self) -> Path:
        """Files that go into the site-packages of the environment that is to pose."""
        return self.folder / "site"

    @property
    def include(self) -> Path:
        """Python.h and everything that it includes of Python's own, pyconfig.h being the target's."""
        return self.folder / "include"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetPython:
    """An interpreter of the target that can be run here, or one of this machine that poses as such.

    Arguments:
        version: full version, such as "3.11.2".
        executable: the interpreter's own ELF file; inside the sysroot when it comes from one.
        command: arguments that start it from here without binfmt: the interpreter, after the emulator and its options.
        includes: folders that together hold Python.h and everything that it includes of Python's own.
        sysroot: the file system that it belongs to; None for a Python of this machine.
        origin: where it comes from, for people: "Debian bookworm", "this machine".
        pose: what makes it pose as the target's; None for one that is the target's.
        free_threaded: whether it has no global interpreter lock, and so other folders (PEP 703).
    """

    version: str
    executable: Path
    command: tuple[str, ...]
    includes: tuple[Path, ...]
    sysroot: Sysroot | None
    origin: str
    pose: Pose | None = None
    free_threaded: bool = False

    @property
    def folder_name(self) -> str:
        """Name of its folder in lib and include, such as "python3.11", "python3.13t"."""
        major, minor = self.version.split(".")[:2]
        return f"python{major}.{minor}{'t' if self.free_threaded else ''}"
