"""From a raw wheel to one that was proved: audited, repaired, audited again, tried."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crosswheel.app.inspect import open_wheel
from crosswheel.app.job import Job
from crosswheel.app.licences import CommonLicences
from crosswheel.app.linked import what_was_linked
from crosswheel.app.prepare import Bench
from crosswheel.app.repair import Repaired, repair_to
from crosswheel.app.request import BuildRequest
from crosswheel.audit import Claims, Finding, WheelFacts, audit_wheel, read_facts
from crosswheel.elf import parse_elf
from crosswheel.errors import RefusedError
from crosswheel.pythons import TargetPython, make_environment
from crosswheel.repair import (
    Libc,
    LibrarySearch,
    PackageRecords,
    Tree,
    Wish,
    plan_repair,
)
from crosswheel.targets import Manylinux, Platform
from crosswheel.targets.parse import parse_platform
from crosswheel.trial import ProofLevel, Trial, try_wheel
from crosswheel.wheel import WheelReader, top_level_modules

# What a library that is not in the wheel yet makes of it: the repair mends these, or says why it cannot.
_OF_LIBRARIES = frozenset({"CW104", "CW105", "CW106", "CW107"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """A wheel that the audit has nothing against.

    Arguments:
        wheel: with its true tags.
        warnings: findings below an error, and what is worth knowing of the repair, one line each.
        linked: libraries of the target that are in it, linked or grafted, as "package version".
    """

    wheel: Path
    warnings: tuple[str, ...]
    linked: tuple[str, ...]


def prove(job: Job, raw: Path) -> Proved:
    """Audit what was built, graft what it links, give it the tags that it may carry, and audit the result again.

    Arguments:
        job: what built it.
        raw: the wheel as the build backend left it.

    Raises:
        RefusedError: a proof failed, every finding is named; or a library that it needs cannot come in.
        BadInputError: the backend's wheel is damaged.
    """
    bench = job.bench
    symbols = python_symbols(bench.python)
    with job.workshop.reporter.step("proof"), open_wheel(raw) as reader:
        facts = read_facts(reader)
        claims = Claims.of_target(bench.target, facts.name)
        report = audit_wheel(facts, claims, python_symbols=symbols)
        _refuse(job, raw, _beyond_repair(bench, report.errors))
        records = _records(job)
        linked = what_was_linked(job.workshop, job.link_log, records)
        wish = Wish(
            platform=bench.target.platform,
            source_date_epoch=job.workshop.source_date_epoch,
            foreign=linked.foreign,
            origins=linked.origins,
            common_licence=records.common_licence if records else None,
            python_symbols=symbols,
        )
        repaired = _repair(job, reader, facts, wish, claims, folders=linked.folders)
    with open_wheel(repaired.path) as after:
        told = (*repaired.proof.report.warnings, *_own_folders(after, job))
    made = [linked.origins.get(graft.library.path) for graft in repaired.plan.grafts]
    owners = (records.owner(graft.library.place) for graft in repaired.plan.grafts) if records else ()
    packages = {*linked.packages, *(origin.package for origin in made if origin), *(one for one in owners if one)}
    return Proved(
        wheel=repaired.path,
        warnings=(*map(str, sorted(set(told))), *repaired.plan.notes),
        linked=tuple(sorted(f"{package.name} {package.version}" for package in packages)),
    )


def try_in_target(job: Job, wheel: Path, request: BuildRequest) -> ProofLevel:
    """Install, import and test a wheel in a fresh environment of the target; return how far that proves it.

    Where no Python of the target runs, nothing is tried; `untried` says why.

    Arguments:
        job: what built it.
        wheel: with its true tags.
        request: says whether it is tried, and its test command.

    Raises:
        RefusedError: it cannot be installed, imported, or its tests fail.
    """
    bench = job.bench
    if not request.test or bench.trial_python is None:
        return ProofLevel.STATIC
    with job.workshop.reporter.step("trial"):
        scratch, home = job.folder / "trial" / "scratch", job.folder / "trial" / "home"
        scratch.mkdir(parents=True)
        home.mkdir()
        environment = make_environment(job.folder / "trial" / "env", bench.trial_python)
        with open_wheel(wheel) as reader:
            modules = top_level_modules(reader.members)
        trial = Trial(
            environment=environment,
            installer=job.workshop.installer,
            prefix=bench.trial_launcher.prefix,
            variables={
                # A program of this machine (its pytest, say) would test what is installed here, not the wheel.
                "PATH": f"{environment.scripts}:{job.folder / 'hermetic' / 'bin'}",
                "HOME": str(home),
                "TMPDIR": str(scratch),
                "LC_ALL": "C.UTF-8",
                **bench.trial_launcher.environment,
            },
            scratch=scratch,
            processes=job.workshop.processes,
            log=job.log,
        )
        return try_wheel(
            trial,
            wheel,
            modules=modules,
            test_requires=request.test_requires,
            test_command=request.test_command,
        )


def untried(bench: Bench, request: BuildRequest) -> tuple[str, ...]:
    """Return what a person has to know of a wheel that was not tried against their wish; nothing where it was.

    Arguments:
        bench: what it was built on.
        request: says whether it was to be tried.
    """
    if not request.test or bench.trial_python is not None:
        return ()
    command = "; the test command was not run" if request.test_command else ""
    return (f"it was not imported, so its proof level is static: {bench.untried}{command}",)


def python_symbols(python: TargetPython) -> frozenset[str] | None:
    """Return every symbol that a Python gives to extension modules: its own, and its libpython's.

    None for one that poses as the target's: what it exports itself says nothing of the target's; lists know.

    Arguments:
        python: the interpreter, which is read, not run.
    """
    if python.pose:
        return None
    program = parse_elf(python.executable.read_bytes())
    names = {symbol.name for symbol in program.exports}
    for library in program.needed:
        if library.startswith("libpython"):
            folders = (python.executable.parent.parent / "lib", python.executable.parent)
            for path in (folder / library for folder in folders):
                if path.is_file():
                    names |= {symbol.name for symbol in parse_elf(path.read_bytes()).exports}
    return frozenset(names)


def _beyond_repair(bench: Bench, errors: Sequence[Finding]) -> tuple[Finding, ...]:
    """The errors that no graft mends; all of them where nothing is to be grafted, or there is nothing to graft from."""
    to_graft = bench.python.sysroot and any(finding.code == "CW104" for finding in errors)
    return tuple(finding for finding in errors if not (to_graft and finding.code in _OF_LIBRARIES))


def _records(job: Job) -> PackageRecords | None:
    sysroot = job.bench.python.sysroot
    if sysroot is None:
        return None
    licences = CommonLicences(job.workshop, sysroot)
    return PackageRecords(Tree(root=sysroot.path.resolve()), sysroot.architecture, licences)


def _repair(
    job: Job, reader: WheelReader, facts: WheelFacts, wish: Wish, claims: Claims, *, folders: Sequence[Path]
) -> Repaired:
    target, sysroot = job.bench.target, job.bench.python.sysroot
    search = None
    if facts.elf_files:
        search = LibrarySearch(
            architecture=target.architecture,
            libc=Libc.GLIBC if target.glibc else Libc.MUSL,
            library_paths=tuple(folders),
            tree=Tree(root=sysroot.path.resolve()) if sysroot else None,
        )
    try:
        return repair_to(reader, facts, search, wish, out=job.folder / "proved", claims=claims)
    except RefusedError as error:
        hint = error.hint
        if honest := _lowest_honest(reader, facts, search, wish):
            hint = (
                f"{target.python.tag}-{honest} is the lowest target that is honest with what it links; for a lower one "
                "it has to link libraries that were built for a glibc as old"
            )
        elif "which was not found" in error.why:
            hint = "give the Debian package that has it with --native; if the project made it, it has to pack it too"
        raise RefusedError(
            f"{reader.name} cannot be made what {target} promises",
            why=error.why or error.what,
            hint=hint,
            details=error.details,
            log=str(job.log),
        ) from error


def _lowest_honest(reader: WheelReader, facts: WheelFacts, search: LibrarySearch | None, wish: Wish) -> str:
    """The platform tag of the oldest glibc with which a wheel could carry what it needs; "" where that is no help."""

    def can_be(platform: Platform | None) -> str:
        try:
            return plan_repair(reader, facts, search, replace(wish, platform=platform)).policy
        except RefusedError:
            return ""

    if can_be(wish.platform):
        return ""
    honest = can_be(None)  # of the policies on record; any version of glibc may stand in a tag (PEP 600)
    platform = parse_platform(honest, (3, 0)) if honest else None
    while isinstance(platform, Manylinux):
        platform = replace(platform, minor=platform.minor - 1)
        lower = can_be(platform)
        if not lower:
            break
        honest = lower
    return honest


def _own_folders(reader: WheelReader, job: Job) -> Iterator[Finding]:
    """What names the folder that it was built in, or the sysroot: both are below the cache."""
    folder = str(job.workshop.store.root.resolve())
    named = re.compile(re.escape(folder.encode()))
    for path in reader.members:
        if named.search(reader.load(path)):
            yield Finding(code="CW124", file=path, subject=folder, reason=f"it names {folder}, where it was built")


def _refuse(job: Job, wheel: Path, errors: Sequence[Finding]) -> None:
    if errors:
        first, target = errors[0], job.bench.target
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        hint = first.mend
        if first.code == "CW119" and target.python.stable_abi:
            hint = (
                "whether its wheels are for the stable ABI, and from which Python on, is the project's to say; "
                f"{target.interpreter} takes what it gives"
            )
        raise RefusedError(
            f"{wheel.name} is not what {target} promises",
            why=f"{first.file}: {first.reason}{more}" if first.file else f"{first.reason}{more}",
            hint=hint,
            details=[str(finding) for finding in errors[:20]],
            log=str(job.log),
        )
