"""`crosswheel retag`."""

import argparse
import os
from pathlib import Path

from crosswheel.app.retag import FailedRetag, NewTags, RetaggedWheel, retag_all
from crosswheel.app.workshop import Workshop
from crosswheel.cli.documents import print_document
from crosswheel.cli.failure import error_json, exit_code, print_error
from crosswheel.cli.streams import publish, tell


def run_retag(arguments: argparse.Namespace) -> int:
    """Write wheels again with other tags, and return the exit code."""
    tags = NewTags.parse(python=arguments.python_tag, abi=arguments.abi_tag, platform=arguments.platform_tag)
    results = retag_all(
        tuple(map(Path, arguments.wheels)),
        tags,
        out=Path(arguments.out).absolute(),
        force=arguments.force,
        source_date_epoch=Workshop(os.environ).source_date_epoch,
    )
    if arguments.json:
        print_document("retag", [_as_json(result) for result in results])
    for result in results:
        if isinstance(result, FailedRetag):
            print_error(result.error)
        else:
            if not arguments.json:
                publish(result.path.name)
            for lie in result.lies:
                tell(f"warning: forced, and not true: {lie}")
    return exit_code([result.error for result in results if isinstance(result, FailedRetag)])


def _as_json(result: RetaggedWheel | FailedRetag) -> dict[str, object]:
    if isinstance(result, FailedRetag):
        return {"source": str(result.source), "status": "failed", "error": error_json(result.error)}
    return {
        "source": str(result.source),
        "status": "retagged",
        "path": str(result.path),
        "lies": list(result.lies),
    }
