"""Which symbols the libraries export that a manylinux or musllinux policy promises, and since when."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from crosswheel.exports.sections import Section, read_sections
from crosswheel.targets.platforms import Manylinux, Musllinux

_NONE = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Symbols that one library exports at one version.

    Arguments:
        library: SONAME.
        version: of the symbols, such as "GLIBC_2.17"; None for those without.
        since: version of the oldest C library on whose systems they are known to be; (0, 0) where the symbols' version
            alone tells.
        names: of the symbols.
    """

    library: str
    version: str | None
    since: tuple[int, ...]
    names: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemLibraries:
    """What the libraries of systems of one C library and architecture export.

    Get it from `of`.

    Arguments:
        libc: version of the C library of the platform that was asked for.
        offers: by library.
    """

    libc: tuple[int, int]
    offers: Mapping[str, tuple[Offer, ...]]

    @classmethod
    def of(cls, platform: Manylinux | Musllinux, libraries: Iterable[str] = ()) -> Self | None:
        """Return what the C library, and those other libraries that are known, export.

        None where not even the C library is known.

        Arguments:
            platform: C library and architecture.
            libraries: SONAMEs of others that are asked for; those outside of the lists are left out.
        """
        architecture = platform.architecture.name
        if isinstance(platform, Manylinux):
            sections = list(read_sections("glibc", f"{architecture}.txt"))
        else:
            sections = [section for section in read_sections("musl.txt") if architecture in section.words[3:]]
        if not sections:
            return None
        for library in sorted(set(libraries)):
            if "/" not in library:
                sections += [
                    one for one in read_sections("libraries", f"{library}.txt") if architecture in one.words[3:]
                ]
        offers: dict[str, list[Offer]] = {}
        for offer in _offers(sections):
            offers.setdefault(offer.library, []).append(offer)
        return cls(
            libc=(platform.major, platform.minor), offers={library: tuple(found) for library, found in offers.items()}
        )

    def provides(self, library: str, name: str, version: str | None = None) -> bool:
        """Return whether a library has a symbol at the platform's version of the C library.

        Arguments:
            library: SONAME.
            name: of the symbol.
            version: that is asked for; None for any.
        """
        return any(
            name in offer.names and offer.since <= self.libc and version in (None, offer.version)
            for offer in self.offers.get(library, ())
        )


def _offers(sections: Iterable[Section]) -> Iterator[Offer]:
    for section in sections:
        library, version, since = section.words[:3]
        yield Offer(
            library=library,
            version=None if version == _NONE else version,
            since=(0, 0) if since == _NONE else _number(since),
            names=section.names,
        )


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
