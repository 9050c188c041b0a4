"""`crosswheel targets`."""

import argparse
import json
import os

from crosswheel.app import Workshop
from crosswheel.app.survey import TargetState, survey_targets


def run_targets(arguments: argparse.Namespace) -> int:
    """Tell what can be built from here, and return the exit code."""
    workshop = Workshop(os.environ)
    states = survey_targets(workshop)
    if arguments.json:
        print(
            json.dumps({"schema": "crosswheel-targets-1", "targets": [_as_json(state) for state in states]}, indent=2)
        )
        return 0
    rows = [("target (and every later policy)", "strategy", "proof", "Python", "needs")]
    rows += [
        (
            str(state.target),
            state.strategy.value if state.strategy else "-",
            state.proof_level.value if state.proof_level else "-",
            state.python or "-",
            "; ".join(state.needs),
        )
        for state in states
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]).rstrip())
    return 0


def _as_json(state: TargetState) -> dict[str, object]:
    return {
        "target": str(state.target),
        "strategy": state.strategy.value if state.strategy else None,
        "python": state.python or None,
        "proof_level": state.proof_level.value if state.proof_level else None,
        "needs": list(state.needs),
    }
