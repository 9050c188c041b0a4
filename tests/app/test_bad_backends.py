"""Build backends that fail or lie, as a person meets them: one message, the right exit code, nothing left behind."""

import platform
from pathlib import Path

import pytest

from command_line import CommandLine
from tiny_projects import OWN_BACKEND, write_project

# A wheel for this machine: what is shown does not depend on the target, and nothing is emulated.
TARGET = ("--target", f"cp311-manylinux2014_{platform.machine()}")
pytestmark = [pytest.mark.network, pytest.mark.toolchain]

FIRST_HOOK = """
def get_requires_for_build_wheel(config_settings=None):
    raise RuntimeError("not before breakfast")
"""
NO_BACKEND = "raise ImportError('half of it is missing')"
WRONG_NAME = """
def build_wheel(folder, config_settings=None, metadata_directory=None):
    open(folder + "/other-1.0-py3-none-any.whl", "wb").close()
    return "other-1.0-py3-none-any.whl"
"""
NOT_THERE = """
def build_wheel(folder, config_settings=None, metadata_directory=None):
    return "thing-1.0-py3-none-any.whl"
"""
OUTSIDE = """
def build_wheel(folder, config_settings=None, metadata_directory=None):
    open(folder + "/../thing-1.0-py3-none-any.whl", "wb").close()
    return "../thing-1.0-py3-none-any.whl"
"""
NO_ZIP = """
def build_wheel(folder, config_settings=None, metadata_directory=None):
    open(folder + "/thing-1.0-py3-none-any.whl", "wb").write(bytes(range(256)))
    return "thing-1.0-py3-none-any.whl"
"""
NOISE = r"""
import sys
def build_wheel(folder, config_settings=None, metadata_directory=None):
    sys.stdout.buffer.write(bytes(range(256)) * 400 + b"\x1b]0;yours\x07\x1b[31merror: \x1b[2J\xff\xfe\n")
    sys.stdout.buffer.flush()
    raise SystemExit(3)
"""
NO_COMPILER = """
import subprocess
def build_wheel(folder, config_settings=None, metadata_directory=None):
    subprocess.run(["icc", "-c", "thing.c"], check=True)
"""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        pytest.param(FIRST_HOOK, ("get_requires_for_build_wheel", "not before breakfast"), id="first hook"),
        pytest.param(NO_BACKEND, ("get_requires_for_build_wheel", "half of it is missing"), id="no backend"),
        pytest.param(WRONG_NAME, ("a wheel of other", "the project is thing", "PEP 517"), id="wrong name"),
        pytest.param(NOT_THERE, ("thing-1.0-py3-none-any.whl", "no file of that name"), id="not there"),
        pytest.param(OUTSIDE, ("../thing-1.0-py3-none-any.whl", "in the folder that it is given"), id="outside"),
        pytest.param(NO_ZIP, ("thing-1.0-py3-none-any.whl", "no zip archive"), id="no zip"),
        pytest.param(NOISE, ("build_wheel of thing failed", "error: "), id="noise"),
        pytest.param(NO_COMPILER, ("No such file or directory: 'icc'",), id="no compiler"),
    ],
)
def test_one_message(crosswheel: CommandLine, tmp_path: Path, code: str, words: tuple[str, ...]) -> None:
    files = {"pyproject.toml": OWN_BACKEND.format(name="thing"), "own_backend.py": code, "thing.c": ""}
    project = write_project(tmp_path / "thing", files)
    message = crosswheel.refused(1, project, *TARGET, out=tmp_path / "out")
    for word in words:
        assert word in message
    assert not [sign for sign in message if not sign.isprintable() and sign != "\n"]
