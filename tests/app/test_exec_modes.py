"""libsodium's configure, which starts programs of the target, in every way in which crosswheel can start them.

PyNaCl is built whole only once, in the mode that `auto` picks: with libsodium's own tests it takes two minutes of both
cores. What differs between the modes is what its configure finds out.
"""

import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from command_line import CommandLine, Ran
from crosswheel.app.workshop import Workshop
from crosswheel.elf import parse_elf
from crosswheel.wheel import read_wheel
from tiny_projects import c_module, own_backend_project

pytestmark = [pytest.mark.network, pytest.mark.emulator, pytest.mark.toolchain, pytest.mark.slow]
TARGET = ("--target", "cp311-manylinux2014_aarch64")
MODES = ("binfmt", "namespace", "proot", "none")
CONFIGURE = 'subprocess.run(["sh", "./configure", "--disable-shared", "--disable-debug"], cwd="libsodium", check=True)'
OF_X86 = ("-mmmx", "-msse2", "-msse4.1", "-mavx", "-mavx2", "-mavx512f", "-maes", "-mpclmul", "-mrdrnd")


def assert_configured_for_aarch64(log: str, *, cross: bool) -> None:
    """Read what configure said of the machine: asked of config.guess, of the compiler, of programs that it started."""
    answers = dict(
        line.split("... ", 1) for line in log.splitlines() if line.startswith("checking ") and "... " in line
    )
    # CONFIG_SITE has the name, so that an old config.sub is not asked: configure then calls it cached.
    assert answers["checking host system type"].removeprefix("(cached) ").startswith("aarch64-")
    assert [answers[f"checking whether C compiler accepts {flag}"] for flag in OF_X86] == ["no"] * len(OF_X86)
    assert answers["checking for AVX instructions set"] == "no"
    assert answers["checking whether we can use x86_64 asm code"] == "no"
    assert answers["checking for cpuid instruction"] == "no"
    assert answers["checking for 128-bit arithmetic"] == "yes"
    assert answers["checking whether byte ordering is bigendian"] == "no"
    assert answers["checking whether we are cross compiling"] == ("yes" if cross else "no")


@pytest.fixture(scope="module")
def libsodium(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of libsodium's sources, out of PyNaCl's sdist."""
    workshop = Workshop(os.environ)
    file, _ = workshop.index.fetch(workshop.index.sdist(Requirement("pynacl==1.5.0"), "3.11.99"))
    folder = tmp_path_factory.mktemp("pynacl")
    with tarfile.open(file) as archive:
        archive.extractall(folder, filter="data")
    (found,) = folder.glob("*/src/libsodium")
    return found


@pytest.fixture(scope="module")
def pynacl(build_once: Callable[..., tuple[Ran, Path]]) -> tuple[Ran, Path]:
    return build_once("pynacl", "pynacl==1.5.0", *TARGET)


@pytest.mark.parametrize("mode", MODES)
def test_what_configure_learns(
    crosswheel: CommandLine, pynacl: tuple[Ran, Path], libsodium: Path, tmp_path: Path, mode: str
) -> None:
    if pynacl[0].result["exec_mode"] == mode:
        pytest.skip("the whole build of PyNaCl shows it")
    project = own_backend_project(tmp_path / "sodium", "sodium", c_module("sodium"), before=CONFIGURE)
    shutil.copytree(libsodium, project / "libsodium")
    out = tmp_path / "out"
    ran = crosswheel("build", project, *TARGET, "--exec-mode", mode, "--json", "--out", out, status=None)
    if ran.status == 3 and f"--exec-mode {mode}" in ran.err:
        pytest.skip(f"this machine does not offer it: {ran.result['error']['why']}")
    assert ran.status == 0, ran.err
    assert ran.result["exec_mode"] == mode
    assert_configured_for_aarch64(ran.log, cross=mode == "none")


def test_pynacl(pynacl: tuple[Ran, Path]) -> None:
    ran, out = pynacl
    (wheel,) = out.iterdir()
    assert wheel.name.lower().startswith("pynacl-1.5.0-cp")
    assert wheel.name.endswith("manylinux_2_17_aarch64.manylinux2014_aarch64.whl")
    assert ran.result["proof_level"] == "imported"
    assert_configured_for_aarch64(ran.log, cross=ran.result["exec_mode"] == "none")
    with wheel.open("rb") as file:
        reader = read_wheel(file, wheel.name)
        (path,) = [path for path in reader.members if path.endswith(".so")]
        elf = parse_elf(reader.read(path))
    versions = {version for needed in elf.version_needs.values() for version in needed}
    assert max(tuple(map(int, version.removeprefix("GLIBC_").split("."))) for version in versions) <= (2, 17)
