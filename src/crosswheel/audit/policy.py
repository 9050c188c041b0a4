"""Libraries, symbol versions and symbols inside a policy."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.elf import ElfFile
from crosswheel.targets.policies import Policy

_MOST_SYMBOLS = 3  # as many as tell what it is about


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What a wheel's ELF files ask of the system, gathered once for all policies.

    Arguments:
        libraries: files by the library from outside that they need.
        versions: files by library from outside and the version that they ask it for.
    """

    libraries: Mapping[str, tuple[str, ...]]
    versions: Mapping[tuple[str, str], tuple[str, ...]]


def demands_of(facts: WheelFacts, files: Mapping[str, ElfFile]) -> Demands:
    """Return what these files of a wheel ask of the system.

    Arguments:
        facts: of the wheel.
        files: by path, those of one architecture.
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
    return Demands(
        libraries={library: tuple(paths) for library, paths in libraries.items()},
        versions={asked: tuple(paths) for asked, paths in versions.items()},
    )


def meets(demands: Demands, files: Mapping[str, ElfFile], policy: Policy) -> bool:
    """Return whether a policy allows everything that the files ask for.

    Arguments:
        demands: of the files.
        files: by path.
        policy: of their architecture.
    """
    return (
        policy.libraries.issuperset(demands.libraries)
        and all(policy.allows_version(version) for _, version in demands.versions)
        and not any(_symbol_findings(demands, files, policy))
    )


def policy_findings(demands: Demands, files: Mapping[str, ElfFile], policy: Policy) -> Iterator[Finding]:
    """Yield what a policy does not allow: libraries, symbol versions, symbols.

    Arguments:
        demands: of the files.
        files: by path.
        policy: of their architecture.
    """
    for library, paths in demands.libraries.items():
        if library not in policy.libraries:
            reason = f"it needs {library}, which {policy.name} does not promise and the wheel does not hold"
            yield from (Finding(code="CW104", file=path, subject=library, reason=reason) for path in paths)
    for (library, version), paths in demands.versions.items():
        if policy.allows_version(version):
            continue
        for path in paths:
            symbols = sorted(symbol.name for symbol in files[path].imports if symbol.version == version)
            reason = f"it asks {library} for {version}, newer than {policy.name} allows"
            if symbols:
                more = ", …" if len(symbols) > _MOST_SYMBOLS else ""
                reason += f" ({', '.join(symbols[:_MOST_SYMBOLS])}{more})"
            yield Finding(code="CW105", file=path, subject=version, reason=reason)
    yield from _symbol_findings(demands, files, policy)


def _symbol_findings(demands: Demands, files: Mapping[str, ElfFile], policy: Policy) -> Iterator[Finding]:
    for library, forbidden in policy.blacklist.items():
        for path in demands.libraries.get(library, ()):
            found = {
                symbol.name
                for symbol in files[path].imports
                # Weak ones may be absent.
                if symbol.name in forbidden and not symbol.weak and symbol.library in (None, library)
            }
            for name in sorted(found):
                reason = f"{name} of {library} is not on every system that {policy.name} stands for"
                yield Finding(code="CW106", file=path, subject=name, reason=reason)
