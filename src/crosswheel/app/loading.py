"""Loads edited files in a Python of the target: the last proof that an edit left them whole."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crosswheel.app.workshop import Workshop
from crosswheel.audit import Finding, WheelFacts
from crosswheel.audit.claims import Claims
from crosswheel.errors import CrosswheelError, LackError, RefusedError, UsageError
from crosswheel.process import Command
from crosswheel.repair import RepairPlan, installed_path
from crosswheel.targets import Manylinux, Platform, Python, Target
from crosswheel.wheel import WheelReader

_PATIENCE = 600.0  # seconds: emulated, a large library takes a second
# Each file is told ahead, since one that ends the process tells nothing afterwards.
_LOAD = """
import ctypes, json, os, sys
for path in sys.argv[1:]:
    print(json.dumps({"begins": path}), flush=True)
    try:
        ctypes.CDLL(path, mode=os.RTLD_NOW)
    except OSError as error:
        print(json.dumps({"fails": path, "why": str(error)}), flush=True)
print(json.dumps({"ends": True}), flush=True)
"""
# A Python that nothing asks for by name: of those that Debian has, the one with the oldest glibc that will do.
_ANY_PYTHON = ((3, 9), (3, 11), (3, 13), (3, 14), (3, 15))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """How loading went.

    Arguments:
        loaded: paths of the files that were loaded.
        python: what they were loaded in, for people; "" where there was none.
        left_out: why nothing, or not everything, was loaded, one sentence each.
    """

    loaded: tuple[str, ...] = ()
    python: str = ""
    left_out: tuple[str, ...] = ()


def load_edited(
    workshop: Workshop,
    reader: WheelReader,
    facts: WheelFacts,
    plan: RepairPlan,
    *,
    findings: tuple[Finding, ...],
    platform: Platform,
) -> Loading:
    """Load every edited file and graft, with all symbols bound, where a Python of the target is to be had.

    Arguments:
        workshop: the run's parts.
        reader: of the repaired wheel.
        facts: of it.
        plan: what was edited.
        findings: of the audit: a file whose symbols come from elsewhere is not loaded alone.
        platform: that the wheel is for.

    Raises:
        RefusedError: one cannot be loaded.
    """
    edited = {plan.moved.get(path, path) for path in plan.changes} | {graft.path for graft in plan.grafts}
    chosen, left_out = _loadable(facts, plan, edited, findings)
    if not chosen:
        return Loading(left_out=tuple(left_out))
    try:
        target = _target(facts, platform)
        from crosswheel.app.prepare import trial_python

        python, emulator = trial_python(workshop, target)
    except (LackError, UsageError) as error:
        return Loading(left_out=(f"nothing was loaded: {error}", *left_out))
    with workshop.store.scratch("load") as folder, workshop.reporter.step(f"load {len(chosen)} files"):
        places = _unpack(reader, facts, folder)
        paths = [path for path in chosen if path in places and _is_of(path, target)]
        environment = {"PATH": "/nonexistent", "LC_ALL": "C.UTF-8", "HOME": str(folder)}
        if emulator and python.sysroot:
            environment |= emulator.environment(python.sysroot.path)
        argv = (*python.command, "-I", "-S", "-c", _LOAD, *(str(places[path]) for path in paths))
        done = workshop.processes.run(Command(argv=argv, environment=environment, directory=folder), timeout=_PATIENCE)
        by_place = {str(place): path for path, place in places.items()}
        _refuse_failures(reader, done.output, done.returncode, by_place, f"Python {python.version}, {python.origin}")
    return Loading(loaded=tuple(paths), python=f"{python.version}, {python.origin}", left_out=tuple(left_out))


def _loadable(
    facts: WheelFacts, plan: RepairPlan, edited: set[str], findings: tuple[Finding, ...]
) -> tuple[list[str], list[str]]:
    """The files that can be loaded alone, and why the others cannot."""
    lonely = {finding.file for finding in findings if finding.code in ("CW107", "CW120", "CW134")}
    chosen: list[str] = []
    left_out: list[str] = []
    # What was loaded answers for its name whoever asks: members come first, so that their own run paths are tried.
    grafted = {graft.path for graft in plan.grafts}
    for path in sorted(edited, key=lambda path: (path in grafted, path)):
        file = facts.elf_files[path]
        if file.interpreter is not None or not file.is_dynamic:
            left_out.append(f"{path} was not loaded: it is a program")
        elif path in lonely or not set(plan.excluded).isdisjoint(file.needed):
            left_out.append(f"{path} was not loaded: it needs what is not in the wheel")
        else:
            chosen.append(path)
    return chosen, left_out


def _target(facts: WheelFacts, platform: Platform) -> Target:
    """A target whose Python can load the wheel's files.

    Raises:
        UsageError: there is none.
        LackError: those that are to be had are of an older glibc than the wheel asks for.
    """
    from crosswheel.debian import SUITES
    from crosswheel.pythons import debian_release

    if not isinstance(platform, Manylinux):
        raise UsageError(f"no Python for {platform} is to be had", why="the Debian archive has none for musl")
    wanted = Claims.of_wheel(facts.name).pythons
    errors: list[CrosswheelError] = []
    for python in dict.fromkeys(one for asked in wanted for one in _pythons(asked)):
        try:
            target = Target(python=python, platform=platform)
            glibc = SUITES[debian_release(target)].glibc
        except CrosswheelError as error:
            errors.append(error)
            continue
        if glibc is None or glibc >= platform.glibc:
            return target
        errors.append(
            LackError(
                f"no Python {python.version[0]}.{python.version[1]} with glibc {platform.minor} is to be had",
                why=f"Debian's has glibc {glibc[0]}.{glibc[1]}",
            )
        )
    raise errors[0] if errors else UsageError("its tags name no Python")


def _pythons(asked: Python) -> Iterator[Python]:
    if asked.implementation == "cp" and not asked.abi.startswith("abi3"):
        yield asked
    elif asked.implementation in ("cp", "py") and asked.version[0] == 3:  # noqa: PLR2004 Python 3
        for version in _ANY_PYTHON:
            if version >= asked.version:
                yield Python(implementation="cp", version=version, abi=f"cp{version[0]}{version[1]}")


def _is_of(path: str, target: Target) -> bool:
    """Whether a file is no extension module of another Python, which gives other symbols."""
    name = path.rpartition("/")[2]
    return ".cpython-" not in name or f".cpython-{target.python.version[0]}{target.python.version[1]}-" in name


def _unpack(reader: WheelReader, facts: WheelFacts, folder: Path) -> dict[str, Path]:
    """Write the machine code of a wheel as an installer would; return where each file is."""
    places: dict[str, Path] = {}
    for path in facts.elf_files:
        place = installed_path(path)
        if place is None:
            continue
        places[path] = folder / place
        places[path].parent.mkdir(parents=True, exist_ok=True)
        with places[path].open("wb") as file:
            for piece in reader.pieces(path):
                file.write(piece)
    return places


def _refuse_failures(reader: WheelReader, output: str, returncode: int, by_place: dict[str, str], python: str) -> None:
    began = ""
    ended = False
    failures: list[str] = []
    for line in output.splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if not isinstance(told, dict):
            continue
        began = told.get("begins", began)
        ended = ended or "ends" in told
        if "fails" in told:
            failures.append(f"{by_place.get(told['fails'], told['fails'])}: {told['why']}")
    if not ended:
        lines = [line for line in output.splitlines() if line.strip() and not line.startswith("{")]
        why = lines[-1] if lines else f"status {returncode}"
        failures.append(f"{by_place.get(began, began) or python}: loading it ended the process ({why})")
    if failures:
        raise RefusedError(
            f"{reader.name} cannot be loaded by {python}",
            why=failures[0],
            hint="a needed library may lack a symbol, or itself be broken; --no-test leaves this proof out",
            details=failures,
        )
