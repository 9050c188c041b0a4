"""PEP 517 hooks, called in a real environment of this machine's Python, of a backend that stands in the source tree."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from crosswheel.build import Backend
from crosswheel.errors import BadInputError, LackError, RefusedError
from crosswheel.process import Processes
from crosswheel.pythons import make_environment
from host_environment import host_python, plain_variables

PYPROJECT = """
[build-system]
requires = ["b>=2", "a"]
build-backend = "own"
backend-path = ["."]
"""
OWN = """
import json, os, sys, warnings, zipfile

def get_requires_for_build_wheel(config_settings=None):
    return ["z", "y<3"]

def build_wheel(out, config_settings=None, metadata_directory=None):
    print("saying something")
    warnings.warn("old-fashioned")
    name = "own-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(out, name), "w") as wheel:
        said = {"settings": config_settings, "environment": dict(os.environ)}
        said |= {"python": sys.executable, "cwd": os.getcwd()}
        wheel.writestr("said.json", json.dumps(said))
        wheel.writestr("own-1.0.dist-info/METADATA", "")
    return name

def build_sdist(out, config_settings=None):
    %s
"""


def backend(
    tmp_path: Path,
    *,
    pyproject: str | None = PYPROJECT,
    failing: str = "raise SystemExit(1)",
    settings: Mapping[str, str | Sequence[str]] | None = None,
) -> Backend:
    source = tmp_path / "own-1.0"
    source.mkdir()
    if pyproject is not None:
        (source / "pyproject.toml").write_text(pyproject)
    else:
        (source / "setup.py").write_text("")
    (source / "own.py").write_text(OWN % failing)
    return Backend(
        project="demo",
        source=source,
        environment=make_environment(tmp_path / "env", host_python()),
        prefix=("/usr/bin/env", "BEHIND_A_PREFIX=1"),
        variables={**plain_variables(tmp_path), "GIVEN": "yes"},
        processes=Processes(),
        log=tmp_path / "log",
        config_settings=settings or {},
    )


def test_a_wheel_and_what_its_backend_is_told(tmp_path: Path) -> None:
    import zipfile

    own = backend(tmp_path, settings={"key": "value", "list": ["1", "2"]})
    assert own.requires() == ("a", "b>=2")
    assert own.requires_for("wheel") == ("y<3", "z")
    wheel = own.build("wheel", tmp_path / "out")
    assert wheel == tmp_path / "out" / "own-1.0-py3-none-any.whl"
    said = json.loads(zipfile.ZipFile(wheel).read("said.json"))
    assert said["settings"] == {"key": "value", "list": ["1", "2"]}
    assert said["python"] == str(own.environment.python)
    assert said["cwd"] == str(own.source)
    assert said["environment"]["GIVEN"] == "yes"
    assert said["environment"]["BEHIND_A_PREFIX"] == "1"
    allowed = {"PATH", "HOME", "LC_ALL", "GIVEN", "BEHIND_A_PREFIX", "CROSSWHEEL_CHILD", "PWD", "LC_CTYPE"}
    assert {name for name in said["environment"] if not name.startswith("_PYPROJECT_HOOKS")} <= allowed
    assert "saying something" in own.log.read_text()


def test_without_pyproject_it_is_setuptools(tmp_path: Path) -> None:
    (requirement,) = {text.partition(" ")[0].partition(">")[0] for text in backend(tmp_path, pyproject=None).requires()}
    assert requirement == "setuptools"


@pytest.mark.parametrize(
    "pyproject", ["[build-system", "[build-system]\nrequires = 3\n", "[build-system]\nbuild-backend = 'own'\n"]
)
def test_a_pyproject_that_cannot_be_used(tmp_path: Path, pyproject: str) -> None:
    with pytest.raises(BadInputError, match=r"demo has no usable pyproject\.toml") as caught:
        backend(tmp_path, pyproject=pyproject).requires()
    assert caught.value.why
    assert caught.value.hint


def test_a_hook_that_fails(tmp_path: Path) -> None:
    own = backend(tmp_path, failing="raise ValueError('no sdist today')")
    with pytest.raises(RefusedError, match=r"build_sdist of demo failed") as caught:
        own.build("sdist", tmp_path / "out")
    assert any("no sdist today" in line for line in caught.value.details)
    assert caught.value.log == str(own.log)


def test_a_backend_that_is_not_there(tmp_path: Path) -> None:
    own = backend(tmp_path, pyproject=PYPROJECT.replace('"own"', '"missing"'))
    with pytest.raises(RefusedError, match="get_requires_for_build_wheel"):
        own.requires_for("wheel")


def test_a_full_disk(tmp_path: Path) -> None:
    own = backend(tmp_path, failing="raise OSError(28, os.strerror(28))")
    with pytest.raises(LackError, match="build_sdist failed") as caught:
        own.build("sdist", tmp_path / "out")
    assert caught.value.why == "the disk is full"
