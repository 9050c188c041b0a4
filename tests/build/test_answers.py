"""Build backends that answer what PEP 517 does not allow, called in a real environment of this machine's Python."""

from pathlib import Path

import pytest

from crosswheel.build import Backend
from crosswheel.build.answers import wrong_wheel
from crosswheel.errors import RefusedError
from crosswheel.process import Processes
from crosswheel.pythons import make_environment
from host_environment import host_python, plain_variables

PYPROJECT = """
[build-system]
requires = []
build-backend = "own"
backend-path = ["."]

[project]
name = "Thing.One"
version = "1.0"
"""
GOOD = "thing_one-1.0-py3-none-any.whl"


def backend(tmp_path: Path, code: str) -> Backend:
    source = tmp_path / "source"
    source.mkdir()
    (source / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (source / "own.py").write_text(f"import os\n{code}", encoding="utf-8")
    return Backend(
        project="thing",
        source=source,
        environment=make_environment(tmp_path / "env", host_python()),
        prefix=(),
        variables=plain_variables(tmp_path),
        processes=Processes(),
        log=tmp_path / "log",
        config_settings={},
    )


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (f"    return {GOOD!r}", "there is no file of that name"),
        (f"    os.mkdir(os.path.join(out, {GOOD!r}))\n    return {GOOD!r}", "there is no file of that name"),
        (
            f"    os.symlink(__file__, os.path.join(out, {GOOD!r}))\n    return {GOOD!r}",
            "there is no file of that name",
        ),
        (f"    return make(out, {'../' + GOOD!r})", "a file in the folder that it is given"),
        (f"    return make(out, os.path.abspath({GOOD!r}))", "a file in the folder that it is given"),
        ("    return make(out, 'thing_one-1.0.zip')", "ends in .whl"),
        ("    return make(out, 'thing.whl')", "no file name of a wheel"),
        ("    return make(out, 'other-1.0-py3-none-any.whl')", "a wheel of other, and the project is Thing.One"),
        ("    return make(out, 'thing_one-2.0-py3-none-any.whl')", "a wheel of version 2.0, and the project's is 1.0"),
        ("    return None", "no name of a file"),
        ("    return 5", "no name of a file"),
        (r"    return 'thing\0.whl'", "a file in the folder that it is given"),
    ],
)
def test_a_wheel_that_is_not_the_projects(tmp_path: Path, code: str, told: str) -> None:
    make = "def make(out, name):\n    open(os.path.join(out, name), 'wb').close()\n    return name\n"
    own = backend(tmp_path, f"{make}def build_wheel(out, settings=None, metadata=None):\n{code}\n")
    with pytest.raises(RefusedError, match="build_wheel of thing gave nothing that can be used") as caught:
        own.build("wheel", tmp_path / "out")
    assert told in caught.value.why
    assert "makers" in caught.value.hint


def test_requirements_that_are_none(tmp_path: Path) -> None:
    own = backend(tmp_path, "def get_requires_for_build_wheel(settings=None):\n    return ['a', 5, None]\n")
    with pytest.raises(RefusedError, match="gave nothing that can be used") as caught:
        own.requires_for("wheel")
    assert "a list of strings" in caught.value.why


@pytest.mark.parametrize(("code", "status"), [("os._exit(7)", "7"), ("os.kill(os.getpid(), 9)", "-9")])
def test_a_process_that_ends_without_a_word(tmp_path: Path, code: str, status: str) -> None:
    own = backend(tmp_path, f"def get_requires_for_build_wheel(settings=None):\n    {code}\n")
    with pytest.raises(RefusedError) as caught:
        own.requires_for("wheel")
    assert caught.value.details == (f"it said nothing, and ended with status {status}",)


@pytest.mark.parametrize(
    ("files", "wheel"),
    [
        ({}, "anything-1.0-py3-none-any.whl"),
        ({"pyproject.toml": "[project]\nname = 'thing'\nversion = '1.0'\n"}, "thing-1.0+cpu-py3-none-any.whl"),
        ({"pyproject.toml": "[project]\nname = 'thing'\ndynamic = ['version']\n"}, "thing-3-py3-none-any.whl"),
        ({"pyproject.toml": "project = 5"}, "thing-3-py3-none-any.whl"),
        ({"PKG-INFO": "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n"}, "thing-2.0-py3-none-any.whl"),
        ({"PKG-INFO": "\n"}, "thing-2.0-py3-none-any.whl"),
    ],
)
def test_a_wheel_of_what_its_source_says(tmp_path: Path, files: dict[str, str], wheel: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert not wrong_wheel(wheel, tmp_path)


def test_a_wheel_of_another_project_than_the_sdist(tmp_path: Path) -> None:
    (tmp_path / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n", encoding="utf-8")
    assert "the project is thing" in wrong_wheel("other-1.0-py3-none-any.whl", tmp_path)
