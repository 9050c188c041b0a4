"""Virtual environments, how their interpreter is started, and what gets into them."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from crosswheel.errors import NetworkError, RefusedError
from crosswheel.pythons import Installer, Pose, TargetPython, install, make_environment, planned_python
from crosswheel.store import Sysroot
from crosswheel.targets import architecture_named
from host_environment import host_python, offline_installer, plain_variables
from made_wheels import make_wheel


def test_an_environment_of_this_machines_python(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / "env", host_python())
    assert environment.python == planned_python(tmp_path / "env")
    asked = "import sys, sysconfig; print(sys.prefix, sys.prefix != sys.base_prefix, sysconfig.get_path('platlib'))"
    printed = subprocess.check_output([environment.python, "-c", asked], text=True)
    assert printed.split() == [str(environment.root), "True", str(environment.site)]
    assert (environment.scripts / "python3").resolve() == environment.python.resolve()


def test_a_python_that_poses_does_so_in_its_environment(tmp_path: Path) -> None:
    pose = Pose(folder=tmp_path / "pose")
    pose.site.mkdir(parents=True)
    (pose.site / "_pose.pth").write_text("import _pose\n")
    (pose.site / "_pose.py").write_text("import platform\nplatform.machine = lambda: 'elsewhere'\n")
    environment = make_environment(tmp_path / "env", replace(host_python(), pose=pose))
    asked = [str(environment.python), "-c", "import platform; print(platform.machine())"]
    assert subprocess.check_output(asked, text=True) == "elsewhere\n"


def test_a_free_threaded_python_has_folders_of_its_own(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / "env", replace(host_python(), version="3.13.0", free_threaded=True))
    assert environment.site == tmp_path / "env/lib/python3.13t/site-packages"
    assert (environment.scripts / "python3.13t").is_symlink()


@pytest.mark.parametrize("shell", ["/bin/sh", "bash"])
def test_an_interpreter_behind_a_program_is_started_by_a_script(tmp_path: Path, shell: str) -> None:
    folder = tmp_path / "a 'strange' folder"
    folder.mkdir()
    told = folder / "emulator"
    told.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    told.chmod(0o755)
    python = replace(host_python(), command=(str(told), "-L", str(folder), str(host_python().executable)))
    environment = make_environment(folder / "env", python)
    printed = subprocess.check_output([shell, str(environment.python), "-c", "a b", "$HOME", ""], text=True)
    starter = str(environment.python)
    assert printed.split("\n")[:-1] == [
        *("-L", str(folder), "-0", starter, str(python.executable)),
        *("-c", "a b", "$HOME", ""),
    ]


@pytest.mark.parametrize(
    ("glibc", "named"), [((2, 36), "--argv0 {env}/bin/python {python}"), ((2, 31), "{env}/bin/.python")]
)
def test_a_dynamic_linker_is_told_the_name_in_its_own_way(tmp_path: Path, glibc: tuple[int, int], named: str) -> None:
    linker = tmp_path / "ld-linux-x86-64.so.2"
    sysroot = Sysroot(path=tmp_path, architecture=architecture_named("x86_64"), glibc=glibc, suite="any", packages=())
    command = (str(linker), "--library-path", "/lib", str(host_python().executable))
    python = replace(host_python(), command=command, sysroot=sysroot)
    environment = make_environment(tmp_path / "env", python)
    words = named.format(env=environment.root, python=python.executable)
    assert f'{linker} --library-path /lib {words} "$@"' in environment.python.read_text()
    # What the older one cannot be told is mended when Python is up.
    assert (environment.site / "_starter.pth").exists() == (glibc < (2, 33))


def installed(installer: Installer, tmp_path: Path, *requirements: str, python: TargetPython | None = None) -> Path:
    environment = make_environment(tmp_path / "env", python or host_python())
    install(
        installer,
        environment,
        requirements,
        prefix=(),
        variables=plain_variables(tmp_path),
        log=tmp_path / "log",
        only_wheels=True,
    )
    return environment.site


def test_wheels_are_installed(tmp_path: Path) -> None:
    wheel = tmp_path / "thing-1.0-py3-none-any.whl"
    wheel.write_bytes(make_wheel({"thing.py": b""}, name=wheel.name, root_is_purelib=True).getvalue())
    site = installed(offline_installer(tmp_path / "uv"), tmp_path, str(wheel))
    assert (site / "thing.py").is_file()


def test_nothing_to_install_starts_nothing(tmp_path: Path) -> None:
    broken = replace(offline_installer(tmp_path / "uv"), uv=Path("/nonexistent/uv"))
    assert not list(installed(broken, tmp_path).iterdir())


def test_what_has_no_wheel_is_refused_with_a_way_out(tmp_path: Path) -> None:
    wheel = tmp_path / "thing-1.0-py3-none-win_arm64.whl"
    wheel.write_bytes(make_wheel({"thing.py": b""}, name=wheel.name, root_is_purelib=True).getvalue())
    installer = offline_installer(
        tmp_path / "uv", UV_FIND_LINKS=str(tmp_path), UV_DEFAULT_INDEX="file:///nonexistent/no-index"
    )
    with pytest.raises(RefusedError, match="thing could not be installed") as caught:
        installed(installer, tmp_path, "thing")
    assert "crosswheel build" in caught.value.hint
    assert caught.value.details
    assert caught.value.log == str(tmp_path / "log")


def test_an_index_that_cannot_be_reached(tmp_path: Path) -> None:
    installer = offline_installer(
        tmp_path / "uv", UV_OFFLINE="0", UV_DEFAULT_INDEX="http://127.0.0.1:9/simple", UV_HTTP_RETRIES="0"
    )
    with pytest.raises(NetworkError, match="thing could not be installed") as caught:
        installed(installer, tmp_path, "thing")
    assert "cannot be reached" in caught.value.why
