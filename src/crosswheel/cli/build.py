"""`crosswheel build`."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from crosswheel.app import BuildRequest, BuiltWheel, FailedBuild, Outcome, Workshop, build_all
from crosswheel.cli.failure import exit_code, kind, print_error
from crosswheel.cli.view import make_view
from crosswheel.errors import CrosswheelError, UsageError
from crosswheel.plan import Strategy
from crosswheel.targets import parse_targets


def run_build(arguments: argparse.Namespace) -> int:
    """Build what the arguments say, tell the results, and return the exit code."""
    request = _request(arguments)
    workshop = Workshop(os.environ, make_view())
    try:
        outcomes = build_all(workshop, request)
    finally:
        workshop.close()
    if arguments.json:
        print(
            json.dumps(
                {"schema": "crosswheel-build-1", "results": [_as_json(outcome) for outcome in outcomes]}, indent=2
            )
        )
    for outcome in outcomes:
        if isinstance(outcome, FailedBuild):
            print_error(_named(outcome))
        elif not arguments.json:
            _print_wheel(outcome)
    return exit_code([outcome.error for outcome in outcomes if isinstance(outcome, FailedBuild)])


def _request(arguments: argparse.Namespace) -> BuildRequest:
    if not arguments.targets:
        raise UsageError(
            "no target was given",
            why="there is no sensible default for another machine",
            hint="add one, such as --target cp311-manylinux2014_aarch64; `crosswheel targets` lists what can be built",
        )
    return BuildRequest(
        sources=tuple(arguments.sources),
        targets=parse_targets(arguments.targets),
        out=Path(arguments.out).absolute(),
        strategy=None if arguments.strategy == "auto" else Strategy(arguments.strategy),
        native_packages=tuple(arguments.native),
        config_settings=_config_settings(arguments.config_settings),
        exec_mode=None if arguments.exec_mode == "auto" else arguments.exec_mode,
        sdist=arguments.sdist,
        test=not arguments.no_test,
        test_command=arguments.test_command,
        test_requires=tuple(arguments.test_requires),
    )


def _config_settings(texts: Sequence[str]) -> dict[str, str | list[str]]:
    """A key that is given more than once becomes a list, as with pip and build."""
    settings: dict[str, str | list[str]] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError(f"--config-setting {text!r} is no setting", why="it has to be KEY=VALUE")
        before = settings.get(key)
        if before is None:
            settings[key] = value
        else:
            settings[key] = [*(before if isinstance(before, list) else [before]), value]
    return settings


def _print_wheel(wheel: BuiltWheel) -> None:
    size = f"{wheel.size / 1e3:.0f} kB" if wheel.size < 1e6 else f"{wheel.size / 1e6:.1f} MB"  # noqa: PLR2004 a million
    how = "cached" if wheel.cached else f"{wheel.seconds:.1f} s"
    print(f"{wheel.path.name}  {size}  {wheel.tags}  {wheel.strategy}  {wheel.proof_level}  {how}")
    for line in wheel.warnings:
        print(f"warning: {line}", file=sys.stderr)
    if wheel.linked:
        print(f"linked statically: {', '.join(wheel.linked)}", file=sys.stderr)


def _named(failed: FailedBuild) -> CrosswheelError:
    """The error, with what was being built in front where it does not say so itself."""
    error = failed.error
    subject = f"{failed.source} for {failed.target}" if failed.target else failed.source
    if failed.source in error.what:
        return error
    return type(error)(f"{subject}: {error.what}", why=error.why, hint=error.hint, details=error.details, log=error.log)


def _as_json(outcome: Outcome) -> dict[str, object]:
    if isinstance(outcome, FailedBuild):
        error = outcome.error
        return {
            "source": outcome.source,
            "target": str(outcome.target) if outcome.target else None,
            "status": "failed",
            "error": {
                "kind": kind(error),
                "what": error.what,
                "why": error.why,
                "hint": error.hint,
                "details": list(error.details),
                "log": error.log,
            },
        }
    return {
        "source": outcome.source,
        "target": str(outcome.target),
        "status": "built",
        "wheel": {
            "path": str(outcome.path),
            "sha256": outcome.sha256,
            "size": outcome.size,
            "tags": outcome.tags,
        },
        "strategy": outcome.strategy.value,
        "exec_mode": outcome.exec_mode,
        "python": outcome.python,
        "proof_level": outcome.proof_level.value,
        "seconds": round(outcome.seconds, 3),
        "cached": outcome.cached,
        "warnings": list(outcome.warnings),
        "linked": list(outcome.linked),
        "log": outcome.log,
    }
