"""An emulator of the target's processor for single programs: qemu-user, found or fetched."""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from crosswheel.errors import CrosswheelError, LackError
from crosswheel.process import Command, Processes
from crosswheel.targets import Architecture

_OLDEST = (6, 0)  # older ones do not know the binfmt flag P on every architecture, nor statx
# The first whose Cortex-A8 can be had without NEON (vfp-d32), and the first with LSX for every LoongArch program.
_OLDEST_FOR = {"armv7l": (8, 1), "loongarch64": (8, 2)}
_VERSION = re.compile(r"qemu-\S+ version (\d+)\.(\d+)(\.\d+)?")


class HostPackages(Protocol):
    """Gives packages of a distribution, for this machine, unpacked."""

    def __call__(self, *packages: str, dependencies: bool, only: frozenset[str] = frozenset()) -> Path:
        """Return a folder in which these packages are unpacked, with or without what they depend on.

        Arguments:
            packages: their names.
            dependencies: whether what they depend on is there too.
            only: paths of the only files that are wanted, such as "usr/bin/tool"; none for all.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulator:
    """A qemu-user that runs here.

    Arguments:
        path: the program; it runs without libraries of its own where it was fetched.
        architecture: whose programs it runs.
        version: its own, such as "10.0.13".
    """

    path: Path
    architecture: Architecture
    version: str

    def environment(self, sysroot: Path) -> Mapping[str, str]:
        """Return the variables that it reads: where a program's libraries are, and which processor it is.

        The processor is the architecture's baseline, so that nothing is tuned to what qemu can do besides.
        """
        return {"QEMU_LD_PREFIX": str(sysroot), "QEMU_CPU": self.architecture.baseline_cpu}


def find_emulator(
    architecture: Architecture, *, search_path: str, processes: Processes, host_packages: HostPackages
) -> Emulator:
    """Return an emulator: of this machine, else of the Debian archive.

    Debian's package `qemu-user` is taken as it has been since trixie: linked statically, so that it runs on any Linux,
    and in any root that a build makes for itself; of version 10, which shows emulated programs a /proc/cpuinfo of their
    own processor. bookworm's `qemu-user` needs twenty libraries, and its static 7.2 shows the host's.

    Arguments:
        architecture: whose programs are to be run.
        search_path: folders to look in, as PATH has them.
        processes: starts it to ask its version.
        host_packages: gives packages for this machine.

    Raises:
        LackError: there is none.
    """
    for path in _on_path(architecture, search_path):
        version = _version(path, processes)
        if version and _numbers(version) >= _OLDEST_FOR.get(architecture.name, _OLDEST):
            return Emulator(path=path, architecture=architecture, version=version)
    name = f"qemu-{architecture.qemu}"
    try:
        # The package has an emulator of every architecture: 450 MB.
        folder = host_packages("qemu-user", dependencies=False, only=frozenset({f"usr/bin/{name}"}))
    except CrosswheelError as error:
        raise LackError(
            f"there is no emulator for {architecture}",
            why=f"{name} is not on PATH, and Debian's package could not be had: {error}",
            hint=error.hint or f"install qemu-user, so that {name} is on PATH",
        ) from error
    path = folder / "usr/bin" / name
    version = _version(path, processes) if path.is_file() else None
    if version is None:
        raise LackError(
            f"there is no emulator for {architecture}",
            why=f"{path}, of Debian's package, does not run here",
            hint=f"install qemu-user or qemu-user-static, so that {name} or {name}-static is on PATH",
        )
    return Emulator(path=path, architecture=architecture, version=version)


def _on_path(architecture: Architecture, search_path: str) -> Iterator[Path]:
    for name in (f"qemu-{architecture.qemu}-static", f"qemu-{architecture.qemu}"):
        if found := shutil.which(name, path=search_path):
            yield Path(found).resolve()


def _version(path: Path, processes: Processes) -> str | None:
    try:
        completed = processes.run(
            Command(argv=(str(path), "--version"), environment={}, directory=Path("/")), timeout=20
        )
    except CrosswheelError:
        return None
    match = _VERSION.search(completed.output)
    return f"{match[1]}.{match[2]}{match[3] or ''}" if match and completed.returncode == 0 else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
