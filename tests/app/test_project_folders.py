"""Projects of the person's own: built where they are, left as they were, at the same time as others."""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from command_line import CommandLine
from tiny_projects import c_module, own_backend_project, write_project

pytestmark = [pytest.mark.network, pytest.mark.emulator, pytest.mark.toolchain, pytest.mark.slow]
PURE = {
    "pyproject.toml": '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n'
    '[project]\nname = "plain"\nversion = "1.0"\nrequires-python = ">=3.9"\n',
    "src/plain/__init__.py": "x = 1\n",
    "README.md": "plain\n",
}


def content_of(folder: Path) -> Mapping[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }


def test_pure_python_is_built_once_for_all_targets(crosswheel: CommandLine, tmp_path: Path) -> None:
    project = write_project(tmp_path / "plain", PURE)
    before = content_of(project)
    here = CommandLine(folder=project, variables=crosswheel.variables)
    out = tmp_path / "out"
    targets = "cp311-manylinux2014_aarch64,cp313-manylinux_2_28_aarch64"
    ran = here("build", ".", "--target", targets, "--sdist", "--json", "--out", out)
    assert sorted(path.name for path in out.iterdir()) == ["plain-1.0-py3-none-any.whl", "plain-1.0.tar.gz"]
    results = ran.document["results"]
    assert [result["target"] for result in results] == ["cp311-manylinux_2_17_aarch64", "cp313-manylinux_2_28_aarch64"]
    assert {result["wheel"]["tags"] for result in results} == {"py3-none-any"}
    assert {result["proof_level"] for result in results} == {"imported"}
    assert ran.err.count("build wheel") == 1
    assert content_of(project) == before
    with zipfile.ZipFile(out / "plain-1.0-py3-none-any.whl") as wheel:
        assert "plain/__init__.py" in wheel.namelist()


def test_a_wheel_for_an_older_glibc_does_not_stand_in_for_the_one_that_was_asked_for(
    crosswheel: CommandLine, tmp_path: Path
) -> None:
    project = own_backend_project(tmp_path / "both", "both", c_module("both"))
    targets = "cp311-manylinux_2_17_aarch64,cp311-manylinux_2_28_aarch64"
    ran = crosswheel("build", project, "--target", targets, "--no-test", "--json", "--out", tmp_path / "out")
    tags = [result["wheel"]["tags"].partition("-")[2] for result in ran.document["results"]]
    assert tags == ["cp311-manylinux_2_17_aarch64.manylinux2014_aarch64", "cp311-manylinux_2_28_aarch64"]


def test_programs_of_this_machine_test_nothing(crosswheel: CommandLine, tmp_path: Path) -> None:
    project = write_project(tmp_path / "plain", PURE)
    command = ("build", project, "--target", "cp311-manylinux2014_aarch64", "--out", tmp_path / "out")
    # getent is part of the C library, so every machine has it, and no build needs it.
    ran = crosswheel(*command, "--test-command", "getent --version", status=1)
    assert "there is no program getent" in ran.err
    ran = crosswheel(*command, "--test-command", "sh -c 'test $(uname -m) = aarch64'", "--json")
    assert ran.result["proof_level"] == "tested"


@pytest.fixture
def fresh_cache(tmp_path: Path) -> Path:
    """A cache with nothing but downloads, and a compiled libc: both take minutes, and what is shown is the rest."""
    shared, cache = Path(os.environ["CROSSWHEEL_CACHE"]), tmp_path / "cache"
    for kind in ("files", "zig"):
        if (shared / kind).is_dir():
            shutil.copytree(shared / kind, cache / kind, symlinks=True)
    return cache


def test_two_builds_at_once_in_an_empty_cache(crosswheel: CommandLine, fresh_cache: Path, tmp_path: Path) -> None:
    project = own_backend_project(tmp_path / "both", "both", c_module("both"))
    command = ("build", project, "--target", "cp311-manylinux2014_aarch64", "--no-test", "--out")
    runs = [crosswheel.start(*command, tmp_path / out, CROSSWHEEL_CACHE=str(fresh_cache)) for out in ("one", "two")]
    said = [run.communicate(timeout=600) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    one, two = (next((tmp_path / out).iterdir()) for out in ("one", "two"))
    assert one.name == two.name
    assert one.read_bytes() == two.read_bytes()
    assert sum("build wheel" in err for _, err in said) == 1, "the second takes what the first has made"
    left = [path.name for kind in fresh_cache.iterdir() if kind.name not in {"uv", "zig"} for path in kind.glob(".*")]
    assert left == [], "nothing half-made is left in the cache"
