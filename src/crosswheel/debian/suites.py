"""The releases of Debian that crosswheel takes things from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A release of Debian.

    Arguments:
        name: its code name.
        glibc: version of its C library; None where that moves, and the archive has to be asked.
        pythons: CPython versions that it has, newest last.
        architectures: in Debian's words.
        updated: whether suites of security fixes and updates stand beside it.
        ended: day on which the last security fixes came; from then on mirrors begin to drop them.
    """

    name: str
    glibc: tuple[int, int] | None
    pythons: tuple[tuple[int, int], ...]
    architectures: frozenset[str]
    updated: bool = True
    ended: date | None = None


_ALWAYS = frozenset({"amd64", "arm64", "armhf", "i386"})

SUITES: Mapping[str, Suite] = MappingProxyType(
    {
        suite.name: suite
        for suite in (
            # The other architectures of bullseye left the mirrors when its long-term support began.
            Suite(
                name="bullseye",
                glibc=(2, 31),
                pythons=((3, 9),),
                architectures=_ALWAYS,
                ended=date(2026, 8, 31),
            ),
            Suite(
                name="bookworm",
                glibc=(2, 36),
                pythons=((3, 11),),
                architectures=_ALWAYS | {"armel", "mips64el", "ppc64el", "s390x"},
            ),
            Suite(
                name="trixie",
                glibc=(2, 41),
                pythons=((3, 13),),
                architectures=_ALWAYS | {"armel", "ppc64el", "riscv64", "s390x"},
            ),
            Suite(
                name="sid",
                glibc=None,
                pythons=((3, 13), (3, 14), (3, 15)),
                architectures=_ALWAYS | {"loong64", "ppc64el", "riscv64", "s390x"},
                updated=False,
            ),
        )
    }
)
"""Oldest first."""
