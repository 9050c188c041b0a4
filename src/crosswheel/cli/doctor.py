"""`crosswheel doctor`."""

import argparse
import os

from crosswheel.app.survey import Check, examine
from crosswheel.app.workshop import Workshop
from crosswheel.cli.documents import print_document
from crosswheel.cli.failure import LACKING
from crosswheel.cli.streams import publish
from crosswheel.cli.view import make_view


def run_doctor(arguments: argparse.Namespace) -> int:
    """Tell what this machine has and lacks, and return the exit code: 3 when something that builds need is missing."""
    workshop = Workshop(os.environ, make_view())
    checks: list[Check] = []
    try:
        for check in examine(workshop):
            checks.append(check)
            if not arguments.json:
                _print(check)
    finally:
        workshop.close()
    if arguments.json:
        print_document("doctor", [_as_json(check) for check in checks])
    return LACKING if any(check.needed and not check.works for check in checks) else 0


def _print(check: Check) -> None:
    mark = "ok  " if check.works else "MISS" if check.needed else "no  "
    publish(f"{mark} {check.name}: {check.detail}")
    if check.mend:
        publish(f"     do: {check.mend}")


def _as_json(check: Check) -> dict[str, object]:
    return {
        "name": check.name,
        "works": check.works,
        "needed": check.needed,
        "detail": check.detail,
        "mend": check.mend or None,
    }
