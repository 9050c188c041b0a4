"""`crosswheel targets`."""

import argparse
import os
import textwrap
from collections.abc import Sequence

from crosswheel.app.survey import TargetState, survey_targets
from crosswheel.app.workshop import Workshop
from crosswheel.cli.documents import print_document
from crosswheel.cli.streams import publish
from crosswheel.cli.view import make_view

_WIDTH = 100
_HEADINGS = ("target", "strategy", "proof", "Python", "needs")


def run_targets(arguments: argparse.Namespace) -> int:
    """Tell what can be built from here, and return the exit code."""
    workshop = Workshop(os.environ, make_view())
    try:
        states = survey_targets(workshop)
    finally:
        workshop.close()
    if arguments.json:
        print_document("targets", [_as_json(state) for state in states])
    else:
        publish("\n".join(_table(states)))
    return 0


def _table(states: Sequence[TargetState]) -> list[str]:
    """The lines of a table: what targets need is said once, below it."""
    needs = list(dict.fromkeys(need for state in states for need in state.needs))
    rows = [_HEADINGS]
    rows += [
        (
            str(state.target),
            state.strategy.value if state.strategy else "-",
            state.proof_level.value if state.proof_level else "-",
            state.python or "-",
            " ".join(f"({needs.index(need) + 1})" for need in state.needs),
        )
        for state in states
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines += ["", "Every later policy (manylinux_2_28 and so on) of a target can be built too."]
    for number, need in enumerate(needs, 1):
        mark = f"({number}) "
        lines += textwrap.wrap(need, _WIDTH, initial_indent=mark, subsequent_indent=" " * len(mark))
    return lines


def _as_json(state: TargetState) -> dict[str, object]:
    return {
        "target": str(state.target),
        "strategy": state.strategy.value if state.strategy else None,
        "python": state.python or None,
        "proof_level": state.proof_level.value if state.proof_level else None,
        "needs": list(state.needs),
    }
