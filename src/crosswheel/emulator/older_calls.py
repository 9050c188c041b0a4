"""Starts a program in whose process tree some system calls are not there, as on an older kernel: a program of its own.

    python -I older_calls.py PROGRAM [ARGUMENT]...

proot keeps working folders to itself, and so has to translate every path that a process gives to the kernel; Debian's
does not know calls that came after it: `test -x conftest` and `os.access("x", os.R_OK)` then say no of files that are
there. The C library falls back on older calls where the kernel has no newer one: a seccomp filter, which needs no
privilege, makes it so. It imports nothing of crosswheel.
"""

import ctypes
import errno
import os
import struct
import sys
from typing import NoReturn

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SECCOMP_MODE_FILTER = 2
ALLOW, ANSWER = 0x7FFF0000, 0x00050000

LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06  # of the BPF machine, on 32-bit words

# openat2, faccessat2, fchmodat2: their numbers are the same on every architecture. statx is older, but
# zig cannot do without it: only paths from the working folder are refused, which the kernel would look for elsewhere.
NEWER_CALLS = (437, 439, 452)
STATX = {"x86_64": 332, "aarch64": 291, "i686": 383, "armv7l": 397, "ppc64le": 383, "s390x": 379, "riscv64": 291}
NO_CALL = 0xFFFFFFFF
AT_FDCWD = 0xFFFFFF9C
FIRST_ARGUMENT = 16 if sys.byteorder == "little" else 20  # its lower half, in struct seccomp_data


def program(calls: tuple[int, ...], statx: int) -> bytes:
    """Return the filter: "there is no such call" for these, and all others as ever."""
    lines = [(LOAD, 0, 0, 0)]  # the number of the call is the first word of what a filter is given
    lines += [(EQUAL, len(calls) - at + 3, 0, number) for at, number in enumerate(calls)]
    lines += [(EQUAL, 0, 2, statx), (LOAD, 0, 0, FIRST_ARGUMENT), (EQUAL, 1, 0, AT_FDCWD)]
    lines += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, ANSWER | errno.ENOSYS)]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


class Filter(ctypes.Structure):
    """What the kernel calls struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_void_p))


def main(argv: list[str]) -> NoReturn:
    """Take the calls away and become the program; a kernel without seccomp lets it start as it is."""
    code = program(NEWER_CALLS, STATX.get(os.uname().machine, NO_CALL))
    lines = ctypes.create_string_buffer(code, len(code))
    given = Filter(len(code) // 8, ctypes.addressof(lines))
    libc = ctypes.CDLL(None)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(given), 0, 0)
    os.execvp(argv[0], argv)  # noqa: S606 no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
