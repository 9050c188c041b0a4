"""What the files of a wheel ask for that neither the wheel nor Python has: the policy's libraries have to."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from crosswheel.audit.facts import WheelFacts
from crosswheel.exports import Offer, SystemLibraries, python_exports, python_names, served_pythons
from crosswheel.targets import Manylinux, Musllinux, Python

# Every process of a CPython has them loaded; those that glibc 2.34 took in, too: the program asks for them before, and
# after it libc.so.6 has their symbols.
_IN_EVERY_PYTHON = frozenset({"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "libutil.so.1"})
_PYTHON_NAME = re.compile(r"_{0,2}Py")
_SUFFIX = re.compile(r"\.cpython-([23])(\d{1,2})(t?)[dmu]*(?:-[\w-]+)?\.so$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An undefined strong symbol that neither the wheel nor Python provides where the loader looks.

    Arguments:
        file: path of who asks.
        name: of the symbol.
        version: that is asked for; None for none, and with musl, which does not look at versions.
        library: SONAME that the version is asked of.
        offers: what has the name among the system's libraries in reach, whatever the version.
        lacking: a Python that should export it and does not; None where none is asked.
        elsewhere: whether another file of the wheel defines it.
    """

    file: str
    name: str
    version: str | None
    library: str | None
    offers: tuple[Offer, ...]
    lacking: Python | None
    elsewhere: bool


def open_references(
    facts: WheelFacts,
    platform: Manylinux | Musllinux,
    pythons: Sequence[Python],
    python_symbols: frozenset[str] | None = None,
) -> tuple[Reference, ...]:
    """Return what the system's libraries have to provide, and what nothing provides, for policies of any version.

    Left out is what nothing can be said of: names of a Python, or of libraries, whose exports are not known.

    Arguments:
        facts: of the wheel.
        platform: C library and architecture; files of another are left out.
        pythons: that the wheel serves; those after a stable ABI's first are served too.
        python_symbols: what the target's own Python exports, where it was asked; else the lists tell.
    """
    own = platform.architecture
    files = {
        path: file
        for path, file in facts.elf_files.items()
        if file.is_dynamic
        and (file.machine, file.elf_class, file.byte_order) == (own.elf_machine, own.bits, own.byte_order)
    }
    wheel = _Wheel(facts=facts)
    system = _System.of(platform, (library for file in files.values() for library in file.needed))
    interpreters = _Interpreters.of(pythons, python_symbols)
    return tuple(
        reference for path in files for reference in _FileProof(path, wheel, system, interpreters).references()
    )


@dataclass(slots=True, kw_only=True)
class _Wheel:
    """The wheel's files, and what they export as far as somebody asked."""

    facts: WheelFacts
    exports: dict[str, frozenset[str]] = field(default_factory=dict)

    def exported(self, paths: Iterable[str]) -> frozenset[str]:
        for path in paths:
            if path not in self.exports:
                self.exports[path] = frozenset(symbol.name for symbol in self.facts.elf_files[path].exports)
        return frozenset[str]().union(*(self.exports[path] for path in paths))

    def closure(self, path: str) -> tuple[list[str], frozenset[str]]:
        """Return the wheel's files that loading this one brings in, itself included, and the libraries from outside."""
        reached = {path: None}
        outside: set[str] = set()
        waiting = [path]
        while waiting:
            for library in self.facts.elf_files[waiting.pop()].needed:
                inside = self.facts.libraries.get(library)
                if inside is None:
                    outside.add(library)
                elif inside not in reached:
                    reached[inside] = None
                    waiting.append(inside)
        return list(reached), frozenset(outside)


@dataclass(frozen=True, slots=True, kw_only=True)
class _System:
    """The system's libraries, in the forms in which they are asked; `offers` is empty where nothing is known."""

    offers: dict[str, tuple[Offer, ...]]
    versions: frozenset[str]
    pairs: frozenset[tuple[str, str | None]]
    always: frozenset[str]
    has_versions: bool

    @classmethod
    def of(cls, platform: Manylinux | Musllinux, needed: Iterable[str]) -> "_System":
        libraries = SystemLibraries.of(platform, needed)
        offers = dict(libraries.offers) if libraries else {}
        every = [offer for found in offers.values() for offer in found]
        with_versions = isinstance(platform, Manylinux)
        return cls(
            offers=offers,
            versions=frozenset(offer.version for offer in every if offer.version),
            pairs=frozenset((name, offer.version) for offer in every if offer.version for name in offer.names),
            always=_IN_EVERY_PYTHON | {platform.architecture.loader} if with_versions else frozenset(offers),
            has_versions=with_versions,
        )

    def offering(self, name: str, outside: frozenset[str]) -> tuple[Offer, ...]:
        reach = sorted(outside | self.always)
        return tuple(offer for library in reach for offer in self.offers.get(library, ()) if name in offer.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Interpreters:
    """The Pythons that a wheel serves, and what each exports.

    A Python whose exports are not known is left out. `given` are all symbols of the target's own Python, where it was
    asked, and `names` those of any: what else begins as they do may be somebody else's.
    """

    exports: dict[Python, frozenset[str]]
    given: frozenset[str]
    names: frozenset[str]

    @classmethod
    def of(cls, pythons: Sequence[Python], symbols: frozenset[str] | None) -> "_Interpreters":
        if symbols is not None:
            return cls(exports=dict.fromkeys(pythons[:1], symbols), given=symbols, names=python_names())
        served = dict.fromkeys(one for python in pythons for one in served_pythons(python))
        known = {python: python_exports(python) for python in served}
        return cls(
            exports={python: names for python, names in known.items() if names}, given=frozenset(), names=python_names()
        )

    def lacking(self, path: str, name: str) -> Python | None:
        """Return a Python that lacks a name and may load the file."""
        asked = self.exports
        # A wheel for several Pythons can have a module for each: it is the suffix that says whose.
        if not self.given and len(self.exports) > 1 and (match := _SUFFIX.search(path)):
            named = Python.parse(f"cp{match[1]}{match[2]}{match[3]}")
            asked = {python: names for python, names in asked.items() if python == named} or asked
        return next((python for python, names in asked.items() if name not in names), None)


class _FileProof:
    """Looks for what one file asks for."""

    def __init__(self, path: str, wheel: _Wheel, system: _System, interpreters: _Interpreters) -> None:
        self._path = path
        self._file = wheel.facts.elf_files[path]
        self._wheel = wheel
        self._system = system
        self._interpreters = interpreters

    def references(self) -> Iterator[Reference]:
        """Yield the references that neither the wheel nor Python meets."""
        wanted = {symbol[:3] for symbol in self._file.imports if not symbol.weak}
        if self._system.has_versions:
            wanted = {one for one in wanted if one[:2] not in self._system.pairs}
        else:  # musl does not look at versions
            wanted = {(name, None, None) for name, _, _ in wanted}
        if not wanted:
            return
        reached, outside = self._wheel.closure(self._path)
        inside = self._wheel.exported(reached)
        for name, version, library in sorted(wanted, key=lambda one: (one[0], one[1] or "")):
            if name not in inside:
                met_by = self._looked_up(name, version, library, outside)
                if met_by is not None:
                    offers, lacking = met_by
                    yield Reference(
                        file=self._path,
                        name=name,
                        version=version,
                        library=library,
                        offers=offers,
                        lacking=lacking,
                        elsewhere=name in self._wheel.exported(self._wheel.facts.elf_files),
                    )

    def _looked_up(
        self, name: str, version: str | None, library: str | None, outside: frozenset[str]
    ) -> tuple[tuple[Offer, ...], Python | None] | None:
        """Return what is offered, and the Python that lacks the name; None where it is met, or cannot be known."""
        if library is not None and version is not None:
            return ((), None) if self._is_provable(library, version) else None
        # What a library exports that nobody knows can be anything.
        is_known = outside <= self._system.offers.keys()
        if not self._is_program:
            if name in self._interpreters.given:
                return None
            if _PYTHON_NAME.match(name) and (is_known or name in self._interpreters.names):
                lacking = self._interpreters.lacking(self._path, name)
                return ((), lacking) if lacking else None
        if not is_known:
            return None
        offers = self._system.offering(name, outside)
        return None if any(offer.version is None and offer.since == (0, 0) for offer in offers) else (offers, None)

    @property
    def _is_program(self) -> bool:
        # A program is no extension module: there is no Python in its process.
        return self._file.interpreter is not None and self._file.soname is None

    def _is_provable(self, library: str, version: str) -> bool:
        """Return whether the lists know who has that version; where they do not, the policy has a word on it."""
        if library in self._wheel.facts.libraries:
            return True
        return library in self._system.offers and version in self._system.versions
