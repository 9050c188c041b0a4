"""The entry point: reads the command line, runs the verb, turns errors into sentences and exit codes."""

import argparse
import contextlib
import gc
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from crosswheel.cli.arguments import make_parser
from crosswheel.errors import CrosswheelError, LackError, UsageError

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(argv: Sequence[str] | None = None) -> int:
    """Run crosswheel and return its exit code.

    Arguments:
        argv: arguments after the program's name; None for the process's own.
    """
    arguments = make_parser().parse_args(argv)
    from crosswheel.cli import failure, streams

    # Whoever ends crosswheel, politely, ends what it started: all of them take the way that Ctrl-C takes. What was
    # ignored when it started (nohup, a shell's background jobs) stays so.
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        try:
            return _run(arguments)
        except CrosswheelError as error:
            return _fail(arguments, error, failure.exit_code([error]))
        except KeyboardInterrupt:
            return _fail(arguments, CrosswheelError("interrupted"), failure.INTERRUPTED)
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001 a bug is told like anything else; its traceback goes into a file
            told = failure.unforeseen(error, _logs())
            return _fail(arguments, told, failure.exit_code([told]))
    except BrokenPipeError:
        # Whoever read our output has enough; Python would complain once more when it flushes.
        streams.discard_output()
        return failure.NO


def _keep_garbage() -> None:
    """Look for no rings of objects: a process that lives for seconds has next to none."""
    # Going through the hundreds of thousands of symbols of a wheel, again and again, takes a tenth of all its time.
    gc.disable()


def _run(arguments: argparse.Namespace) -> int:
    _check_home()
    _check_directory()
    match arguments.verb:
        case "build":
            from crosswheel.cli.build import run_build

            return run_build(arguments)
        case "inspect":
            _keep_garbage()
            from crosswheel.cli.inspect import run_inspect

            return run_inspect(arguments)
        case "repair":
            _keep_garbage()
            from crosswheel.cli.repair import run_repair

            return run_repair(arguments)
        case "retag":
            from crosswheel.cli.retag import run_retag

            return run_retag(arguments)
        case "targets":
            from crosswheel.cli.targets import run_targets

            return run_targets(arguments)
        case _:
            from crosswheel.cli.doctor import run_doctor

            return run_doctor(arguments)


def _check_home() -> None:
    """Settings and caches are looked for in it: a container's unnamed user may have none."""
    with contextlib.suppress(RuntimeError):
        if Path.home().is_absolute():
            return
    raise LackError(
        "there is no home folder",
        why="HOME is not an absolute path, or is not set and the system knows no home of this user",
        hint="set HOME to a folder of your own",
    )


def _check_directory() -> None:
    """Sources and results are found from it."""
    try:
        Path.cwd()
    except FileNotFoundError as error:
        raise UsageError(
            "the working folder is not there any more", why="somebody removed it", hint="go to another folder (cd)"
        ) from error


def _fail(arguments: argparse.Namespace, error: CrosswheelError, code: int) -> int:
    """Tell what ended the run: to a person, and with --json in the one document of the verb."""
    from crosswheel.cli import documents, failure

    failure.print_error(error)
    if arguments.json:
        # Where standard output cannot be written, that is what was told just now, or is not worth telling beside it.
        with contextlib.suppress(LackError):
            documents.print_document(arguments.verb, (), error)
    return code


def _logs() -> Path:
    from crosswheel.app.workshop import cache_root

    return cache_root(os.environ) / "logs"


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 signal's signature
    # Once is enough: a second one must not stop what ends the children.
    for ending in _ENDING:
        signal.signal(ending, signal.SIG_IGN)
    raise KeyboardInterrupt
