"""Wheels are tried for real, in environments of this machine's Python."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from crosswheel.errors import RefusedError, UsageError
from crosswheel.process import Processes
from crosswheel.pythons import make_environment
from crosswheel.trial import ProofLevel, Trial, try_wheel
from host_environment import host_python, offline_installer, plain_variables
from made_wheels import make_wheel

NAME = "thing-1.0-py3-none-any.whl"


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Trial(
        environment=make_environment(tmp_path / "env", host_python()),
        installer=offline_installer(tmp_path / "uv"),
        prefix=(),
        variables=plain_variables(tmp_path),
        scratch=scratch,
        processes=Processes(),
        log=tmp_path / "log",
    )


def wheel(folder: Path, files: Mapping[str, bytes], name: str = NAME) -> Path:
    path = folder / name
    path.write_bytes(make_wheel(files, name=name, root_is_purelib=True).getvalue())
    return path


def test_imported(trial: Trial, tmp_path: Path) -> None:
    made = wheel(tmp_path, {"thing/__init__.py": b"", "other.py": b""})
    assert try_wheel(trial, made, modules=["thing", "other"]) is ProofLevel.IMPORTED
    assert "imported thing\nimported other\n" in trial.log.read_text()


def test_a_wheel_with_nothing_to_import_is_not_called_imported(trial: Trial, tmp_path: Path) -> None:
    made = wheel(tmp_path, {"thing-1.0.data/data/share/thing.txt": b""})
    assert try_wheel(trial, made, modules=[]) is ProofLevel.STATIC
    assert (trial.environment.root / "share/thing.txt").is_file()


def test_tested_in_an_empty_folder_by_the_environments_python(trial: Trial, tmp_path: Path) -> None:
    made = wheel(tmp_path, {"thing.py": b"answer = 42\n"})
    command = (
        "python -c \"import os, sys, thing; assert thing.answer == 42 and os.listdir() == []; print('at', sys.prefix)\""
    )
    assert try_wheel(trial, made, modules=["thing"], test_command=command) is ProofLevel.TESTED
    assert f"at {trial.environment.root}" in trial.log.read_text()


def test_a_test_command_that_fails(trial: Trial, tmp_path: Path) -> None:
    made = wheel(tmp_path, {"thing.py": b""})
    with pytest.raises(RefusedError, match="the test command of thing") as caught:
        try_wheel(trial, made, modules=["thing"], test_command="python3 -c 'raise SystemExit(\"no good\")'")
    assert caught.value.why == "no good"
    assert caught.value.log == str(trial.log)


def test_an_import_that_fails(trial: Trial, tmp_path: Path) -> None:
    made = wheel(tmp_path, {"thing.py": b"import nothing_of_that_name\n"})
    with pytest.raises(RefusedError, match="cannot be imported") as caught:
        try_wheel(trial, made, modules=["thing"])
    assert "No module named 'nothing_of_that_name'" in caught.value.why
    assert "--no-test" in caught.value.hint


def test_a_library_that_is_not_there(trial: Trial, tmp_path: Path) -> None:
    made = wheel(tmp_path, {"thing.py": b"import ctypes\nctypes.CDLL('libnothing-of-that-name.so.1')\n"})
    with pytest.raises(RefusedError) as caught:
        try_wheel(trial, made, modules=["thing"])
    assert "library that is neither in the wheel" in caught.value.hint


@pytest.mark.parametrize("ending", ["os.kill(os.getpid(), signal.SIGILL)", "sys.exit(128 + signal.SIGILL)"])
def test_instructions_above_the_baseline(trial: Trial, tmp_path: Path, ending: str) -> None:
    made = wheel(tmp_path, {"thing.py": f"import os, signal, sys\n{ending}\n".encode()})
    with pytest.raises(RefusedError, match="cannot be imported") as caught:
        try_wheel(trial, made, modules=["thing"])
    assert caught.value.why.startswith("CW123: ")
    assert "-march" in caught.value.hint


def test_requirements_come_along_as_wheels(trial: Trial, tmp_path: Path) -> None:
    other = wheel(tmp_path, {"other.py": b""}, "other-2.0-py3-none-any.whl")
    made = wheel(tmp_path, {"thing.py": b"import other\n"})
    assert try_wheel(trial, made, modules=["thing"], test_requires=[str(other)]) is ProofLevel.IMPORTED


def test_a_wheel_for_another_machine_is_not_installed(trial: Trial, tmp_path: Path) -> None:
    made = wheel(tmp_path, {"thing.py": b""}, "thing-1.0-py3-none-win_arm64.whl")
    with pytest.raises(RefusedError, match="could not be installed"):
        try_wheel(trial, made, modules=["thing"])


@pytest.mark.parametrize("command", ["python -c 'open", "   "])
def test_a_test_command_that_cannot_be_read(trial: Trial, tmp_path: Path, command: str) -> None:
    with pytest.raises(UsageError, match="--test-command"):
        try_wheel(trial, tmp_path / NAME, modules=[], test_command=command)


def test_a_test_program_that_is_not_there(trial: Trial, tmp_path: Path) -> None:
    made = wheel(tmp_path, {"thing.py": b""})
    with pytest.raises(RefusedError, match="test command") as caught:
        try_wheel(trial, made, modules=["thing"], test_command="no-program-of-that-name")
    assert caught.value.why == "there is no program no-program-of-that-name"
