"""The JSON documents of --json: one per verb, always with the same keys; docs/schemas has their schemas."""

import json
from collections.abc import Sequence

from crosswheel.cli.failure import error_json
from crosswheel.cli.streams import publish
from crosswheel.errors import CrosswheelError

_LISTS = {
    "build": "results",
    "inspect": "wheels",
    "repair": "wheels",
    "retag": "wheels",
    "targets": "targets",
    "doctor": "checks",
}


def print_document(verb: str, entries: Sequence[dict[str, object]], error: CrosswheelError | None = None) -> None:
    """Print the document of a verb on standard output.

    Arguments:
        verb: whose.
        entries: what it lists.
        error: what ended the whole run, if something did.
    """
    document = {
        "schema": f"crosswheel-{verb}-1",
        _LISTS[verb]: list(entries),
        "error": error_json(error) if error else None,
    }
    publish(json.dumps(document, indent=2))
