"""What has to be there for some packages to work: the closure of their dependencies (Debian Policy 7)."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from crosswheel.debian.control import Package, Relation, parse_dependencies
from crosswheel.debian.version import version_key
from crosswheel.errors import RefusedError

_INSTALLERS = frozenset({"debconf", "debconf-2.0", "dpkg", "init-system-helpers", "install-info", "ucf"})
"""What packages need only while dpkg installs or configures them, which is not done here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provided:
    """That a package provides a name.

    Arguments:
        package: its name.
        of_version: its version.
        version: of what it provides; empty where it says none, and then no dependency on a version is met by it.
    """

    package: str
    of_version: str
    version: str


class PackageSource(Protocol):
    """Knows packages by name."""

    def packages(self, name: str) -> Sequence[Package]:
        """Return the packages of that name, in any order."""
        ...

    def providers(self, name: str) -> Sequence[Provided]:
        """Return who provides that name, in any order."""
        ...


def newest(name: str, source: PackageSource) -> Package | None:
    """Return the package of that name with the highest version."""
    return max(source.packages(name), key=lambda package: version_key(package.version), default=None)


def closure(
    names: Sequence[str], source: PackageSource, *, leave_out: frozenset[str] = frozenset(), where: str
) -> tuple[Package, ...]:
    """Return these packages and all that they depend on, the newest of each, ordered by name.

    Recommendations and conflicts are not looked at, nor what only the installation of packages needs: a sysroot is not
    a system.

    Arguments:
        names: packages, or names that packages provide.
        source: knows packages by name.
        leave_out: names that count as met without being there, unless they are asked for.
        where: the suite and architecture, for people.

    Raises:
        RefusedError: packages are not there, or dependencies cannot be met; all of them are told together.
    """
    met = (leave_out | _INSTALLERS) - set(names)
    chosen: dict[str, Package] = {}
    problems: list[str] = []
    waiting: deque[tuple[str, tuple[Relation, ...]]] = deque(("", (Relation(name=name),)) for name in names)
    while waiting:
        wanted_by, alternatives = waiting.popleft()
        if any(relation.name in met for relation in alternatives) or any(
            _is_met(relation, source, chosen) for relation in alternatives
        ):
            continue
        package = next(filter(None, (_choose(relation, source, chosen) for relation in alternatives)), None)
        if package is None:
            text = " | ".join(map(str, alternatives))
            problems.append(f"{wanted_by} depends on {text}" if wanted_by else f"there is no package {text}")
            continue
        chosen[package.name] = package
        waiting.extend((package.name, clause) for clause in parse_dependencies(package.depends))
    if problems:
        raise RefusedError(
            f"{', '.join(names)} cannot be had from {where}",
            why=problems[0] if len(problems) == 1 else f"{len(problems)} packages are not there",
            hint="look at the names, or take another release of Debian",
            details=problems,
        )
    return tuple(chosen[name] for name in sorted(chosen))


def _is_met(relation: Relation, source: PackageSource, chosen: Mapping[str, Package]) -> bool:
    real = chosen.get(relation.name)
    if real and relation.accepts(real.version):
        return True
    return any(
        provided.package in chosen
        and chosen[provided.package].version == provided.of_version
        and _accepts(relation, provided)
        for provided in source.providers(relation.name)
    )


def _accepts(relation: Relation, provided: Provided) -> bool:
    return not relation.sign or (bool(provided.version) and relation.accepts(provided.version))


def _choose(relation: Relation, source: PackageSource, chosen: Mapping[str, Package]) -> Package | None:
    if relation.name in chosen:
        return None  # it is there in a version that will not do
    real = newest(relation.name, source)
    if real and relation.accepts(real.version):
        return real
    for provided in sorted(source.providers(relation.name), key=lambda provided: provided.package):
        provider = newest(provided.package, source)
        if (
            provider
            and provider.name not in chosen
            and provider.version == provided.of_version
            and _accepts(relation, provided)
        ):
            return provider
    return None
