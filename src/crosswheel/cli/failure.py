"""How an error is told to a person, and which exit code it is."""

import sys
from collections.abc import Sequence

from crosswheel.errors import CrosswheelError, LackError, UsageError

NO, WRONG_USAGE, LACKING = 1, 2, 3


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
    lines += [f"  | {line}" for line in error.details]
    if error.hint:
        lines.append(f"  do:  {error.hint}")
    if error.log:
        lines.append(f"  log: {error.log}")
    print("\n".join(lines), file=sys.stderr)


def _code(error: CrosswheelError) -> int:
    if isinstance(error, UsageError):
        return WRONG_USAGE
    if isinstance(error, LackError):
        return LACKING
    return NO
