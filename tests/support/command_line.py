"""crosswheel as a person runs it: a process with arguments, an environment, two streams and an exit code."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 1800.0  # seconds: numpy's build and tests took 870 on a busy machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What one run left behind."""

    status: int
    out: str
    err: str
    seconds: float

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output."""
        loaded = json.loads(self.out)
        assert isinstance(loaded, dict)
        return loaded

    @property
    def result(self) -> dict[str, Any]:
        """The one result in the document."""
        (result,) = self.document["results"]
        assert isinstance(result, dict)
        return result

    @property
    def log(self) -> str:
        """Everything that the one build printed."""
        return Path(self.result["log"]).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """Starts crosswheel, with variables, in a folder, behind another program if need be."""

    folder: Path
    variables: Mapping[str, str]
    prefix: Sequence[str] = ()
    python: str = sys.executable

    def __call__(self, *arguments: object, status: int | None = 0, **variables: str) -> Ran:
        """Run it to its end; a status other than the expected one is a failure that shows what it said."""
        begun = time.monotonic()
        process = self.start(*arguments, **variables)
        try:
            out, err = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
        ran = Ran(status=process.returncode, out=out, err=err, seconds=time.monotonic() - begun)
        assert status is None or ran.status == status, f"status {ran.status}\n{err}\n{out}"
        # What a build or a test printed is quoted behind a bar; crosswheel itself has no traceback for anybody.
        assert not [line for line in (ran.err + ran.out).splitlines() if line.startswith("Traceback")]
        return ran

    def start(self, *arguments: object, **variables: str) -> subprocess.Popen[str]:
        """Start it."""
        return subprocess.Popen(
            [*self.prefix, self.python, "-m", "crosswheel", *map(str, arguments)],
            cwd=self.folder,
            env={**self.variables, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    def refused(self, status: int, *arguments: object, out: Path, **variables: str) -> str:
        """Run it where the answer is no, in one message with all its parts, and nothing is left in `out`."""
        ran = self("build", *arguments, "--out", out, status=status, **variables)
        assert not ran.out, "errors belong on standard error"
        assert ran.err.count("\ncrosswheel: ") + ran.err.startswith("crosswheel: ") == 1, ran.err
        # Several problems at once each have their reason and their remedy in their own line.
        assert "\n  why: " in ran.err or "\n  | " in ran.err, ran.err
        assert "\n  do:  " in ran.err or "\n  | " in ran.err, ran.err
        assert "bug in crosswheel" not in ran.err, ran.err
        assert not out.exists() or list(out.iterdir()) == []
        return ran.err


def own_variables(**variables: str) -> dict[str, str]:
    """Return this process's environment without what decides where indexes are and how crosswheel behaves."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PIP_", "UV_", "CROSSWHEEL_", "COV_", "PYTEST_"))
        and not name.upper().endswith("_PROXY")
    }
    return {**kept, **variables}


def as_person(folder: Path) -> CommandLine:
    """Return the command line with this machine's own network settings and the cache of the tests."""
    variables = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST_"))},
        "SOURCE_DATE_EPOCH": os.environ["CROSSWHEEL_TEST_EPOCH"],
    }
    return CommandLine(folder=folder, variables=variables)


def with_index(folder: Path, index: str, **variables: str) -> CommandLine:
    """Return the command line with an index of the test's own, and a cache and home of its own, both empty."""
    own = {
        "HOME": str(folder / "home"),
        "CROSSWHEEL_CACHE": str(folder / "cache"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": index,
        "PIP_RETRIES": "1",
        "PIP_TIMEOUT": "5",
        "UV_NO_CONFIG": "1",
    }
    return CommandLine(folder=folder, variables=own_variables(**{**own, **variables}))
