"""Builds that end in a no: what cannot be compiled, and what was compiled and must not be handed out."""

import re
from pathlib import Path

import pytest

from command_line import CommandLine
from tiny_projects import as_sdist, c_module, own_backend_project, setuptools_project

pytestmark = [pytest.mark.network, pytest.mark.emulator, pytest.mark.toolchain, pytest.mark.slow]
TARGET = ("--target", "cp311-manylinux2014_aarch64")
SUFFIX = "cpython-311-aarch64-linux-gnu.so"
EXPAT = "#include <expat.h>\nXML_Parser global;"


def log_of(message: str) -> str:
    """Return the log that a message names."""
    named = re.search(r"^  log: (.+)$", message, re.MULTILINE)
    assert named, message
    return Path(named[1]).read_text(encoding="utf-8")


def test_what_a_newer_glibc_gave_to_a_static_library(crosswheel: CommandLine, tmp_path: Path) -> None:
    source = c_module("entropy", extra=EXPAT, body='global = XML_ParserCreate("UTF-8");')
    project = setuptools_project(tmp_path / "entropy", "entropy", source, extension='libraries=["expat"]')
    message = crosswheel.refused(1, project, *TARGET, "--native", "libexpat1-dev", out=tmp_path / "out")
    assert "arc4random_buf" in message
    assert f"entropy.{SUFFIX}" in message


def test_a_suffix_of_this_machine(crosswheel: CommandLine, tmp_path: Path) -> None:
    wrong = ".cpython-311-x86_64-linux-gnu.so"
    before = f'import os\nos.environ["SETUPTOOLS_EXT_SUFFIX"] = "{wrong}"'
    project = setuptools_project(tmp_path / "misnamed", "misnamed", c_module("misnamed"), before=before)
    message = crosswheel.refused(1, project, *TARGET, out=tmp_path / "out")
    assert f"misnamed{wrong}" in message
    assert "suffix" in message


def test_ubsan_that_was_left_in(crosswheel: CommandLine, tmp_path: Path) -> None:
    source = c_module("undefined", extra="int shifted(int n) { return 1 << n; }", body="shifted(3);")
    project = own_backend_project(tmp_path / "undefined", "undefined", source, flags=("-fsanitize=undefined",))
    message = crosswheel.refused(1, project, *TARGET, out=tmp_path / "out")
    assert f"undefined.{SUFFIX}: the undefined behaviour sanitizer is in it" in message


def test_a_library_for_this_machine_beside_the_extension(crosswheel: CommandLine, tmp_path: Path) -> None:
    x86_64 = (Path(__file__).parents[1] / "elf" / "files" / "ext-x86_64.so").read_bytes()
    project = own_backend_project(tmp_path / "mixed", "mixed", c_module("mixed"), packed={"mixed_helper.so": x86_64})
    message = crosswheel.refused(1, project, *TARGET, out=tmp_path / "out")
    assert "mixed_helper.so" in message
    assert "x86_64" in message


def test_a_compile_error(crosswheel: CommandLine, tmp_path: Path) -> None:
    project = setuptools_project(tmp_path / "broken", "broken", c_module("broken", body="return undeclared_name;"))
    message = crosswheel.refused(1, project, *TARGET, out=tmp_path / "out")
    assert re.search(r"  \| broken\.c:\d+:\d+: error: .*undeclared_name", message), message
    assert "undeclared_name" in log_of(message)


def test_a_missing_header(crosswheel: CommandLine, tmp_path: Path) -> None:
    project = setuptools_project(tmp_path / "lacking", "lacking", c_module("lacking", extra="#include <lzma.h>"))
    message = crosswheel.refused(1, project, *TARGET, out=tmp_path / "out")
    assert re.search(r"  \| lacking\.c:\d+:\d+: fatal error: 'lzma.h' file not found", message), message
    assert "--native" in message


def test_code_for_the_machine_that_builds(crosswheel: CommandLine, tmp_path: Path) -> None:
    project = own_backend_project(tmp_path / "tuned", "tuned", c_module("tuned"), flags=("-march=native",))
    message = crosswheel.refused(1, project, *TARGET, out=tmp_path / "out")
    assert re.search(r"  \| .*-march=native", message), message


def test_a_test_command_that_fails(crosswheel: CommandLine, tmp_path: Path) -> None:
    project = own_backend_project(tmp_path / "failing", "failing", c_module("failing"))
    command = "python -c \"import failing; assert failing.answer == 42, 'no answer'\""
    message = crosswheel.refused(1, project, *TARGET, "--test-command", command, out=tmp_path / "out")
    assert "has no attribute 'answer'" in message
    assert "no attribute 'answer'" in log_of(message)


def test_an_import_that_fails(crosswheel: CommandLine, tmp_path: Path) -> None:
    body = 'PyErr_SetString(PyExc_ImportError, "not today"); return NULL;'
    project = own_backend_project(tmp_path / "unwilling", "unwilling", c_module("unwilling", body=body))
    message = crosswheel.refused(1, project, *TARGET, out=tmp_path / "out")
    assert "not today" in message


def test_a_truncated_sdist(crosswheel: CommandLine, tmp_path: Path) -> None:
    project = own_backend_project(tmp_path / "torn-1.0", "torn", c_module("torn") + "/*" + "x" * 4000 + "*/")
    whole = as_sdist(project, "torn-1.0")
    sdist = tmp_path / "torn-1.0.tar.gz"
    sdist.write_bytes(whole[: len(whole) // 2])
    message = crosswheel.refused(1, sdist, *TARGET, out=tmp_path / "out")
    assert "torn-1.0.tar.gz" in message
    assert "damaged" in message
