"""Libraries, symbol versions and symbols inside a policy."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.elf import ElfFile
from crosswheel.targets import Policy

_MOST_SYMBOLS = 3  # as many as tell what it is about
LIBPYTHON = "libpython"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What ELF files ask of the system, gathered once for all policies.

    Arguments:
        libraries: files by the library from outside that they need.
        versions: files by library from outside and the version that they ask it for.
        forbidden: files by library and symbol that a policy forbids.
        symbols: names by file and version, of the versions that a policy does not allow.
    """

    libraries: Mapping[str, tuple[str, ...]]
    versions: Mapping[tuple[str, str], tuple[str, ...]]
    forbidden: Mapping[tuple[str, str], tuple[str, ...]]
    symbols: Mapping[tuple[str, str], tuple[str, ...]]


def demands_of(facts: WheelFacts, files: Mapping[str, ElfFile], policies: Sequence[Policy]) -> Demands:
    """Return what these files of a wheel ask of the system.

    Arguments:
        facts: of the wheel.
        files: by path, those of one architecture.
        policies: of that architecture.
    """
    libraries: dict[str, list[str]] = {}
    versions: dict[tuple[str, str], list[str]] = {}
    for path, file in files.items():
        for library in file.needed:
            if library not in facts.libraries:
                libraries.setdefault(library, []).append(path)
        for library, asked in file.version_needs.items():
            if library not in facts.libraries:
                for version in asked:
                    versions.setdefault((library, version), []).append(path)
    forbidden, symbols = _doubtful_symbols(files, {version for _, version in versions}, policies)
    return Demands(
        libraries={library: tuple(paths) for library, paths in libraries.items()},
        versions={asked: tuple(paths) for asked, paths in versions.items()},
        forbidden={symbol: tuple(paths) for symbol, paths in forbidden.items()},
        symbols={asked: tuple(sorted(names)) for asked, names in symbols.items()},
    )


def _doubtful_symbols(
    files: Mapping[str, ElfFile], versions: Iterable[str], policies: Sequence[Policy]
) -> tuple[Mapping[tuple[str, str], Iterable[str]], Mapping[tuple[str, str], Iterable[str]]]:
    """Return the files by forbidden symbol, and the symbols by file and version, that a policy does not allow."""
    doubtful = {version for version in versions if any(not policy.allows_version(version) for policy in policies)}
    watched = _watched(policies)
    forbidden: dict[tuple[str, str], dict[str, None]] = {}
    symbols: dict[tuple[str, str], list[str]] = {}
    for path, file in files.items():
        # Hundreds of thousands in a large wheel: next to none of them are worth a second look.
        for symbol in [one for one in file.imports if one[0] in watched or one[1] in doubtful]:
            if symbol.version in doubtful:
                symbols.setdefault((path, symbol.version or ""), []).append(symbol.name)
            # Weak ones may be absent.
            if symbol.name in watched and not symbol.weak:
                for library in watched[symbol.name].intersection(file.needed):
                    if symbol.library in (None, library):
                        forbidden.setdefault((library, symbol.name), {})[path] = None
    return forbidden, symbols


def meets(demands: Demands, policy: Policy) -> bool:
    """Return whether a policy allows everything that is asked for."""
    return (
        policy.libraries.issuperset(demands.libraries)
        and all(policy.allows_version(version) for _, version in demands.versions)
        and not any(name in policy.blacklist.get(library, ()) for library, name in demands.forbidden)
    )


def policy_findings(demands: Demands, policy: Policy) -> Iterator[Finding]:
    """Yield what a policy does not allow: libraries, symbol versions, symbols."""
    for library, paths in demands.libraries.items():
        # Another finding speaks of libpython.
        if library not in policy.libraries and not library.startswith(LIBPYTHON):
            reason = f"it needs {library}, which {policy.name} does not promise and the wheel does not hold"
            yield from (Finding(code="CW104", file=path, subject=library, reason=reason) for path in paths)
    for (library, version), paths in demands.versions.items():
        if not policy.allows_version(version):
            for path in paths:
                reason = f"it asks {library} for {version}, newer than {policy.name} allows"
                reason += _examples(demands.symbols.get((path, version), ()))
                yield Finding(code="CW105", file=path, subject=version, reason=reason)
    for (library, name), paths in demands.forbidden.items():
        if name in policy.blacklist.get(library, ()):
            reason = f"{name} of {library} is not on every system that {policy.name} stands for"
            yield from (Finding(code="CW106", file=path, subject=name, reason=reason) for path in paths)


def _examples(symbols: Sequence[str]) -> str:
    more = ", …" if len(symbols) > _MOST_SYMBOLS else ""
    return f" ({', '.join(symbols[:_MOST_SYMBOLS])}{more})" if symbols else ""


def _watched(policies: Sequence[Policy]) -> Mapping[str, set[str]]:
    """Return the libraries by the symbols of them that one of the policies forbids."""
    watched: dict[str, set[str]] = {}
    for policy in policies:
        for library, names in policy.blacklist.items():
            for name in names:
                watched.setdefault(name, set()).add(library)
    return watched
