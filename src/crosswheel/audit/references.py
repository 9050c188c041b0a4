"""What the files of a wheel ask for that neither the wheel nor Python has: the policy's libraries have to."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from crosswheel.audit.facts import WheelFacts
from crosswheel.exports import Offer, SystemLibraries, python_exports, python_names, served_pythons
from crosswheel.targets import Manylinux, Musllinux, Python

# Every process of a CPython has them loaded; those that glibc 2.34 took in, too: the program asks for them before, and
# after it libc.so.6 has their symbols.
_IN_EVERY_PYTHON = frozenset({"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "libutil.so.1"})
# musl's loader takes every library of these names for itself (ldso/dynlink.c, load_library).
_MUSL_ITSELF = re.compile(r"lib(c|pthread|rt|m|dl|util|xnet)\.")
_MOST_OF_A_KIND = 10_000
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
        elsewhere: whether another file of the wheel defines it, which something may have loaded before.
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
    grafted: Collection[str] = (),
) -> tuple[Reference, ...]:
    """Return what the system's libraries have to provide, and what nothing provides, for policies of any version.

    Left out is what nothing can be said of: names of a Python, or of libraries, whose exports are not known.

    Arguments:
        facts: of the wheel.
        platform: C library and architecture; files of another are left out.
        pythons: that the wheel serves; those after a stable ABI's first are served too.
        python_symbols: what the target's own Python exports, where it was asked; else the lists tell.
        grafted: paths of libraries that came in with names of their own: who does not ask for them by that name does
            not get them, since nothing else loads them.
    """
    own = platform.architecture
    files = {
        path: file
        for path, file in facts.elf_files.items()
        if file.is_dynamic
        and (file.machine, file.elf_class, file.byte_order) == (own.elf_machine, own.bits, own.byte_order)
    }
    wheel = _Wheel(facts=facts, grafted=frozenset(grafted))
    system = _System.of(platform, (library for file in files.values() for library in file.needed))
    interpreters = _Interpreters.of(pythons, python_symbols)
    return tuple(
        _without_endless(
            reference for path in files for reference in _FileProof(path, wheel, system, interpreters).references()
        )
    )


def _without_endless(references: Iterable[Reference]) -> Iterator[Reference]:
    # What nothing offers is met by a policy, or not, for its version alone: the first thousands say what all do, and a
    # hostile wheel has a million, each of which every policy would tell of.
    told: Counter[tuple[str | None, bool]] = Counter()
    for one in references:
        kind = (one.version, one.elsewhere)
        told[kind] += not one.offers
        if one.offers or told[kind] <= _MOST_OF_A_KIND:
            yield one


@dataclass(slots=True, kw_only=True)
class _Wheel:
    """The wheel's files, and what they export as far as somebody asked."""

    facts: WheelFacts
    grafted: frozenset[str]
    exports: dict[str, frozenset[str]] = field(default_factory=dict)

    def exported(self, path: str) -> frozenset[str]:
        if path not in self.exports:
            self.exports[path] = frozenset([symbol[0] for symbol in self.facts.elf_files[path].exports])
        return self.exports[path]

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

    def defines_elsewhere(self, path: str, name: str) -> bool:
        """Return whether a file that something may have loaded before this one, or with it, defines a symbol."""
        defining = {other for other in self.facts.elf_files if name in self.exported(other)}
        if not defining <= self.grafted:
            return True
        # What one file brings in together finds each other's symbols.
        loads = (set(self.closure(other)[0]) for other in self.facts.elf_files) if defining else ()
        return any(path in load and not load.isdisjoint(defining) for load in loads)


@dataclass(frozen=True, slots=True, kw_only=True)
class _System:
    """The system's libraries, in the forms in which they are asked; `offers` is empty where nothing is known."""

    offers: Mapping[str, tuple[Offer, ...]]
    versioned: Mapping[str | None, frozenset[str]]
    unversioned: frozenset[str]
    always: frozenset[str]
    has_versions: bool

    @classmethod
    def of(cls, platform: Manylinux | Musllinux, needed: Iterable[str]) -> "_System":
        libraries = SystemLibraries.of(platform, needed)
        offers = libraries.offers if libraries else {}
        every = [offer for found in offers.values() for offer in found]
        with_versions = isinstance(platform, Manylinux)
        always = _IN_EVERY_PYTHON | {platform.architecture.loader} if with_versions else frozenset(offers)
        every_system = (
            one.names for one in every if one.library in always and one.version is None and not any(one.since)
        )
        versioned: dict[str | None, frozenset[str]] = {}
        for one in every:
            if one.version is not None and with_versions:  # musl does not look at them
                versioned[one.version] = versioned.get(one.version, frozenset()) | one.names
        return cls(
            offers=offers,
            versioned=versioned,
            unversioned=frozenset[str]().union(*every_system),
            always=always,
            has_versions=with_versions,
        )

    def knows(self, libraries: Iterable[str]) -> bool:
        """Return whether all of these libraries are in the lists."""
        return all(one in self.offers or (not self.has_versions and _MUSL_ITSELF.match(one)) for one in libraries)

    def offering(self, name: str, outside: frozenset[str]) -> tuple[Offer, ...]:
        reach = sorted(outside | self.always)
        return tuple(offer for library in reach for offer in self.offers.get(library, ()) if name in offer.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Interpreters:
    """The Pythons that a wheel serves, and what each exports.

    A Python whose exports are not known is left out. `given` are all symbols of the target's own Python, where it was
    asked; `names` are those of any: what else begins as they do may be somebody else's; and `common` those that all of
    the wheel's Pythons export.
    """

    exports: Mapping[Python, frozenset[str]]
    given: frozenset[str]
    names: frozenset[str]
    common: frozenset[str]

    @classmethod
    def of(cls, pythons: Sequence[Python], symbols: frozenset[str] | None) -> "_Interpreters":
        exports = {}
        if symbols is not None:
            exports = dict.fromkeys(pythons[:1], symbols)
        else:
            for served in dict.fromkeys(one for python in pythons for one in served_pythons(python)):
                if names := python_exports(served):
                    exports[served] = names
        every = list(exports.values())
        common = every[0].intersection(*every[1:]) if every else frozenset()
        return cls(exports=exports, given=symbols or frozenset(), names=python_names(), common=common)

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
        nothing = frozenset[str]()
        python = nothing if self._is_program else self._interpreters.common
        every, system = self._system.unversioned, self._system.versioned
        # Hundreds of thousands in a large wheel, of which next to none are left over.
        left = [
            one
            for one in self._file.imports
            if not one[3] and one[0] not in python and one[0] not in every and one[0] not in system.get(one[1], nothing)
        ]
        if not left:
            return
        reached, outside = self._wheel.closure(self._path)
        names = {symbol.name for symbol in left}
        for path in reached:
            names -= self._wheel.exported(path)
        for symbol in sorted({symbol for symbol in left if symbol.name in names}, key=lambda one: one.name):
            version, library = (symbol.version, symbol.library) if self._system.has_versions else (None, None)
            found = self._looked_up(symbol.name, version, library, outside)
            if found is not None:
                offers, lacking = found
                yield Reference(
                    file=self._path,
                    name=symbol.name,
                    version=version,
                    library=library,
                    offers=offers,
                    lacking=lacking,
                    elsewhere=self._wheel.defines_elsewhere(self._path, symbol.name),
                )

    def _looked_up(
        self, name: str, version: str | None, library: str | None, outside: frozenset[str]
    ) -> tuple[tuple[Offer, ...], Python | None] | None:
        """Return what is offered, and the Python that lacks the name; None where it is met, or cannot be known."""
        if library is not None and version is not None:
            return ((), None) if self._is_provable(library, version) else None
        # What a library exports that nobody knows can be anything.
        is_known = self._system.knows(outside)
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
        return library in self._system.offers and version in self._system.versioned
