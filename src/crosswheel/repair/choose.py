"""The strictest policy that a wheel can honestly meet, and what has to come in for it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from crosswheel.audit import Claims, Finding, Severity, WheelFacts
from crosswheel.audit.load import reference_findings
from crosswheel.audit.machine import is_loaded
from crosswheel.audit.policy import LIBPYTHON, Demands, demands_of, meets, policy_findings
from crosswheel.audit.references import Reference, open_references
from crosswheel.audit.tags import standings
from crosswheel.errors import RefusedError
from crosswheel.repair.folders import Libc
from crosswheel.repair.graft import Collector, Missing, Outside
from crosswheel.repair.plan import matches
from crosswheel.repair.search import FoundLibrary, libc_of
from crosswheel.targets import Architecture, Manylinux, Musllinux, Policy

_MOST_REASONS = 20
_UNDEFINED = ("CW107", "CW120")  # what an excluded library may define


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A policy that the wheel meets once some libraries have come in.

    Arguments:
        policy: the policy.
        outside: the libraries.
        excluded: libraries that were left out though the policy does not promise them.
    """

    policy: Policy
    outside: Outside
    excluded: tuple[str, ...]

    def is_promised(self, name: str) -> bool:
        """Return whether a library stays outside."""
        return name in self.policy.libraries or name in self.excluded


def machine_of(facts: WheelFacts) -> tuple[Architecture, Libc]:
    """Return the architecture and the C library that a wheel's machine code is for.

    Arguments:
        facts: of the wheel.

    Raises:
        RefusedError: it is not for one.
    """
    claims = Claims.of_wheel(facts.name)
    found = standings(facts, claims)
    if len(found) != 1:
        raise RefusedError(
            f"{facts.name} cannot be repaired",
            why="its machine code is damaged, of a machine that has no wheels, or of several machines",
            hint="`crosswheel inspect` tells which file it is",
            details=[f"{path}: {why}" for path, why in facts.malformed.items()],
        )
    families = {type(platform) for platform in claims.linux}
    if len(families) == 1:
        return found[0].architecture, Libc.GLIBC if families == {Manylinux} else Libc.MUSL
    libcs = {libc for file in facts.elf_files.values() if (libc := libc_of(file)) is not None}
    if len(libcs) > 1:
        raise RefusedError(
            f"{facts.name} cannot be repaired",
            why="some of its files were linked for glibc, others for musl",
            hint="build it for one of them",
        )
    if libcs:
        return found[0].architecture, libcs.pop()
    # Nothing in it asks for a C library: its suffixes may tell of one, and glibc is what most systems have.
    of_glibc = any(policy.glibc is not None for policy in (*found[0].met, *found[0].missed))
    return found[0].architecture, Libc.GLIBC if of_glibc else Libc.MUSL


def choose_policy(
    facts: WheelFacts,
    collector: Collector,
    libc: Libc,
    *,
    platform: Manylinux | Musllinux | None,
    exclude: Sequence[str],
    include: Sequence[str],
    python_symbols: frozenset[str] | None = None,
) -> Choice:
    """Return the strictest policy that the wheel can meet, or the one that was asked for.

    What a policy promises does not come in, so each policy has libraries of its own to graft.

    Arguments:
        facts: of the wheel.
        collector: finds the libraries.
        libc: that the wheel is for.
        platform: that was asked for; None for the strictest.
        exclude: patterns of libraries that are left out.
        include: libraries that come in though no file says that it needs them.
        python_symbols: what the target's Python exports; None where nobody asked it.

    Raises:
        RefusedError: it can meet none, or not the one that was asked for; the details say what stands in the way.
    """
    policies = tuple(_policies(without(facts, lambda name: matches(name, exclude)), libc, platform))
    if not policies:
        raise RefusedError(
            f"{facts.name} cannot be repaired for {platform}",
            why="its machine code is for another architecture or C library",
            hint="take --target auto, or a tag of the wheel's own architecture",
        )
    hurdles = _Hurdles(policies=policies, libc=libc, python_symbols=python_symbols)
    reasons: tuple[Finding | Missing, ...] = ()
    for policy in policies:
        outside = collector.collect(_promise(policy, exclude), include)
        places = {_place(library, name): library.elf for name, library in outside.found.items()}
        grown = replace(facts, elf_files={**facts.elf_files, **places}) if places else facts
        renamed = [_place(library, name) for name, library in outside.found.items() if name not in include]
        excluded = _excluded(facts, outside, exclude)
        reasons = outside.missing or tuple(hurdles.of(policy, grown, excluded, renamed))
        if not reasons:
            return Choice(policy=policy, outside=outside, excluded=excluded)
    name = f"{policies[-1].name}_{policies[-1].architecture}"
    raise RefusedError(
        f"{facts.name} cannot meet {name}" if platform else f"{facts.name} cannot meet any policy, not even {name}",
        why=str(reasons[0]) + (f", and {len(reasons) - 1} more" if len(reasons) > 1 else ""),
        hint=_hint(reasons, collector, is_named=platform is not None),
        details=[str(reason) for reason in reasons[:_MOST_REASONS]],
    )


def without(facts: WheelFacts, is_excluded: Callable[[str], bool]) -> WheelFacts:
    """Return the facts less everything that files ask of libraries that are left out.

    Arguments:
        facts: of the wheel.
        is_excluded: whether a library is left out.
    """
    changed = {
        path: replace(
            file,
            needed=tuple(name for name in file.needed if not is_excluded(name)),
            version_needs={name: asked for name, asked in file.version_needs.items() if not is_excluded(name)},
            imports=tuple(one for one in file.imports if one.library is None or not is_excluded(one.library)),
        )
        for path, file in facts.elf_files.items()
        if any(is_excluded(name) for name in (*file.needed, *file.version_needs))
    }
    return replace(facts, elf_files={**facts.elf_files, **changed}) if changed else facts


def _policies(facts: WheelFacts, libc: Libc, platform: Manylinux | Musllinux | None) -> Iterator[Policy]:
    name = facts.name.with_platforms([str(platform)]) if platform else facts.name
    for standing in standings(facts, Claims.of_wheel(name)):
        if platform is None:
            every = sorted((*standing.met, *standing.missed), key=lambda policy: policy.libc)
            yield from (policy for policy in every if (policy.glibc is None) == (libc is Libc.MUSL))
        elif standing.architecture == platform.architecture and isinstance(platform, Musllinux) == (libc is Libc.MUSL):
            yield standing.policy_of(platform)


def _promise(policy: Policy, exclude: Sequence[str]) -> Callable[[str], bool]:
    # libpython is never grafted, which would be a second interpreter: the audit refuses a file that needs it.
    return lambda name: name in policy.libraries or name.startswith(LIBPYTHON) or matches(name, exclude)


def _place(library: FoundLibrary, name: str) -> str:
    """Where what comes in is among the files, under the name that it is asked for by: so all who ask find it."""
    return str(library.place.with_name(PurePosixPath(name).name))


def _excluded(facts: WheelFacts, outside: Outside, exclude: Sequence[str]) -> tuple[str, ...]:
    files = (*facts.elf_files.values(), *(library.elf for library in outside.found.values()))
    return tuple(sorted({name for file in files for name in file.needed if matches(name, exclude)}))


@dataclass(slots=True, kw_only=True)
class _Hurdles:
    """What stands between a wheel and policies; policies that ask for the same grafts are asked about together."""

    policies: tuple[Policy, ...]
    libc: Libc
    python_symbols: frozenset[str] | None
    _files: frozenset[str] | None = None
    _left: WheelFacts | None = None
    _demands: Demands | None = None
    _references: tuple[Reference, ...] | None = None

    def of(
        self, policy: Policy, grown: WheelFacts, excluded: Sequence[str], renamed: Sequence[str]
    ) -> Iterator[Finding]:
        if self._files != frozenset(grown.elf_files):
            # Of grafts, too, nothing is asked for what is left out.
            left = without(grown, frozenset(excluded).__contains__)
            loaded = {path: file for path, file in left.elf_files.items() if is_loaded(file)}
            self._files = frozenset(grown.elf_files)
            self._demands = demands_of(left, loaded, self.policies)
            self._left = left
            self._references = None
        if self._demands is None or not meets(self._demands, policy):
            yield from sorted(policy_findings(self._demands, policy)) if self._demands else ()
            return
        if self._references is None:
            pythons = Claims.of_wheel(grown.name).pythons
            self._references = tuple(
                open_references(self._left or grown, _platform(policy), pythons, self.python_symbols, renamed)
            )
        found = tuple(reference_findings(self._references, policy))
        yield from (one for one in foreseen(grown, excluded, found) if one.severity is Severity.ERROR)


def _platform(policy: Policy) -> Manylinux | Musllinux:
    kind = Musllinux if policy.glibc is None else Manylinux
    return kind(major=policy.libc[0], minor=policy.libc[1], architecture=policy.architecture)


def foreseen(facts: WheelFacts, excluded: Collection[str], findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings less those of symbols that an excluded library may define.

    Arguments:
        facts: of the wheel, before anything was left out of them.
        excluded: libraries that stay outside though the policy does not promise them.
        findings: of the wheel.
    """
    if not excluded:
        yield from findings
        return
    reaching = {path for path, file in facts.elf_files.items() if not set(excluded).isdisjoint(file.needed)}
    while True:
        names = {name for name, path in facts.libraries.items() if path in reaching}
        more = {path for path, file in facts.elf_files.items() if not names.isdisjoint(file.needed)}
        if more <= reaching:
            break
        reaching |= more
    yield from (one for one in findings if one.code not in _UNDEFINED or one.file not in reaching)


def _hint(reasons: Sequence[Finding | Missing], collector: Collector, *, is_named: bool) -> str:
    if not isinstance(reasons[0], Missing):
        return f"{reasons[0].mend}; --target auto takes the strictest that is honest" if is_named else reasons[0].mend
    if collector.search.tree is None:
        return (
            "this machine is not like the target, so nothing of it was looked at: give the folder that the libraries "
            "are in with --library-path, or the target's file system with --sysroot"
        )
    return "give its folder with --library-path, the target's file system with --sysroot, or leave it out (--exclude)"
