"""From a raw wheel to one that was proved: audited, given its true tags, noted what is in it, tried."""

from dataclasses import dataclass
from pathlib import Path

from crosswheel.app.job import Job
from crosswheel.app.linked import linked_packages, wheel_notes
from crosswheel.app.request import BuildRequest
from crosswheel.audit import Claims, Finding, Report, audit_wheel, read_facts
from crosswheel.elf import parse_elf
from crosswheel.errors import RefusedError
from crosswheel.pythons import TargetPython, make_environment
from crosswheel.repair import repair_wheel
from crosswheel.targets import Target
from crosswheel.trial import ProofLevel, Trial, try_wheel
from crosswheel.wheel import read_wheel, top_level_modules


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """A wheel that the audit has nothing against.

    Arguments:
        wheel: with its true tags.
        warnings: findings below an error, one line each.
        linked: static libraries of the target that are in it.
    """

    wheel: Path
    warnings: tuple[str, ...]
    linked: tuple[str, ...]


def prove(job: Job, raw: Path) -> Proved:
    """Audit what was built, give it the tags that it may carry, and audit the result again.

    Arguments:
        job: what built it.
        raw: the wheel as the build backend left it.

    Raises:
        RefusedError: a proof failed; every finding is named.
        BadInputError: the backend's wheel is damaged.
    """
    bench = job.bench
    symbols = python_symbols(bench.python)
    with job.workshop.reporter.step("proof"):
        _refuse_errors(_audit(raw, bench.target, symbols), raw, bench.target, job.log)
        packages = linked_packages(bench.python.sysroot, job.link_log)
        epoch = job.workshop.source_date_epoch
        with raw.open("rb") as file:
            reader = read_wheel(file, raw.name)
            reader.require_sound()
            notes = wheel_notes(
                packages,
                bench.python.sysroot,
                wheel=reader.name,
                dist_info=reader.dist_info,
                source_date_epoch=epoch,
            )
        wheel = repair_wheel(raw, bench.target, out=job.folder / "proved", source_date_epoch=epoch, extra_files=notes)
        report = _audit(wheel, bench.target, symbols)
        _refuse_errors(report, wheel, bench.target, job.log)
    return Proved(
        wheel=wheel,
        warnings=tuple(str(finding) for finding in report.warnings),
        linked=tuple(f"{linked.package.name} {linked.package.version}" for linked in packages),
    )


def try_in_target(job: Job, wheel: Path, request: BuildRequest) -> ProofLevel:
    """Install, import and test a wheel in a fresh environment of the target; return how far that proves it.

    Arguments:
        job: what built it.
        wheel: with its true tags.
        request: says whether it is tried, and its test command.

    Raises:
        RefusedError: it cannot be installed, imported, or its tests fail.
    """
    bench = job.bench
    if not request.test:
        return ProofLevel.STATIC
    with job.workshop.reporter.step("trial"):
        scratch, home = job.folder / "trial" / "scratch", job.folder / "trial" / "home"
        scratch.mkdir(parents=True)
        home.mkdir()
        environment = make_environment(job.folder / "trial" / "env", bench.trial_python)
        with wheel.open("rb") as file:
            modules = top_level_modules(read_wheel(file, wheel.name).members)
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


def python_symbols(python: TargetPython) -> frozenset[str]:
    """Return every symbol that a Python gives to extension modules: its own, and its libpython's.

    Arguments:
        python: the interpreter, which is read, not run.
    """
    program = parse_elf(python.executable.read_bytes())
    names = {symbol.name for symbol in program.exports}
    for library in program.needed:
        if library.startswith("libpython"):
            folders = (python.executable.parent.parent / "lib", python.executable.parent)
            for path in (folder / library for folder in folders):
                if path.is_file():
                    names |= {symbol.name for symbol in parse_elf(path.read_bytes()).exports}
    return frozenset(names)


def _audit(wheel: Path, target: Target, symbols: frozenset[str]) -> Report:
    with wheel.open("rb") as file:
        facts = read_facts(read_wheel(file, wheel.name))
    return audit_wheel(facts, Claims.of_target(target, facts.name), python_symbols=symbols)


def _refuse_errors(report: Report, wheel: Path, target: Target, log: Path) -> None:
    if report.errors:
        raise RefusedError(
            f"{wheel.name} is not what {target} promises",
            why=_sentence(report.errors),
            hint=report.errors[0].mend,
            details=[str(finding) for finding in report.errors[:20]],
            log=str(log),
        )


def _sentence(errors: tuple[Finding, ...]) -> str:
    return f"{errors[0].file}: {errors[0].reason}" + (f", and {len(errors) - 1} more" if len(errors) > 1 else "")
