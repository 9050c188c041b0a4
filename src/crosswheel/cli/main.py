"""The entry point: reads the command line, runs the verb, turns errors into sentences and exit codes."""

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from crosswheel.cli.arguments import make_parser
from crosswheel.errors import CrosswheelError

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run crosswheel and return its exit code.

    Arguments:
        argv: arguments after the program's name; None for the process's own.
    """
    arguments = make_parser(os.environ).parse_args(argv)
    # Whoever ends crosswheel, politely, ends what it started: all of them take the way that Ctrl-C takes.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        match arguments.verb:
            case "build":
                from crosswheel.cli.build import run_build

                return run_build(arguments)
            case "targets":
                from crosswheel.cli.targets import run_targets

                return run_targets(arguments)
            case _:
                from crosswheel.cli.doctor import run_doctor

                return run_doctor(arguments)
    except CrosswheelError as error:
        from crosswheel.cli.failure import exit_code, print_error

        print_error(error)
        return exit_code([error])
    except KeyboardInterrupt:
        print("crosswheel: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough; Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 signal's signature
    raise KeyboardInterrupt
