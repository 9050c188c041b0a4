"""The command line for tests of whole builds, each of which is made once a session."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import filelock
import pytest

from command_line import CommandLine, Ran, as_person

Builder = Callable[..., tuple[Ran, Path]]


@pytest.fixture
def crosswheel(tmp_path: Path) -> CommandLine:
    """crosswheel with this machine's network settings and the cache of the tests."""
    return as_person(tmp_path)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this session share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def build_once(shared_folder: Path) -> Builder:
    """Build with these arguments, unless this session did already; return what it said, and the folder of results."""

    def build(name: str, *arguments: str) -> tuple[Ran, Path]:
        folder = shared_folder / f"built-{name}"
        record = folder / "ran.json"
        with filelock.FileLock(shared_folder / f"built-{name}.lock"):
            if not record.is_file():
                folder.mkdir(exist_ok=True)
                ran = as_person(folder)("build", *arguments, "--json", "--out", folder / "out", status=None)
                record.write_text(json.dumps(asdict(ran)), encoding="utf-8")
        ran = Ran(**json.loads(record.read_text(encoding="utf-8")))
        assert ran.status == 0, ran.err
        return ran, folder / "out"

    return build


@pytest.fixture(scope="session")
def network_cut() -> Callable[[CommandLine], CommandLine]:
    """Return what takes the network from a command line: a network namespace, else proxies where nobody listens."""
    unshare = shutil.which("unshare")
    for options in (["--net"], ["--user", "--map-current-user", "--net"]):
        prefix = [str(unshare), *options]
        if unshare and subprocess.run([*prefix, "true"], check=False, capture_output=True).returncode == 0:
            return lambda command: replace(command, prefix=prefix)
    nobody = "http://127.0.0.1:9"
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "PIP_PROXY"), nobody)
    return lambda command: replace(command, variables={**command.variables, **proxies})
