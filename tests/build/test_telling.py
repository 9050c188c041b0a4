"""The lines that say why, out of what failed builds really printed (shortened)."""

from pathlib import Path

import pytest

from crosswheel.build.telling import telling_lines

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
