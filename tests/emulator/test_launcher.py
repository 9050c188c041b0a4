"""Every mode starts true programs of aarch64, out of a sysroot of Debian's."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from crosswheel.emulator import Emulator, ExecMode, Launcher, choose_launcher, find_emulator, namespace, survey_modes
from crosswheel.emulator.binfmt import registered
from crosswheel.errors import LackError
from crosswheel.process import Command, Processes
from crosswheel.store import Sysroot
from crosswheel.targets import architecture_named
from other_user import NOBODY, public_python
from real_archive import host_packages, real_archive

AARCH64 = architecture_named("aarch64")
SEARCH_PATH = "/usr/bin:/bin"

pytestmark = [pytest.mark.network, pytest.mark.emulator]


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    return find_emulator(AARCH64, search_path=SEARCH_PATH, processes=Processes(), host_packages=host_packages)


@pytest.fixture(scope="module")
def sysroot() -> Sysroot:
    return real_archive().sysroot(["python3.13"], suite="trixie", architecture=AARCH64)


def choose(mode: ExecMode | None, emulator: Emulator, sysroot: Sysroot, cpuinfo: Path | None = None) -> Launcher:
    try:
        return choose_launcher(
            mode,
            emulator=emulator,
            sysroot=sysroot.path,
            processes=Processes(),
            search_path=SEARCH_PATH,
            host_packages=host_packages,
            cpuinfo=cpuinfo,
        )
    except LackError as error:
        if mode is ExecMode.PROOT or (mode is ExecMode.BINFMT and registered(AARCH64)):
            raise
        pytest.skip(f"{mode} does not work here: {error.why}")


def run(launcher: Launcher, *argv: str) -> str:
    environment = {"PATH": SEARCH_PATH, **launcher.environment}
    completed = Processes().run(
        Command(argv=launcher.argv(argv), environment=environment, directory=Path("/")), timeout=60
    )
    assert completed.returncode == 0, completed.output
    return completed.output


def test_binfmt_that_is_registered_already(emulator: Emulator, sysroot: Sysroot) -> None:
    """The namespace mode makes a machine where that is so."""
    launcher = choose(ExecMode.NAMESPACE, emulator, sysroot)
    script = (
        f"import sys; sys.path[:] = {sys.path!r}; from pathlib import Path; from crosswheel.emulator import *; "
        "from crosswheel.process import Processes; from crosswheel.targets import architecture_named; "
        "emulator = Emulator(path=Path(sys.argv[1]), architecture=architecture_named('aarch64'), version='10.0'); "
        "chosen = choose_launcher(None, emulator=emulator, sysroot=Path(sys.argv[2]), processes=Processes(), "
        "search_path=sys.argv[3], host_packages=lambda *names, dependencies: None); "
        "print(chosen.mode, chosen.prefix)"
    )
    argv = (sys.executable, "-c", script, str(emulator.path), str(sysroot.path), SEARCH_PATH)
    assert run(launcher, *argv) == "binfmt ()\n"


@pytest.mark.parametrize("mode", [ExecMode.BINFMT, ExecMode.NAMESPACE, ExecMode.PROOT])
def test_mode(mode: ExecMode, emulator: Emulator, sysroot: Sysroot) -> None:
    launcher = choose(mode, emulator, sysroot)
    assert launcher.mode is mode
    python = str(sysroot.path / "usr/bin/python3.13")
    script = (
        "import os, platform, ssl; print(platform.machine(), ssl.OPENSSL_VERSION[:7], flush=True); "
        "os.execvp('uname', ['uname', '-m'])"
    )
    assert run(launcher, "/bin/sh", "-c", '"$0" -c "$1"', python, script).split() == [
        "aarch64", "OpenSSL", os.uname().machine,
    ], "Python is emulated, and what it starts of this machine is not"  # fmt: skip
    nested = "import subprocess, sys; print(subprocess.check_output([sys.executable, '-c', 'print(6 * 7)'], text=True))"
    assert run(launcher, "/bin/sh", "-c", '"$0" -c "$1"', python, nested).split() == ["42"]


def test_emulator_below_a_folder_with_a_space(emulator: Emulator, sysroot: Sysroot, tmp_path: Path) -> None:
    path = tmp_path / "with space" / emulator.path.name
    path.parent.mkdir()
    shutil.copy2(emulator.path, path)
    elsewhere = replace(emulator, path=path)
    with pytest.raises(LackError, match="has a space"):
        choose(ExecMode.PROOT, elsewhere, sysroot)
    launcher = choose(ExecMode.NAMESPACE, elsewhere, sysroot)
    assert run(launcher, str(sysroot.path / "usr/bin/python3.13"), "-c", "print(6 * 7)") == "42\n"


@pytest.mark.parametrize("mode", [ExecMode.NAMESPACE, ExecMode.PROOT])
def test_exit_status_passes(mode: ExecMode, emulator: Emulator, sysroot: Sysroot) -> None:
    launcher = choose(mode, emulator, sysroot)
    python = str(sysroot.path / "usr/bin/python3.13")
    done = subprocess.run(
        launcher.argv((python, "-c", "raise SystemExit(7)")),
        env={"PATH": SEARCH_PATH, **launcher.environment},
        check=False,
    )
    assert done.returncode == 7


@pytest.mark.parametrize("mode", [ExecMode.NAMESPACE, ExecMode.PROOT])
def test_processor_of_the_target(mode: ExecMode, emulator: Emulator, sysroot: Sysroot, tmp_path: Path) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text("Features : fp asimd\n")
    assert run(choose(mode, emulator, sysroot, told), "cat", "/proc/cpuinfo") == "Features : fp asimd\n"


@pytest.mark.parametrize("mode", [ExecMode.NAMESPACE, ExecMode.PROOT])
def test_headers_of_the_host_are_hidden(mode: ExecMode, emulator: Emulator, sysroot: Sysroot) -> None:
    if not Path("/usr/include/stdio.h").is_file():
        pytest.skip("this machine has no C headers to hide")
    launcher = choose(mode, emulator, sysroot)
    assert "stdio.h" not in run(launcher, "ls", "/usr/include")


def test_emulated_processor_is_the_baseline(emulator: Emulator, sysroot: Sysroot) -> None:
    argv = (str(emulator.path), str(sysroot.path / "usr/bin/python3.13"), "-c", "print(open('/proc/cpuinfo').read())")
    told = run(Launcher(mode=ExecMode.NONE, environment=emulator.environment(sysroot.path)), *argv)
    features = next(line for line in told.splitlines() if line.startswith("Features")).split()
    assert "asimd" in features
    assert not {"sve", "sve2", "atomics"} & set(features), "those came after ARMv8.0"


def test_first_that_works_is_chosen(emulator: Emulator, sysroot: Sysroot) -> None:
    states = survey_modes(
        emulator=emulator,
        sysroot=sysroot.path,
        processes=Processes(),
        search_path=SEARCH_PATH,
        host_packages=host_packages,
    )
    assert [state.mode for state in states] == list(ExecMode)
    assert all(state.why for state in states)
    assert choose(None, emulator, sysroot).mode is next(state.mode for state in states if state.works)


def test_mode_that_does_not_work_says_why(emulator: Emulator, tmp_path: Path, sysroot: Sysroot) -> None:
    if registered(AARCH64) is None:
        with pytest.raises(LackError, match="--exec-mode binfmt") as raised:
            choose_launcher(
                ExecMode.BINFMT,
                emulator=emulator,
                sysroot=sysroot.path,
                processes=Processes(),
                search_path=SEARCH_PATH,
                host_packages=host_packages,
            )
        assert "has nothing for aarch64" in raised.value.why
    with pytest.raises(LackError, match="--exec-mode namespace") as raised:
        choose_launcher(
            ExecMode.NAMESPACE,
            emulator=emulator,
            sysroot=tmp_path,
            processes=Processes(),
            search_path=SEARCH_PATH,
            host_packages=host_packages,
        )
    assert "neither a Python nor a C library" in raised.value.why


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("mode", [ExecMode.NAMESPACE, ExecMode.PROOT])
def test_as_an_ordinary_user(mode: ExecMode, emulator: Emulator, sysroot: Sysroot) -> None:
    launcher = choose(mode, emulator, sysroot)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        own = Path(namespace.__file__).parent
        replaced = {
            sys.executable: public_python(),
            **{str(path): str(shutil.copy(path, folder)) for path in (emulator.path, *own.glob("*.py"))},
        }
        prefix = [replaced.get(argument, argument) for argument in launcher.prefix]
        if mode is ExecMode.PROOT and not shutil.which("proot", path=SEARCH_PATH):
            packages = host_packages("proot", dependencies=True)
            shutil.copytree(packages, folder / "proot", symlinks=True)
            prefix = [argument.replace(str(packages), str(folder / "proot")) for argument in prefix]
        for path in ("usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1", "usr/lib/aarch64-linux-gnu/libc.so.6"):
            (folder / "root" / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(sysroot.path / path, folder / "root" / path)
        program = str(folder / "root/usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1")
        done = subprocess.run(
            [*prefix, "/bin/sh", "-c", f"id -u; {program} --version"],
            env={"PATH": SEARCH_PATH, **launcher.environment, "QEMU_LD_PREFIX": str(folder / "root")},
            cwd="/",
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{NOBODY}\nld.so (Debian GLIBC 2.41")
