"""What the proof of a built wheel looks at beyond its tags."""

from pathlib import Path

import pytest

from command_line import CommandLine
from tiny_projects import c_module, own_backend_project

pytestmark = [pytest.mark.network, pytest.mark.emulator, pytest.mark.toolchain, pytest.mark.slow]
TARGET = ("--target", "cp311-manylinux2014_aarch64")


def test_strings_that_name_the_folder_of_the_build_are_warned_of(crosswheel: CommandLine, tmp_path: Path) -> None:
    before = "pathlib.Path('where.h').write_text('#define HERE \"%s/data\"' % os.getcwd())"
    source = c_module("located", extra='#include "where.h"\nconst char *located_here = HERE;')
    project = own_backend_project(tmp_path / "located", "located", source, before=before)
    ran = crosswheel("build", project, *TARGET, "--json", "--out", tmp_path / "out")
    (warning,) = ran.result["warnings"]
    assert warning.startswith("CW124 located.cpython-311-aarch64-linux-gnu.so: it names /")
    assert warning.endswith(", where it was built")


def test_instructions_above_the_baseline(crosswheel: CommandLine, tmp_path: Path) -> None:
    # What adds to memory in one step came with Armv8.1; nothing in the file says so.
    extra = (
        'static long one = 1;\n#define STEP __asm__ volatile(".arch armv8.1-a\\nstadd %0, [%1]" :: "r"(1L), "r"(&one))'
    )
    project = own_backend_project(tmp_path / "newer", "newer", c_module("newer", extra=extra, body="STEP;"))
    message = crosswheel.refused(1, project, *TARGET, out=tmp_path / "out")
    assert "cannot be imported" in message
    assert "CW123" in message


def test_a_run_path_that_leads_outside_is_taken_out(crosswheel: CommandLine, tmp_path: Path) -> None:
    project = own_backend_project(
        tmp_path / "led", "led", c_module("led"), flags=("-Wl,-rpath,$ORIGIN:$ORIGIN/../../../elsewhere",)
    )
    ran = crosswheel("build", project, *TARGET, "--json", "--out", tmp_path / "out")
    assert ran.result["warnings"] == []


def test_more_than_the_limited_api(crosswheel: CommandLine, tmp_path: Path) -> None:
    source = c_module("limitless", extra="PyObject *taken(PyObject *list) { return _PyList_Extend(0, list); }")
    project = own_backend_project(tmp_path / "limitless", "limitless", source, suffix=".abi3.so")
    backend = project / "own_backend.py"
    text = backend.read_text(encoding="utf-8").replace('"-".join([python, python,', '"-".join(["cp39", "abi3",')
    backend.write_text(text, encoding="utf-8")
    message = crosswheel.refused(1, project, *TARGET, out=tmp_path / "out")
    assert "CW122" in message
    assert "_PyList_Extend" in message
