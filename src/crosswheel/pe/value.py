"""What a PE file says of itself."""

from dataclasses import dataclass

from crosswheel.errors import BadInputError


class MalformedPeError(BadInputError):
    """The bytes are no PE file, or a header of it points outside, loops, or contradicts another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeFile:
    """Facts about one PE file (Microsoft's PE/COFF specification).

    Arguments:
        machine: of the COFF header, such as 0x8664.
        architecture: as platform tags name it: "win32", "win_amd64", "win_arm64"; also "win_arm64x" for one that serves
            processes of both arm64 and amd64 on arm64, "win_arm64ec" for code of arm64 that only looks like amd64, and
            "machine 0x1c4" for one that wheels have no tag for.
        bits: 32 or 64.
        is_library: whether it is a DLL, not a program.
        is_managed: whether it is code of .NET for any machine, which no loader of machine code reads.
        subsystem: 2 windows, 3 console, 1 native.
        minimum_os: X and Y of the oldest Windows that loads it: 6.0 is Vista, 6.1 is 7, 10.0 is 10.
        needed: DLLs that are loaded with it, as written, in order.
        delayed: DLLs that are loaded when a function of them is first called.
        initializers: exported names by which Python could import it: `PyInit_NAME`, `initNAME`; sorted.
    """

    machine: int
    architecture: str
    bits: int
    is_library: bool
    is_managed: bool
    subsystem: int
    minimum_os: tuple[int, int]
    needed: tuple[str, ...]
    delayed: tuple[str, ...]
    initializers: tuple[str, ...]
