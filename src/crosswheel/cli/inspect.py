"""`crosswheel inspect`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crosswheel.app.inspect import Inspection, inspect_wheel, platform_tags_of
from crosswheel.cli import failure
from crosswheel.cli.streams import printable, publish
from crosswheel.errors import CrosswheelError, UsageError
from crosswheel.targets import Python, parse_target

if TYPE_CHECKING:
    from crosswheel.audit import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedInspection:
    """A wheel of which nothing can be said.

    Arguments:
        path: as it was named.
        error: why.
    """

    path: Path
    error: CrosswheelError


def run_inspect(arguments: argparse.Namespace) -> int:
    """Tell the truth about wheels, and return the exit code: 1 for findings that --fail-on names."""
    paths = tuple(map(Path, arguments.wheels))
    if arguments.tags_only:
        return _run_tags_only(arguments, paths)
    target = parse_target(arguments.target) if arguments.target else None
    python = _python(arguments.python) if arguments.python else None
    results: list[Inspection | FailedInspection] = []
    for path in paths:
        try:
            results.append(inspect_wheel(path, target=target, python=python))
        except CrosswheelError as error:
            results.append(FailedInspection(path=path, error=error))
    if arguments.json:
        from crosswheel.cli.documents import print_document

        print_document("inspect", [_as_json(result) for result in results])
    else:
        from crosswheel.cli.wheel_view import print_inspections

        print_inspections(
            [result for result in results if isinstance(result, Inspection)],
            [result.path for result in results if isinstance(result, FailedInspection)],
            target=str(target or ""),
        )
    errors = [result.error for result in results if isinstance(result, FailedInspection)]
    for told in errors:
        failure.print_error(told)
    bad = any(_fails(result, arguments.fail_on) for result in results if isinstance(result, Inspection))
    return _exit_code(errors, bad=bad)


def _run_tags_only(arguments: argparse.Namespace, paths: Sequence[Path]) -> int:
    if arguments.target or arguments.python:
        option = "--target" if arguments.target else "--python"
        raise UsageError(
            f"--tags-only and {option} do not go together",
            why="the true tags are those of the contents, whoever asks",
            hint="leave one of them out",
        )
    errors: list[CrosswheelError] = []
    entries: list[dict[str, object]] = []
    untrue = False
    for path in paths:
        try:
            tags = platform_tags_of(path)
        except CrosswheelError as error:
            errors.append(error)
            entries.append(_failed_json(path, error))
            failure.print_error(error)
            continue
        untrue = untrue or not tags
        if arguments.json:
            entries.append(_tags_json(path, tags))
        else:
            publish(f"{printable(path.name)}: {' '.join(tags)}")
    if arguments.json:
        from crosswheel.cli.documents import print_document

        print_document("inspect", entries)
    return _exit_code(errors, bad=untrue)


def _python(text: str) -> Python:
    python = Python.parse(text.strip().lower())
    if python is None or python.implementation == "py":
        raise UsageError(
            f"--python {text} is no Python",
            why="it has to name an interpreter and its version, as tags do",
            hint="such as cp311, cp313t or pp311",
        )
    return python


def _fails(inspection: Inspection, fail_on: str) -> bool:
    report = inspection.report
    return bool(report.errors or (fail_on == "warning" and report.warnings))


def _exit_code(errors: Sequence[CrosswheelError], *, bad: bool) -> int:
    code = failure.exit_code(errors)
    return failure.NO if bad else code


def _as_json(result: Inspection | FailedInspection) -> dict[str, object]:
    if isinstance(result, FailedInspection):
        return _failed_json(result.path, result.error)
    report = result.report
    return {
        "path": str(result.path),
        "status": "inspected",
        "size": result.size,
        "claimed": list(report.claimed),
        "platform_tags": list(report.platform_tags),
        "blockers": [
            {"policy": blocker.policy, "findings": [finding_json(finding) for finding in blocker.findings]}
            for blocker in report.blockers
        ],
        "findings": [finding_json(finding) for finding in report.findings],
        "errors": len(report.errors),
        "warnings": len(report.warnings),
        "notes": len(report.notes),
    }


def _tags_json(path: Path, tags: tuple[str, ...]) -> dict[str, object]:
    from crosswheel.wheel import WheelName

    return {
        "path": str(path),
        "status": "inspected",
        "size": path.stat().st_size,
        "claimed": list(WheelName.parse(path.name).platform_tags),
        "platform_tags": list(tags),
        **dict.fromkeys(("blockers", "findings", "errors", "warnings", "notes")),
    }


def _failed_json(path: Path, error: CrosswheelError) -> dict[str, object]:
    return {"path": str(path), "status": "failed", "error": failure.error_json(error)}


def finding_json(finding: "Finding") -> dict[str, object]:
    """Return a finding as the JSON documents have it."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "file": finding.file or None,
        "subject": finding.subject or None,
        "reason": finding.reason,
        "mend": finding.mend,
    }
