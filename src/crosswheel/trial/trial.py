"""The last proof: the wheel is installed, imported and tested where it will be used, as nearly as can be had."""

import enum
import shlex
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosswheel.errors import RefusedError, UsageError
from crosswheel.process import Command, Processes
from crosswheel.pythons import Environment, Installer, install

_IMPORT = (
    "import importlib, sys\nfor name in sys.argv[1:]:\n    importlib.import_module(name)\n    print('imported', name)\n"
)
# Of a process that SIGILL ended, and of a shell that started one.
_ILLEGAL_INSTRUCTION = (-signal.SIGILL, 128 + signal.SIGILL)


class ProofLevel(enum.StrEnum):
    """How far a wheel was proved."""

    STATIC = "static"
    IMPORTED = "imported"
    TESTED = "tested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Where and how a wheel is tried.

    Arguments:
        environment: a fresh one of the target's Python.
        installer: puts the wheel and its requirements there.
        prefix: arguments that target programs are started behind.
        variables: the whole environment of what is run.
        scratch: an empty folder to run in, so that nothing of the source tree is imported.
        processes: starts programs.
        log: takes what they say.
    """

    environment: Environment
    installer: Installer
    prefix: tuple[str, ...]
    variables: Mapping[str, str]
    scratch: Path
    processes: Processes
    log: Path


def try_wheel(
    trial: Trial,
    wheel: Path,
    *,
    modules: Sequence[str],
    test_requires: Sequence[str] = (),
    test_command: str | None = None,
) -> ProofLevel:
    """Install a wheel with what it needs, import its modules, run its test command; return how far that proves it.

    Arguments:
        trial: where.
        wheel: the wheel.
        modules: dotted names of its top-level modules.
        test_requires: requirements of the tests.
        test_command: a program with arguments, split as a shell would (no shell runs it).

    Raises:
        RefusedError: it cannot be installed, an import failed, or the test command did.
        UsageError: the test command cannot be split.
    """
    words = command_words(test_command) if test_command is not None else []
    install(
        trial.installer,
        trial.environment,
        [str(wheel), *test_requires],
        prefix=trial.prefix,
        variables=trial.variables,
        log=trial.log,
        only_wheels=True,
    )
    python = str(trial.environment.python)
    if modules:
        _run(trial, [python, "-I", "-c", _IMPORT, *modules], f"{wheel.name} cannot be imported by the target's Python")
    if not words:
        return ProofLevel.IMPORTED if modules else ProofLevel.STATIC
    if words[0] in {"python", "python3"}:
        words[0] = python
    if shutil.which(words[0], path=trial.variables.get("PATH")) is None:
        raise RefusedError(
            f"the test command of {wheel.name} failed",
            why=f"there is no program {words[0]}",
            hint="name python, or a program that the wheel, its requirements or --test-requires install",
            log=str(trial.log),
        )
    _run(trial, words, f"the test command of {wheel.name} failed")
    return ProofLevel.TESTED


def command_words(command: str) -> list[str]:
    """Return the words of a test command, split as a shell would.

    Raises:
        UsageError: it cannot be split, or is empty.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(
            f"--test-command {command!r} cannot be read", why=str(error), hint="close its quotes"
        ) from error
    if not words:
        raise UsageError("--test-command is empty", hint="give a program, or leave the option out")
    return words


def _run(trial: Trial, words: Sequence[str], what: str) -> None:
    done = trial.processes.run(
        Command(argv=(*trial.prefix, *words), environment=trial.variables, directory=trial.scratch), log=trial.log
    )
    if done.returncode == 0:
        return
    lines = [line for line in done.output.splitlines() if line.strip()]
    if done.returncode in _ILLEGAL_INSTRUCTION:
        raise RefusedError(
            what,
            why="CW123: it used an instruction that the processor it was tried on does not have (emulated: the oldest)",
            hint="compile without -march of a newer processor; choose faster code at run time",
            details=lines[-15:],
            log=str(trial.log),
        )
    if "cannot open shared object file" in done.output:
        hint = "it needs a library that is neither in the wheel nor on every machine of the target"
    else:
        hint = "the log has all that it printed; --no-test leaves the trial out, and the proof level is then `static`"
    raise RefusedError(
        what,
        why=lines[-1] if lines else f"exit status {done.returncode}",
        hint=hint,
        details=lines[-15:],
        log=str(trial.log),
    )
