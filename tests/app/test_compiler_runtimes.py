"""Fortran, OpenMP and libstdc++: what they bring is in the wheel, and it works there."""

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from command_line import CommandLine
from crosswheel.elf import parse_elf
from told_projects import PROJECTS, TEST, copy_project

pytestmark = [pytest.mark.network, pytest.mark.emulator, pytest.mark.toolchain, pytest.mark.slow]

TARGET = "cp311-manylinux2014_aarch64"
LICENCES = "with_{}-1.0.dist-info/licenses/"


def components(wheel: ZipFile) -> dict[str, Any]:
    """Return what the bill of materials names."""
    (path,) = (name for name in wheel.namelist() if "/sboms/" in name)
    return {part["name"]: part for part in json.loads(wheel.read(path))["components"]}


def test_fortran_holds_the_oldest_glibc(crosswheel: CommandLine, tmp_path: Path) -> None:
    project = copy_project("with-fortran", tmp_path / "project")
    ran = crosswheel("build", project, "--target", TARGET, *TEST, "--json", "--out", tmp_path / "out")
    assert ran.result["proof_level"] == "tested"
    assert ran.result["wheel"]["tags"] == "cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64"
    (wheel,) = (tmp_path / "out").iterdir()
    with ZipFile(wheel) as archive:
        names = archive.namelist()
        parts = components(archive)
    assert not [name for name in names if "libgfortran" in name and not name.startswith(LICENCES.format("fortran"))]
    # What is linked of it is named, its texts are there, and GCC's exception keeps it from being told as copyleft.
    assert parts["libgfortran-12-dev-arm64-cross"]["version"].startswith("12.2.0-")
    for name in ("libgfortran-12-dev-arm64-cross", "libgcc-12-dev-arm64-cross"):
        assert parts[name]["licenses"] == [{"expression": "GPL-3.0-or-later WITH GCC-exception-3.1"}]
        assert parts[name]["hashes"]
        assert f"{LICENCES.format('fortran')}{name}/copyright" in names
    assert not ran.result["warnings"]


def test_openmp_has_one_runtime_in_a_wheel(crosswheel: CommandLine, tmp_path: Path) -> None:
    # Its import counts the threads of two extension modules, and fails where they are not what was asked for.
    project = PROJECTS / "with-openmp"
    ran = crosswheel("build", project, "--target", TARGET, "--json", "--out", tmp_path / "out")
    assert ran.result["proof_level"] == "imported"
    (wheel,) = (tmp_path / "out").iterdir()
    with ZipFile(wheel) as archive:
        assert len([name for name in archive.namelist() if ".libs/libomp-" in name]) == 1
        assert f"{LICENCES.format('openmp')}llvm-toolchain-19/LICENSE.TXT" in archive.namelist()
        assert list(components(archive)) == ["llvm-toolchain-19"]


def test_an_archive_made_with_libstdcxx_is_linked_with_it(crosswheel: CommandLine, tmp_path: Path) -> None:
    # Its import sends a text through ZeroMQ, and catches an exception.
    options = ("--native", "libzmq3-dev", "--cxx-runtime", "libstdc++", "--json", "--out", tmp_path / "out")
    ran = crosswheel("build", PROJECTS / "libzmq", "--target", "cp311-manylinux_2_36_aarch64", *options)
    assert ran.result["proof_level"] == "imported"
    assert ran.result["cxx_runtime"] == "libstdc++"
    assert {"libstdc++-12-dev", "libzmq3-dev"} <= {text.split()[0] for text in ran.result["linked"]}


def test_one_module_catches_what_another_throws(crosswheel: CommandLine, tmp_path: Path) -> None:
    # Its import fails where an exception of the shared library beside it is not caught by its type.
    ran = crosswheel("build", PROJECTS / "thrown", "--target", TARGET, "--json", "--out", tmp_path / "out")
    assert ran.result["proof_level"] == "imported"


def test_the_same_with_libstdcxx(crosswheel: CommandLine, tmp_path: Path) -> None:
    options = ("--cxx-runtime", "libstdc++", "--json", "--out", tmp_path / "out")
    ran = crosswheel("build", PROJECTS / "thrown", "--target", "cp311-manylinux_2_36_aarch64", *options)
    assert ran.result["proof_level"] == "imported"
    (wheel,) = (tmp_path / "out").iterdir()
    exported: set[str] = set()
    with ZipFile(wheel) as archive:
        for name in archive.namelist():
            if ".so" in name:
                exported |= {symbol.name for symbol in parse_elf(archive.read(name)).exports}
    assert "_ZTI7Trouble" in exported
    runtime = ("_Zn", "_Zd", "_ZNSt", "_ZNKSt", "_ZSt", "_ZNS", "_ZTIN", "_Unwind", "__")
    assert {name for name in exported if name.startswith(runtime)} == {"_ZNKSt4hashI3KeyEclERKS0_"}
