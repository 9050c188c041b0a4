"""The lines that say why, out of what failed builds really printed (shortened)."""

from pathlib import Path

import pytest

from crosswheel.build.telling import missing_compiler, telling_lines

LOGS = Path(__file__).parent / "logs"


@pytest.mark.parametrize(
    ("log", "told"),
    [
        ("undeclared.log", "broken.c:4:45: error: use of undeclared identifier 'undeclared_name'"),
        ("header.log", "lacking.c:2:10: fatal error: 'lzma.h' file not found"),
        ("openssl.log", "Could NOT find OpenSSL"),
        ("module.log", "ModuleNotFoundError: No module named 'numpy'"),
        ("undefined.log", "undefined symbol: deflate"),
        ("refused.log", "crosswheel: -march asks for the processor of this machine"),
        ("cython.log", "thing/_core.pyx:8:11: undeclared name not builtin: TEKST"),
        ("asked-setuptools.log", "error: [Errno 2] No such file or directory: 'icc'"),
        ("asked-setuptools-path.log", "error: [Errno 2] No such file or directory: '/opt/foo/gcc'"),
        ("asked-make.log", "make: icc: No such file or directory"),
        ("asked-meson.log", "ERROR: Unknown compiler(s): [['icc']]"),
        ("asked-shell.log", "/bin/sh: 1: icc: not found"),
        ("meson.log", 'ERROR: Dependency "libnothing" not found'),
    ],
)
def test_the_cause_is_among_them(log: str, told: str) -> None:
    output = (LOGS / log).read_text(encoding="utf-8")
    lines = telling_lines(output)
    assert any(told in line for line in lines), lines
    assert len(lines) <= 12
    assert not any("Traceback" in line or line.lstrip().startswith("File ") for line in lines)
    positions = [output.index(line.removesuffix("…")) for line in lines if line != "…"]
    assert positions == sorted(positions)


def test_many_causes_keep_the_first_and_the_last() -> None:
    lines = telling_lines("\n".join(f"a.c:{number}: error: number {number}" for number in range(500)))
    assert lines[0].endswith("number 0")
    assert lines[-1].endswith("number 499")
    assert "…" in lines


def test_without_a_cause_the_end_is_told() -> None:
    assert telling_lines("\n".join(f"line {number}" for number in range(50)))[-1] == "line 49"
    assert telling_lines("") == ()


def test_a_line_that_comes_again_is_told_once() -> None:
    assert telling_lines("error: a\nerror: a\n") == ("error: a",)


def test_a_line_that_has_no_end_is_cut() -> None:
    (line,) = telling_lines("error: " + "x" * 100_000)
    assert len(line) <= 300


def test_a_compiler_that_is_not_there_is_named() -> None:
    named = {}
    for log in sorted(LOGS.iterdir()):
        missing = missing_compiler(log.read_text(encoding="utf-8"))
        if missing:
            named[log.stem.removeprefix("asked-")] = missing[0]
            assert "CC and CXX" in missing[1]
    sentence = "the build asks for the compiler {}, which is not there"
    assert named == {
        **dict.fromkeys(("make", "meson", "setuptools", "shell"), sentence.format("icc")),
        "setuptools-path": sentence.format("/opt/foo/gcc"),
    }


@pytest.mark.parametrize(
    ("line", "compiler"),
    [
        ("error: command 'gcc-11' failed: No such file or directory", "gcc-11"),
        ("unable to execute 'aarch64-none-linux-gnu-gcc': No such file or directory", "aarch64-none-linux-gnu-gcc"),
        ("unable to execute icpc: No such file or directory", "icpc"),
        ("make[2]: /usr/local/bin/clang++-14: No such file or directory", "/usr/local/bin/clang++-14"),
        ("/bin/sh: line 1: nvcc: command not found", "nvcc"),
        ("  The CMAKE_C_COMPILER:\n\n    icx\n\n  is not a full path and was not found in the PATH.", "icx"),
    ],
)
def test_each_way_to_say_that_a_compiler_is_not_there(line: str, compiler: str) -> None:
    missing = missing_compiler(f"building\n{line}\nfailed\n")
    assert missing is not None
    assert missing[0] == f"the build asks for the compiler {compiler}, which is not there"


def test_what_to_do_without_a_fortran_compiler() -> None:
    missing = missing_compiler("error: [Errno 2] No such file or directory: 'ifort'")
    assert missing is not None
    assert "virtual:compiler/fortran" in missing[1]


@pytest.mark.parametrize(
    "output",
    [
        "error: [Errno 2] No such file or directory: 'asks.c'",
        "make: swig: No such file or directory",
        "/bin/sh: 1: icc: not found\nasks.c:3:1: error: use of undeclared identifier",
    ],
)
def test_other_failures_are_not_laid_on_a_compiler(output: str) -> None:
    assert missing_compiler(output) is None
