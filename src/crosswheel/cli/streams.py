"""What is printed where: results on standard output, everything else on standard error."""

import os
import sys

from crosswheel.errors import LackError


def tell(text: str) -> None:
    """Print a line on standard error, if there is one (`2>&-` closes it)."""
    if sys.stderr is not None:  # print() would take standard output instead
        print(text, file=sys.stderr, flush=True)


def flush_results() -> None:
    """Write out what waits in standard output, as long as a failure can still be told.

    Raises:
        BrokenPipeError: who read it has enough.
        LackError: it cannot be written.
    """
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        forget_results()
        raise LackError(
            "standard output could not be written",
            why=error.strerror or str(error),
            hint="make room, or send it elsewhere; wheels that were built are in the folder of --out",
        ) from error


def forget_results() -> None:
    """Leave nothing that Python would try to write, and complain about, when it ends."""
    if sys.stdout is not None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
