"""`repair`: gives wheels the libraries and the tags that they need, and proves what comes of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from crosswheel.app.inspect import make_scratch, open_wheel
from crosswheel.app.workshop import Workshop
from crosswheel.audit import Claims, Finding, WheelFacts, read_facts
from crosswheel.errors import CrosswheelError, RefusedError, UsageError
from crosswheel.repair import (
    Libc,
    LibrarySearch,
    Proof,
    RepairPlan,
    Tree,
    Wish,
    machine_of,
    plan_repair,
    prove_repaired,
    read_again,
    write_repaired,
)
from crosswheel.store import atomic_write, sha256_of
from crosswheel.targets import Architecture, Manylinux, Musllinux
from crosswheel.wheel import WheelReader, read_wheel


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairRequest:
    """What is to be repaired, and how.

    Arguments:
        wheels: files.
        out: folder of the results.
        platform: that the wheels shall be for; None for the strictest that each can meet.
        library_paths: folders of this machine, searched as those of LD_LIBRARY_PATH are.
        sysroot: the target's file system; None for this machine's own, where that is like the target.
        exclude: patterns of libraries that stay outside.
        include: libraries that come in though no file says that it needs them.
        strip: whether what is not loaded is left out of all machine code.
        test: whether edited files are loaded in a Python of the target.
    """

    wheels: tuple[Path, ...]
    out: Path
    platform: Manylinux | Musllinux | None = None
    library_paths: tuple[Path, ...] = ()
    sysroot: Path | None = None
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    strip: bool = False
    test: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """A wheel that was written again.

    Arguments:
        path: of the new wheel.
        plan: what changed.
        proof: what the audit says of it.
    """

    path: Path
    plan: RepairPlan
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairedWheel:
    """A wheel that was repaired, as people are told of it.

    Arguments:
        source: as the person named it.
        path: of the new wheel.
        sha256: of its bytes.
        size: bytes.
        plan: what changed; None for a wheel without machine code, which was copied as it is.
        findings: of the audit, none of them an error.
        loaded: files that were loaded in the target's Python.
        python: that they were loaded in; "" for none.
        notes: what is worth knowing, one sentence each.
        seconds: wall time.
    """

    source: Path
    path: Path
    sha256: str
    size: int
    plan: RepairPlan | None
    findings: tuple[Finding, ...] = ()
    loaded: tuple[str, ...] = ()
    python: str = ""
    notes: tuple[str, ...] = ()
    seconds: float

    @property
    def proof_level(self) -> str:
        """How far it was proved: "loaded" where the target's loader took the edited files, else "static"."""
        return "loaded" if self.loaded else "static"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRepair:
    """A wheel that was not repaired.

    Arguments:
        source: as the person named it.
        error: why.
    """

    source: Path
    error: CrosswheelError


@dataclass(slots=True, kw_only=True)
class _Loaded:
    """What the trial of a wheel told on the way."""

    paths: tuple[str, ...] = ()
    python: str = ""
    left_out: tuple[str, ...] = field(default=())


def repair_all(workshop: Workshop, request: RepairRequest) -> list[RepairedWheel | FailedRepair]:
    """Repair every wheel; a failure of one does not stop the others.

    Arguments:
        workshop: the run's parts.
        request: what is asked.

    Raises:
        UsageError: a folder that was named is not there.
    """
    for folder in (*request.library_paths, *([request.sysroot] if request.sysroot else [])):
        if not folder.is_dir():
            raise UsageError(f"{folder} is no folder", why="libraries are looked for in it", hint="look at its name")
    _ = workshop.source_date_epoch
    results: list[RepairedWheel | FailedRepair] = []
    for source in request.wheels:
        try:
            results.append(_repair_one(workshop, request, source))
        except CrosswheelError as error:
            results.append(FailedRepair(source=source, error=error))
    return results


def repair_to(
    reader: WheelReader,
    facts: WheelFacts,
    search: LibrarySearch | None,
    wish: Wish,
    *,
    out: Path,
    claims: Claims | None = None,
    trial: Callable[[WheelReader, RepairPlan, Proof], None] | None = None,
) -> Repaired:
    """Write a repaired wheel into a folder, whole and proved, or not at all.

    Arguments:
        reader: of the wheel as it is.
        facts: of it.
        search: where the target's loader looks; None for a wheel without machine code.
        wish: what is asked.
        out: folder of the new wheel; a file of the same name in it is replaced.
        claims: what the result has to serve; None for what its name claims then.
        trial: tries the result ahead of its appearance; what it raises keeps the wheel from appearing.

    Raises:
        RefusedError: what is asked cannot be done, or a proof failed.
        BadInputError: the wheel is damaged or not sound.
        LackError: the folder cannot be written to.
    """
    plan = plan_repair(reader, facts, search, wish)
    path = out / str(plan.name)
    with atomic_write(path) as file:
        write_repaired(reader, facts, plan, file, source_date_epoch=wish.source_date_epoch)
        file.flush()
        after = read_wheel(file, plan.name, scratch=make_scratch)
        again = read_again(reader, facts, after, plan)
        proof = prove_repaired(reader, after, plan, again, claims=claims, python_symbols=wish.python_symbols)
        if trial is not None:
            trial(after, plan, proof)
    return Repaired(path=path, plan=plan, proof=proof)


def _repair_one(workshop: Workshop, request: RepairRequest, source: Path) -> RepairedWheel:
    begun = time.monotonic()
    with workshop.reporter.step(f"repair {source.name}"), open_wheel(source) as reader:
        reader.require_sound()
        facts = read_facts(reader)
        if not facts.elf_files and not facts.malformed:
            return _copy_pure(request, reader, facts, source, begun)
        if facts.mach_files or facts.pe_files:
            raise RefusedError(
                f"{source.name} cannot be repaired",
                why="it holds machine code for macOS or Windows beside that for Linux",
                hint="build a wheel for each",
            )
        architecture, libc = machine_of(facts)
        search = LibrarySearch(
            architecture=architecture,
            libc=libc,
            library_paths=tuple(path.resolve() for path in request.library_paths),
            tree=_tree(workshop, request, architecture, libc),
        )
        wish = Wish(
            platform=request.platform,
            exclude=request.exclude,
            include=request.include,
            strip=request.strip,
            source_date_epoch=workshop.source_date_epoch,
        )
        loaded = _Loaded()
        trial = _trial(workshop, loaded) if request.test else None
        done = repair_to(reader, facts, search, wish, out=request.out, trial=trial)
    return RepairedWheel(
        source=source,
        path=done.path,
        sha256=sha256_of(done.path),
        size=done.path.stat().st_size,
        plan=done.plan,
        findings=done.proof.report.findings,
        loaded=loaded.paths,
        python=loaded.python,
        notes=(*done.plan.notes, *loaded.left_out),
        seconds=time.monotonic() - begun,
    )


def _trial(workshop: Workshop, loaded: _Loaded) -> Callable[[WheelReader, RepairPlan, Proof], None]:
    def run(reader: WheelReader, plan: RepairPlan, proof: Proof) -> None:
        if not plan.changes and not plan.grafts:
            return
        from crosswheel.app.loading import load_edited

        (platform,) = Claims.of_wheel(plan.name).platforms
        found = load_edited(workshop, reader, proof.facts, plan, findings=proof.report.findings, platform=platform)
        loaded.paths, loaded.python, loaded.left_out = found.loaded, found.python, found.left_out

    return run


def _tree(workshop: Workshop, request: RepairRequest, architecture: Architecture, libc: Libc) -> Tree | None:
    if request.sysroot is not None:
        return Tree(root=request.sysroot.resolve())
    host = workshop.host
    own = Libc.GLIBC if host.libc[0] == "glibc" else Libc.MUSL
    alike = host.system == "linux" and host.machine == architecture.name and own is libc
    return Tree(root=Path("/")) if alike else None


def _copy_pure(
    request: RepairRequest, reader: WheelReader, facts: WheelFacts, source: Path, begun: float
) -> RepairedWheel:
    """Copy a wheel without machine code for Linux, where that is what its tags say."""
    if not facts.name.is_any:
        what = "machine code for macOS or Windows" if facts.mach_files or facts.pe_files else "no machine code"
        raise RefusedError(
            f"{source.name} cannot be repaired",
            why=f"it is tagged {'.'.join(facts.name.platform_tags)} and holds {what}: nothing tells of a policy",
            hint="repair is for Linux; `crosswheel retag --platform-tag any` is for what runs everywhere",
        )
    del reader
    path = request.out / source.name
    with source.open("rb") as file, atomic_write(path) as copy:
        while piece := file.read(1 << 20):
            copy.write(piece)
    return RepairedWheel(
        source=source,
        path=path,
        sha256=sha256_of(path),
        size=path.stat().st_size,
        plan=None,
        notes=("it holds no machine code: it was copied as it is",),
        seconds=time.monotonic() - begun,
    )


def platform_named(text: str) -> Manylinux | Musllinux | None:
    """Return the platform that --target names; None for "auto".

    Raises:
        UsageError: it names none that has a policy.
    """
    from crosswheel.targets.parse import parse_platform

    if text == "auto":
        return None
    platform = parse_platform(text.strip().lower(), (3, 0))
    if not isinstance(platform, Manylinux | Musllinux):
        raise UsageError(
            f"--target {text} is no platform tag that wheels are repaired for",
            why="it has to be auto, or a manylinux or musllinux tag with its architecture",
            hint="such as manylinux_2_28_aarch64, manylinux2014_x86_64 or musllinux_1_2_x86_64",
        )
    return platform
