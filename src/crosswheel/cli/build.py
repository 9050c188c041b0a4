"""`crosswheel build`."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from crosswheel.app.build import build_all
from crosswheel.app.request import BuildRequest, BuiltWheel, FailedBuild, Outcome
from crosswheel.app.workshop import Workshop
from crosswheel.cli.documents import print_document
from crosswheel.cli.failure import error_json, exit_code, print_error
from crosswheel.cli.options import BuildOptions, read_options
from crosswheel.cli.streams import publish, tell
from crosswheel.cli.view import make_view
from crosswheel.errors import CrosswheelError, UsageError
from crosswheel.plan import CxxRuntime, Strategy
from crosswheel.targets import parse_targets

_MEGABYTE = 1_000_000


def run_build(arguments: argparse.Namespace) -> int:
    """Build what the arguments say, tell the results, and return the exit code."""
    options = read_options(
        arguments,
        os.environ,
        directory=Path.cwd(),
        user_file=platformdirs.user_config_path("crosswheel") / "config.toml",
    )
    request = _request(arguments.sources, options)
    workshop = Workshop(os.environ, make_view(), python_sources=options.target_python)
    try:
        outcomes = build_all(workshop, request)
    finally:
        workshop.close()
    if arguments.json:
        print_document("build", [_as_json(outcome) for outcome in outcomes])
    for outcome in outcomes:
        if isinstance(outcome, FailedBuild):
            print_error(_named(outcome))
        elif not arguments.json:
            _print_wheel(outcome)
    return exit_code([outcome.error for outcome in outcomes if isinstance(outcome, FailedBuild)])


def _request(sources: Sequence[str], options: BuildOptions) -> BuildRequest:
    if not options.target:
        raise UsageError(
            "no target was given",
            why="there is no sensible default for another machine",
            hint="add one, such as --target cp311-manylinux2014_aarch64; `crosswheel targets` lists what can be built",
        )
    return BuildRequest(
        sources=tuple(sources),
        targets=parse_targets(options.target, options.skip),
        out=Path(options.out).absolute(),
        strategy=None if options.strategy == "auto" else Strategy(options.strategy),
        native_packages=options.native,
        config_settings=_config_settings(options.config_setting),
        cxx_runtime=CxxRuntime(options.cxx_runtime),
        exec_mode=None if options.exec_mode == "auto" else options.exec_mode,
        sdist=options.sdist,
        test=not options.no_test,
        test_command=options.test_command,
        test_requires=options.test_requires,
    )


def _config_settings(texts: Sequence[str]) -> dict[str, str | list[str]]:
    """A key that is given more than once becomes a list, as with pip and build."""
    settings: dict[str, str | list[str]] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError(
                f"--config-setting {text!r} is no setting",
                why="it has to be KEY=VALUE",
                hint="as in --config-setting setup-args=-Dblas=none",
            )
        before = settings.get(key)
        if before is None:
            settings[key] = value
        else:
            settings[key] = [*(before if isinstance(before, list) else [before]), value]
    return settings


def _print_wheel(wheel: BuiltWheel) -> None:
    kilobytes, megabytes = wheel.size / 1000, wheel.size / _MEGABYTE
    size = f"{kilobytes:.0f} kB" if wheel.size < _MEGABYTE else f"{megabytes:.1f} MB"
    seconds = f"{wheel.seconds:.1f} s" + (" (cached)" if wheel.cached else "")
    publish(f"{wheel.path.name}  {size}  {wheel.tags}  {wheel.strategy}  {wheel.proof_level}  {seconds}")
    for line in wheel.warnings:
        tell(f"warning: {line}")
    if wheel.linked:
        tell(f"holds libraries of the target: {', '.join(wheel.linked)}")


def _named(failed: FailedBuild) -> CrosswheelError:
    """The error, with what was being built in front where it does not say so itself."""
    error = failed.error
    subject = f"{failed.source} for {failed.target}" if failed.target else failed.source
    if failed.source in error.what:
        return error
    return type(error)(f"{subject}: {error.what}", why=error.why, hint=error.hint, details=error.details, log=error.log)


def _as_json(outcome: Outcome) -> dict[str, object]:
    if isinstance(outcome, FailedBuild):
        return {
            "source": outcome.source,
            "target": str(outcome.target) if outcome.target else None,
            "status": "failed",
            "error": error_json(outcome.error),
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
        "cxx_runtime": outcome.cxx_runtime.value,
        "exec_mode": outcome.exec_mode,
        "python": outcome.python,
        "proof_level": outcome.proof_level.value,
        "seconds": round(outcome.seconds, 3),
        "cached": outcome.cached,
        "warnings": list(outcome.warnings),
        "linked": list(outcome.linked),
        "falls": [{"strategy": fall.strategy.value, "error": error_json(fall.error)} for fall in outcome.falls],
        "log": outcome.log,
    }
