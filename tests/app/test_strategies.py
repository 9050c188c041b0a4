"""Strategies end to end: cross beside hybrid, Pythons that no archive has for the target, and auto that falls."""

import json
import os
import zipfile
from pathlib import Path

import pytest

from command_line import CommandLine
from crosswheel.elf import parse_elf
from crosswheel.targets import Target
from tiny_projects import c_module, own_backend_project, setuptools_project, write_project
from told_projects import copy_project, lies, read_told

pytestmark = [pytest.mark.network, pytest.mark.toolchain, pytest.mark.slow]
TARGET = ("--target", "cp311-manylinux2014_aarch64")
# e_machine of the program that runs: under qemu-user, /proc/self/exe is the emulated one.
IS_EMULATED = "open('/proc/self/exe', 'rb').read(20)[18] == 183"
# What of a pyconfig.h decides what an extension module compiles to: of the rest, some say how a Python was built.
DECIDING = ("SIZEOF_", "ALIGNOF_", "WORDS_", "DOUBLE_IS_", "HAVE_GCC_", "HAVE_LONG_", "HAVE_STDARG", "HAVE_WCHAR_H")
SIZED = """\
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
const unsigned sizes[] = {
    sizeof(PyObject), sizeof(PyTypeObject), sizeof(PyThreadState *), sizeof(Py_hash_t), sizeof(Py_UCS4),
    sizeof(long), sizeof(long double), sizeof(time_t), sizeof(off_t), sizeof(wchar_t), sizeof(PyMemberDef),
};
static PyObject *told(PyObject *self, PyObject *unused) { return PyLong_FromLong(sizes[0] + Py_REFCNT(self)); }
static PyMethodDef methods[] = {{"told", told, METH_NOARGS, ""}, {NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "sized", NULL, -1, methods};
PyMODINIT_FUNC PyInit_sized(void) { return PyModule_Create(&module); }
"""
SETUP = """\
import json, subprocess, sysconfig
from setuptools import Extension, setup

header = sysconfig.get_config_h_filename()
command = ["cc", "-dM", "-E", "-include", header, "-x", "c", "/dev/null"]
macros = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode()
lines = [line.split(None, 2)[1:] for line in macros.splitlines()]
with open("config.json", "w") as file:
    json.dump({line[0]: line[1] if len(line) > 1 else "" for line in lines}, file)
setup(
    name="sized", version="1.0", ext_modules=[Extension("sized", ["sized.c"])], data_files=[("sized", ["config.json"])]
)
"""


def sized(folder: Path) -> Path:
    """A project whose extension has sizes of types in it, and whose wheel holds the macros of pyconfig.h."""
    pyproject = '[build-system]\nrequires = ["setuptools", "wheel"]\nbuild-backend = "setuptools.build_meta"\n'
    return write_project(folder, {"pyproject.toml": pyproject, "setup.py": SETUP, "sized.c": SIZED})


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith(("RECORD", "WHEEL"))}


@pytest.mark.emulator
@pytest.mark.parametrize("target", ["cp311-manylinux2014_aarch64", "cp311-manylinux2014_s390x"])
def test_cross_and_hybrid_give_one_wheel(crosswheel: CommandLine, tmp_path: Path, target: str) -> None:
    project = sized(tmp_path / "sized")
    wheels, configs = {}, {}
    for strategy in ("hybrid", "cross"):
        out = tmp_path / strategy
        ran = crosswheel(
            "build", project, "--target", target, "--strategy", strategy, "--out", out, "--json",
        )  # fmt: skip
        assert ran.result["strategy"] == strategy
        assert ran.result["proof_level"] == "imported"
        (wheel,) = out.iterdir()
        wheels[strategy] = contents(wheel)
        (config,) = [text for name, text in wheels[strategy].items() if name.endswith("config.json")]
        configs[strategy] = {name: value for name, value in json.loads(config).items() if name.startswith(DECIDING)}
    hybrid, cross = wheels["hybrid"], wheels["cross"]
    assert set(hybrid) == set(cross)
    assert configs["cross"] == configs["hybrid"]
    assert len(configs["cross"]) > 20
    (name,) = [name for name in hybrid if name.endswith(".so")]
    one, other = parse_elf(hybrid[name]), parse_elf(cross[name])
    for fact in ("needed", "version_needs", "machine", "exports", "imports"):
        assert getattr(one, fact) == getattr(other, fact), fact
    assert hybrid[name] == cross[name]


@pytest.mark.parametrize(
    "text",
    [
        "cp36-manylinux2014_aarch64",
        "cp38-manylinux2014_aarch64",
        "cp312-manylinux2014_aarch64",
        "cp38-musllinux_1_2_aarch64",
        "cp310-manylinux2014_armv7l",
        "cp38-manylinux2014_s390x",
    ],
)
def test_pythons_of_this_machine_pose(crosswheel: CommandLine, tmp_path: Path, text: str) -> None:
    target = Target.parse(text)
    project = copy_project("with-setup-py", tmp_path / "project")
    ran = crosswheel("build", project, "--target", text, "--out", tmp_path / "out", "--json", status=None)
    if ran.status == 3 and "no Python" in ran.err:
        pytest.skip(f"this machine has no Python {target.python.version}: {ran.result['error']['hint']}")
    assert ran.status == 0, ran.err
    assert ran.result["strategy"] == "cross"
    assert ran.result["proof_level"] == "static"
    assert "posing" in ran.result["python"]
    assert any("not imported" in warning for warning in ran.result["warnings"])
    (wheel,) = (tmp_path / "out").iterdir()
    assert wheel.name.endswith(f"-{target.wheel_tag()}.whl")
    libc = "glibc" if target.glibc else "musl"
    assert lies(read_told(wheel), target.architecture.name, libc, target.extension_suffixes) == []
    again = crosswheel("build", project, "--target", text, "--out", tmp_path / "again", "--json")
    assert again.result["cached"] is True


@pytest.mark.emulator
def test_debians_python_for_this_machine_poses_where_none_is_installed(crosswheel: CommandLine, tmp_path: Path) -> None:
    project = own_backend_project(tmp_path / "posed", "posed", c_module("posed"))
    target = ("--target", "cp313-manylinux2014_aarch64", "--strategy", "cross")
    # No Python 3.13 with headers is found in these places.
    ran = crosswheel(
        *("build", project, *target, "--out", tmp_path / "out", "--json"),
        PATH="/usr/bin:/bin",
        PYENV_ROOT="/nonexistent",
        UV_PYTHON_INSTALL_DIR=str(tmp_path / "none"),
    )
    if "this machine" in ran.result["python"]:
        pytest.skip("this machine has a Python 3.13 of its own in /usr/bin")
    assert ran.result["python"].startswith("3.13.")
    assert "Debian trixie, posing as" in ran.result["python"]
    assert ran.result["proof_level"] == "imported"


@pytest.mark.emulator
def test_auto_falls_when_a_build_fails(crosswheel: CommandLine, tmp_path: Path) -> None:
    before = f"if {IS_EMULATED}: raise SystemExit('not under an emulator')"
    project = setuptools_project(tmp_path / "shy", "shy", c_module("shy"), before=before)
    ran = crosswheel("build", project, *TARGET, "--out", tmp_path / "out", "--json")
    assert ran.result["strategy"] == "cross"
    assert ran.result["proof_level"] == "imported"
    (fall,) = ran.result["falls"]
    assert fall["strategy"] == "hybrid"
    assert "not under an emulator" in "\n".join(fall["error"]["details"])
    assert Path(fall["error"]["log"]).is_file()
    assert "strategy hybrid failed, cross is tried" in ran.err
    assert ran.result["warnings"][0].startswith("strategy hybrid failed: ")
    # What is remembered of it is told again, and nothing is built.
    again = crosswheel("build", project, *TARGET, "--out", tmp_path / "again", "--json")
    assert again.result["cached"] is True
    assert (again.result["strategy"], again.result["falls"]) == ("cross", ran.result["falls"])
    # What was asked for by name is what is told of, and no other strategy is tried.
    hybrid = crosswheel(
        "build", project, *TARGET, "--strategy", "hybrid", "--out", tmp_path / "hybrid", "--json", status=1
    )
    assert "strategy cross" not in json.dumps(hybrid.result)
    assert "cross is tried" not in hybrid.err


def test_what_was_kept_untried_is_tried_when_a_python_for_that_is_there(
    crosswheel: CommandLine, tmp_path: Path
) -> None:
    project = own_backend_project(tmp_path / "waits", "waits", c_module("waits"))
    target = ("--target", "cp311-manylinux_2_28_x86_64", "--json")
    first = crosswheel("build", project, *target, "--out", tmp_path / "first")
    assert first.result["proof_level"] == "imported"
    # What is kept is made that of a day when no Python of the target was there.
    results = Path(os.environ["CROSSWHEEL_CACHE"]) / "results"
    (record,) = [path for path in results.glob("*.json") if first.result["wheel"]["sha256"] in path.read_text()]
    kept = json.loads(record.read_text())
    record.write_text(json.dumps(kept | {"untried": True, "proof_level": "static"}))
    second = crosswheel("build", project, *target, "--out", tmp_path / "second")
    assert (second.result["cached"], second.result["proof_level"]) == (False, "imported")
    third = crosswheel("build", project, *target, "--out", tmp_path / "third")
    assert (third.result["cached"], third.result["proof_level"]) == (True, "imported")


@pytest.mark.emulator
def test_auto_falls_when_a_proof_fails(crosswheel: CommandLine, tmp_path: Path) -> None:
    wrong = ".cpython-311-x86_64-linux-gnu.so"
    before = f"module = NAME + '{wrong}' if {IS_EMULATED} else module"
    project = own_backend_project(tmp_path / "mixed", "mixed", c_module("mixed"), before=before)
    ran = crosswheel("build", project, *TARGET, "--out", tmp_path / "out", "--json")
    assert ran.result["strategy"] == "cross"
    (fall,) = ran.result["falls"]
    assert wrong in fall["error"]["why"]


@pytest.mark.emulator
def test_when_all_fail_each_is_named(crosswheel: CommandLine, tmp_path: Path) -> None:
    before = f"raise SystemExit('not this way' if {IS_EMULATED} else 'nor that way')"
    project = setuptools_project(tmp_path / "stubborn", "stubborn", c_module("stubborn"), before=before)
    message = crosswheel.refused(1, project, *TARGET, out=tmp_path / "out")
    assert "not this way" in message
    assert "strategy cross failed: " in message
    assert "nor that way" in message


def test_a_free_threaded_python_that_is_nowhere(crosswheel: CommandLine, tmp_path: Path) -> None:
    project = setuptools_project(tmp_path / "free", "free", c_module("free"))
    ran = crosswheel(
        "build", project, "--target", "cp314t-manylinux2014_aarch64", "--out", tmp_path / "out", "--json", status=None
    )
    if ran.status == 0:
        pytest.skip("this machine has a free-threaded Python 3.14")
    assert ran.status == 3
    error = ran.result["error"]
    assert "none of them free-threaded" in error["why"]
    assert "uv python install 3.14t" in error["hint"]


def abi3_project(folder: Path, name: str, *, limited: bool) -> Path:
    macro = '[("Py_LIMITED_API", "0x03080000")]' if limited else "[]"
    project = setuptools_project(
        folder / name, name, c_module(name), extension=f"py_limited_api={limited}, define_macros={macro}"
    )
    setup = (project / "setup.py").read_text()
    options = "options={'bdist_wheel': {'py_limited_api': 'cp38'}}, " if limited else ""
    (project / "setup.py").write_text(setup.replace("setup(", f"setup({options}"))
    # Of the oldest Pythons, too.
    pyproject = (project / "pyproject.toml").read_text()
    (project / "pyproject.toml").write_text(pyproject.replace("setuptools>=77", "setuptools"))
    return project


ABI3 = ("--target", "cp38-abi3-manylinux2014_aarch64")


def test_a_wheel_for_the_stable_abi(crosswheel: CommandLine, tmp_path: Path) -> None:
    project = abi3_project(tmp_path, "stable", limited=True)
    ran = crosswheel("build", project, *ABI3, "--strategy", "cross", "--out", tmp_path / "out", "--json", status=None)
    if ran.status == 3:
        pytest.skip("this machine has no Python 3.8")
    assert ran.result["wheel"]["tags"] == "cp38-abi3-manylinux_2_17_aarch64.manylinux2014_aarch64"
    (wheel,) = (tmp_path / "out").iterdir()
    with zipfile.ZipFile(wheel) as archive:
        assert "stable.abi3.so" in archive.namelist()


def test_a_project_that_does_not_keep_to_the_stable_abi(crosswheel: CommandLine, tmp_path: Path) -> None:
    project = abi3_project(tmp_path, "unstable", limited=False)
    ran = crosswheel("build", project, *ABI3, "--strategy", "cross", "--out", tmp_path / "out", "--json", status=None)
    if ran.status == 3:
        pytest.skip("this machine has no Python 3.8")
    assert ran.status == 1
    assert "does not accept a wheel tagged cp38-cp38-linux_aarch64" in ran.result["error"]["why"]
    assert "is the project's to say" in ran.result["error"]["hint"]
