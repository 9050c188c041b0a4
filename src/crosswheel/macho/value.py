"""What a Mach-O file says of itself."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from crosswheel.errors import BadInputError


class MalformedMachoError(BadInputError):
    """The bytes are no Mach-O file, or a header of it points outside, loops, or contradicts another."""


class MachType(IntEnum):
    """The file types that mean something here (MH_ in mach-o/loader.h)."""

    OBJECT = 1
    EXECUTE = 2
    LIBRARY = 6
    BUNDLE = 8
    DEBUG_SYMBOLS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class MachFile:
    """Facts about the code for one machine in a Mach-O file (mach-o/loader.h, mach-o/fat.h).

    Arguments:
        architecture: as platform tags and `lipo` name it: "arm64", "x86_64", "i386", "ppc", "ppc64", also "arm64e",
            "x86_64h", "arm64_32", "arm"; "cpu 4711" for one that has no name here.
        bits: 32 or 64.
        byte_order: "little" or "big".
        type: a `MachType` or any other number.
        platform: PLATFORM_ value of LC_BUILD_VERSION, 1 for macOS; None where only an older command, or none, tells it.
        minimum_os: X, Y and Z of the oldest macOS X.Y.Z (of another platform where that is told); None: not told.
        install_name: of a library (LC_ID_DYLIB); None where there is none.
        needed: install names of the libraries that it is linked with, in order, weak ones included.
        weak: those of them that may be absent.
        run_paths: LC_RPATH, in order.
        is_signed: whether a code signature is there.
        initializers: exported names by which Python could import it: `PyInit_NAME`, `initNAME`; without the underscore
            that every symbol of C begins with.
    """

    architecture: str
    bits: Literal[32, 64]
    byte_order: Literal["little", "big"]
    type: int
    platform: int | None
    minimum_os: tuple[int, int, int] | None
    install_name: str | None
    needed: tuple[str, ...]
    weak: frozenset[str]
    run_paths: tuple[str, ...]
    is_signed: bool
    initializers: tuple[str, ...]

    @property
    def is_loaded(self) -> bool:
        """Whether it is linked code that a process may load: neither an object file nor separated debug symbols."""
        return self.type not in (MachType.OBJECT, MachType.DEBUG_SYMBOLS)
