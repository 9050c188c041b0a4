"""Pythons of this machine are found, asked what they are, and taken only with their headers."""

import os
import sys
import sysconfig
from pathlib import Path

import pytest
from uv import find_uv_bin

from crosswheel.process import Processes, this_host
from crosswheel.pythons import TargetPython, find_host_python, list_host_pythons, list_pyenv_pythons
from crosswheel.pythons.host import _includes, _listed
from crosswheel.store import Store
from crosswheel.targets import Target

HERE = Path(os.path.realpath(sys.executable))
TARGET = Target.parse(f"cp3{sys.version_info.minor}-manylinux_2_28_{this_host().machine}")


def find(search_path: str, folder: Path, target: Target = TARGET, **variables: str) -> TargetPython | None:
    environment = {
        "PATH": search_path,
        "HOME": str(folder),
        "UV_PYTHON_INSTALL_DIR": str(folder / "none"),
        **variables,
    }
    processes = Processes()
    installed = list_host_pythons(">=3.9", uv=Path(find_uv_bin()), processes=processes, environment=environment)
    return find_host_python(
        target, installed, processes=processes, environment=environment, store=Store(folder / "cache")
    )


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def _headers() -> None:
    if not Path(sysconfig.get_path("include"), "Python.h").is_file():
        pytest.skip("the Python that runs the tests has no headers")


@pytest.mark.usefixtures("_headers")
def test_a_version_managers_script_leads_to_the_interpreter(tmp_path: Path) -> None:
    shim = script(tmp_path / "shims" / f"python3.{sys.version_info.minor}", f'exec "{HERE}" "$@"')
    found = find(f"{shim.parent}:/usr/bin:/bin", tmp_path)
    assert found
    assert found.executable == HERE
    assert found.command == (str(HERE),)
    assert found.version == ".".join(map(str, sys.version_info[:3]))
    assert any((folder / "Python.h").is_file() for folder in found.includes)
    assert found.sysroot is None


@pytest.mark.usefixtures("_headers")
def test_a_python_that_starts_only_with_the_persons_libraries_is_passed_over(tmp_path: Path) -> None:
    text = f'test -n "$LD_LIBRARY_PATH" || exit 127\nexec "{HERE}" "$@"'
    shim = script(tmp_path / "shims" / f"python3.{sys.version_info.minor}", text)
    assert find(str(shim.parent), tmp_path, LD_LIBRARY_PATH="/nowhere") is None


def test_a_script_that_leads_nowhere_is_passed_over(tmp_path: Path) -> None:
    # What pyenv's says of a version that is installed, and not chosen.
    text = "echo 'pyenv: python3.9: command not found' >&2\necho '[stderr]' >&2\nexit 127"
    for name in ("python3", "python3.9", f"python3.{sys.version_info.minor}"):
        script(tmp_path / "shims" / name, text)
    other = Target.parse(f"cp39-manylinux_2_28_{this_host().machine}")
    assert find(str(tmp_path / "shims"), tmp_path, other) is None
    assert find(str(tmp_path / "shims"), tmp_path) is None


def test_the_list_is_found_among_warnings() -> None:
    output = 'warning: Failed to inspect\n         [stderr]\n[not JSON\n[{"path": "/usr/bin/python3"}]\n'
    assert _listed(output) == [{"path": "/usr/bin/python3"}]
    assert _listed("warning: nothing\n") == []


def test_a_python_for_another_machine_is_not_taken(tmp_path: Path) -> None:
    foreign = "aarch64" if this_host().machine == "x86_64" else "x86_64"
    target = Target.parse(f"cp3{sys.version_info.minor}-manylinux_2_28_{foreign}")
    assert find(str(HERE.parent), tmp_path, target) is None


def test_headers_that_are_not_there(tmp_path: Path) -> None:
    answer = {"includes": [str(tmp_path)], "pyconfig": str(tmp_path / "pyconfig.h")}
    assert _includes(answer, Store(tmp_path / "cache")) == ()
    (tmp_path / "Python.h").write_text("")
    assert _includes(answer, Store(tmp_path / "cache")) == ()
    (tmp_path / "pyconfig.h").write_text("")
    assert _includes(answer, Store(tmp_path / "cache")) == (tmp_path,)


def test_headers_in_debians_two_folders(tmp_path: Path) -> None:
    headers, multiarch = tmp_path / "python3.11", tmp_path / "x86_64-linux-gnu" / "python3.11"
    for folder, names in ((headers, ("Python.h", "pyconfig.h")), (multiarch, ("pyconfig.h",))):
        folder.mkdir(parents=True)
        for name in names:
            (folder / name).write_text(f"in {folder.parent.name}")
    answer = {"includes": [str(headers)], "pyconfig": str(headers / "pyconfig.h"), "multiarch": "x86_64-linux-gnu"}
    first, second = _includes(answer, Store(tmp_path / "cache"))
    assert first == headers
    assert (second / "x86_64-linux-gnu/python3.11/pyconfig.h").read_text() == "in x86_64-linux-gnu"
    assert _includes(answer, Store(tmp_path / "cache")) == (first, second)


def test_one_listing_serves_every_version(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    uv = script(
        tmp_path / "uv",
        f'echo "$@" >>{asked}\n'
        'echo \'[{"path": "/a/python3", "version": "3.11.7"}, {"path": "/b/python3", "version": "3.15.0rc1"}, '
        '{"path": "/a/python3", "version": "3.11.7"}, {"path": "/c", "version": null}]\'',
    )
    listed = list_host_pythons(">=3.9", uv=uv, processes=Processes(), environment={"PATH": "/usr/bin:/bin"})
    assert [(python.path, python.version) for python in listed] == [("/a/python3", (3, 11)), ("/b/python3", (3, 15))]
    assert len(asked.read_text(encoding="utf-8").splitlines()) == 1


def test_pyenvs_versions_that_no_shim_starts(tmp_path: Path) -> None:
    for name in ("3.9.2", "3.10.1", "3.13.0t", "pypy3.10-7.3.12", "3.8-dev"):
        script(tmp_path / "versions" / name / "bin" / "python", f'exec "{HERE}" "$@"')
    script(tmp_path / "versions" / "3.11.4" / "bin" / "python3", "a version that was not installed to its end")
    environment = tmp_path / "versions" / "3.12.0"
    script(environment / "bin" / "python", "an environment of pyenv-virtualenv")
    (environment / "pyvenv.cfg").touch()
    found = list_pyenv_pythons(tmp_path)
    assert [python.version for python in found] == [(3, 13), (3, 10), (3, 9)]
    assert found[1].path == str(tmp_path / "versions/3.10.1/bin/python")
    assert list_pyenv_pythons(tmp_path / "none") == ()


def test_an_old_python_for_glibc_is_none_for_musl(tmp_path: Path) -> None:
    """Up to 3.10 both have one suffix."""
    processes, store = Processes(), Store(tmp_path / "cache")
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    found = list_pyenv_pythons(Path.home() / ".pyenv")
    installed = list_host_pythons(">=3.6,<3.11", uv=Path(find_uv_bin()), processes=processes, environment=os.environ)
    old = [one for one in (*found, *installed) if (3, 6) <= one.version < (3, 11)]
    if not old or this_host().libc[0] != "glibc":
        pytest.skip("no CPython 3.6 to 3.10 for glibc is installed here")
    name = f"cp{old[0].version[0]}{old[0].version[1]}"
    for platform, is_found in (("manylinux_2_28", True), ("musllinux_1_2", False)):
        target = Target.parse(f"{name}-{platform}_{this_host().machine}")
        python = find_host_python(target, old, processes=processes, environment=environment, store=store)
        assert (python is not None) == is_found, platform
