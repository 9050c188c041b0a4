"""How an error is told to a person and to a program, and which exit code it is."""

import contextlib
import errno
from collections.abc import Sequence
from pathlib import Path

from crosswheel.cli.streams import printable, tell
from crosswheel.errors import CrosswheelError, LackError, UsageError

NO, WRONG_USAGE, LACKING, INTERRUPTED = 1, 2, 3, 130


def exit_code(errors: Sequence[CrosswheelError]) -> int:
    """Return the exit code of a run with these errors: their own if they agree, else 1; 0 without any."""
    codes = {_code(error) for error in errors}
    if not codes:
        return 0
    return codes.pop() if len(codes) == 1 else NO


def kind(error: CrosswheelError) -> str:
    """Return "refused", "usage" or "lacking": whose move it is."""
    return {NO: "refused", WRONG_USAGE: "usage", LACKING: "lacking"}[_code(error)]


def print_error(error: CrosswheelError) -> None:
    """Tell an error on standard error: what, why, what to do, the telling lines, the log."""
    lines = [f"crosswheel: {error.what}"]
    if error.why:
        lines.append(f"  why: {error.why}")
    # What builds print may be anything.
    lines += [f"  | {printable(line.expandtabs(4))}" for line in error.details]
    if error.hint:
        lines.append(f"  do:  {error.hint}")
    if error.log:
        lines.append(f"  log: {error.log}")
    tell("\n".join(lines))


def error_json(error: CrosswheelError) -> dict[str, object]:
    """Return an error as the JSON documents have it."""
    return {
        "kind": kind(error),
        "what": error.what,
        "why": error.why,
        "hint": error.hint,
        "details": list(error.details),
        "log": error.log,
    }


def unforeseen(error: Exception, folder: Path) -> CrosswheelError:
    """Return the sentence that stands for a traceback: a full disk, or a bug, whose traceback goes into a file.

    Arguments:
        error: what nobody foresaw.
        folder: takes the file; if it cannot, the folder for temporary files does.
    """
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return LackError(
            "the disk is full",
            why=str(error),
            hint="make room or give another folder (--out for wheels, CROSSWHEEL_CACHE for the cache)",
        )
    import tempfile
    import time
    import traceback

    text = "".join(traceback.format_exception(error))
    log = None
    for place in (folder, Path(tempfile.gettempdir())):
        with contextlib.suppress(OSError):
            place.mkdir(parents=True, exist_ok=True)
            log = place / f"{time.strftime('%Y%m%d-%H%M%S')}-bug.log"
            log.write_text(text, encoding="utf-8", errors="backslashreplace")
            break
    else:
        log = None
    return CrosswheelError(
        f"this is a bug in crosswheel: {type(error).__name__}: {error}",
        why="something happened that nobody foresaw",
        hint="please report it to the makers of crosswheel, with the log",
        details=() if log else text.splitlines(),
        log=str(log) if log else None,
    )


def _code(error: CrosswheelError) -> int:
    if isinstance(error, UsageError):
        return WRONG_USAGE
    if isinstance(error, LackError):
        return LACKING
    return NO
