"""What machine this is: the one question about the host, and its answer as a value."""

import os
import platform
from dataclasses import dataclass

_NAMES = {"amd64": "x86_64", "arm64": "aarch64", "i386": "i686", "i586": "i686", "armv8l": "armv7l"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The machine that crosswheel runs on.

    Arguments:
        system: kernel name in lower case, such as "linux".
        machine: architecture by its wheel name, such as "x86_64".
        libc: C library and version, such as ("glibc", (2, 36)); ("", (0, 0)) when it cannot be told.
        kernel: kernel version, such as (6, 18).
    """

    system: str
    machine: str
    libc: tuple[str, tuple[int, int]]
    kernel: tuple[int, int]


def this_host() -> Host:
    """Return the machine that this process runs on."""
    machine = platform.machine().lower()
    return Host(
        system=platform.system().lower(),
        machine=_NAMES.get(machine, machine),
        libc=_libc(),
        kernel=_leading_version(platform.release()),
    )


def _libc() -> tuple[str, tuple[int, int]]:
    try:
        # "glibc 2.36"; musl and other systems know no such name (confstr(3)).
        text = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        return ("", (0, 0))
    name, _, version = text.partition(" ")
    return (name, _leading_version(version))


def _leading_version(text: str) -> tuple[int, int]:
    parts = [int(part) for part in text.replace("-", ".").split(".")[:2] if part.isdigit()]
    return (parts[0], parts[1]) if len(parts) == 2 else (0, 0)  # noqa: PLR2004 major and minor
