"""A folder laid out as the target's file system, and what it was made of."""

from dataclasses import dataclass
from pathlib import Path

from crosswheel.targets import Architecture


@dataclass(frozen=True, slots=True, kw_only=True)
class SysrootPackage:
    """One package of a distribution that was unpacked into a sysroot.

    Arguments:
        name: binary package, such as "libssl-dev".
        version: its version, in the distribution's words.
        source: source package that it was built from.
        architecture: in the distribution's words, such as "arm64".
        sha256: of the package file.
        files: paths in it, relative to the sysroot, as it was unpacked.
    """

    name: str
    version: str
    source: str
    architecture: str
    sha256: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sysroot:
    """Headers and libraries of a target; the host runs none of it except through an emulator.

    Arguments:
        path: the folder.
        architecture: whose machine code is in it.
        glibc: version of its C library, such as (2, 36).
        suite: name of the release that it was taken from, such as "bookworm".
        packages: what it was made of.
    """

    path: Path
    architecture: Architecture
    glibc: tuple[int, int]
    suite: str
    packages: tuple[SysrootPackage, ...]
