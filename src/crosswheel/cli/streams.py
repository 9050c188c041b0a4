"""What is printed where: results on standard output, everything else on standard error."""

import os
import sys

from crosswheel.errors import LackError


def publish(text: str) -> None:
    """Print a result on standard output, at once, as long as a failure can still be told.

    Raises:
        BrokenPipeError: who read it has enough.
        LackError: it cannot be written.
    """
    if sys.stdout is None:  # closed (`>&-`): nobody wants it
        return
    try:
        encoding = sys.stdout.encoding or "utf-8"
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        discard_output()
        raise LackError(
            "standard output could not be written",
            why=error.strerror or str(error),
            hint="make room, or send it elsewhere; wheels that were built are in the folder of --out",
        ) from error


def printable(text: str) -> str:
    """Return a text that others wrote without what would command a terminal: each such character as its escape."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def tell(text: str) -> None:
    """Print a line on standard error, if there is one (`2>&-` closes it)."""
    if sys.stderr is not None:  # print() would take standard output instead
        print(text, file=sys.stderr, flush=True)


def discard_output() -> None:
    """Leave nothing on standard output that Python would try to write, and complain about, when it ends."""
    if sys.stdout is not None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
