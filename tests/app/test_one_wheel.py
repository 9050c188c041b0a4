"""A wheel that serves several of the targets is built once, by the oldest Python, whatever else is in the cache."""

from pathlib import Path
from typing import Any

import pytest

from command_line import CommandLine
from tiny_projects import SETUPTOOLS, c_module, own_backend_project, setuptools_project, write_project

pytestmark = [pytest.mark.network, pytest.mark.emulator, pytest.mark.toolchain, pytest.mark.slow]
PLATFORM = "manylinux_2_28_aarch64"
NO_ABI = """\
import os
import subprocess

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py


class Build(build_py):
    def run(self):
        super().run()
        library = os.path.join(self.build_lib, "bound", "_bound.so")
        subprocess.run(["cc", "-O1", "-fPIC", "-shared", "bound.c", "-o", library], check=True)


class Wheel(bdist_wheel):
    def get_tag(self):
        return ("py3", "none", super().get_tag()[2])


class Bound(Distribution):
    def has_ext_modules(self):
        return True


setup(packages=["bound"], distclass=Bound, cmdclass={"build_py": Build, "bdist_wheel": Wheel})
"""


def built(ran: Any) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = ran.document["results"]
    assert [result["status"] for result in results] == ["built"] * len(results)
    return results


def test_a_wheel_for_the_stable_abi(crosswheel: CommandLine, tmp_path: Path) -> None:
    project = setuptools_project(
        tmp_path / "steady",
        "steady",
        f"#define Py_LIMITED_API 0x03090000\n{c_module('steady')}",
        extension="py_limited_api=True",
    )
    write_project(project, {"setup.cfg": "[bdist_wheel]\npy_limited_api = cp39\n"})

    def build(selector: str, out: str) -> tuple[list[dict[str, Any]], str]:
        ran = crosswheel("build", project, "--target", selector, "--json", "--out", tmp_path / out)
        assert [path.name for path in (tmp_path / out).iterdir()] == [f"steady-1.0-cp39-abi3-{PLATFORM}.whl"]
        return built(ran), ran.err

    results, err = build(f"cp313-{PLATFORM},cp311-abi3-{PLATFORM},cp311-{PLATFORM}", "together")
    assert err.count("build wheel") == 1
    assert err.count("trial") == 3
    assert [result["target"].partition("-manylinux")[0] for result in results] == ["cp313", "cp311-abi3", "cp311"]
    assert {result["proof_level"] for result in results} == {"imported"}
    assert [result["python"].startswith("3.13.") for result in results] == [True, False, False]
    (together,) = {result["wheel"]["sha256"] for result in results}

    # By itself, a target gets what its own Python builds, whatever others have got.
    alone, err = build(f"cp313-{PLATFORM}", "alone")
    assert err.count("build wheel") == 1
    assert not alone[0]["cached"]

    again, err = build(f"cp3{{11,13}}-{PLATFORM},cp311-abi3-{PLATFORM}", "again")
    assert {result["wheel"]["sha256"] for result in again} == {together}
    assert {result["cached"] for result in again} == {True}


def test_a_wheel_without_an_abi(crosswheel: CommandLine, tmp_path: Path) -> None:
    files = {
        "pyproject.toml": SETUPTOOLS.format(name="bound"),
        "setup.py": NO_ABI,
        "bound.c": "int bound(void) { return 7; }\n",
        "bound/__init__.py": "import ctypes, os\n\n"
        "value = ctypes.CDLL(os.path.join(os.path.dirname(__file__), '_bound.so')).bound()\n",
    }
    project = write_project(tmp_path / "bound", files)
    selector = f"cp313-{PLATFORM},cp311-{PLATFORM},cp311-manylinux2014_aarch64"
    ran = crosswheel("build", project, "--target", selector, "--json", "--out", tmp_path / "out")
    tags = [result["wheel"]["tags"] for result in built(ran)]
    # Of the older glibc it is another wheel, by another name.
    assert tags == [f"py3-none-{PLATFORM}"] * 2 + ["py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64"]
    assert ran.err.count("build wheel") == 2


def test_a_target_of_the_stable_abi_gets_no_other_wheel(crosswheel: CommandLine, tmp_path: Path) -> None:
    project = own_backend_project(tmp_path / "owned", "owned", c_module("owned"))
    out = tmp_path / "out"
    told = crosswheel.refused(1, project, "--target", f"cp311-abi3-{PLATFORM}", out=out)
    assert f"cp311-abi3-{PLATFORM} does not accept a wheel tagged cp311-cp311-linux_aarch64" in told
    assert f"cp311-{PLATFORM} takes what it gives" in told
