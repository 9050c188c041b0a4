"""The symbols of objects and archives, as libtool reads them."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswheel.errors import BadInputError
from crosswheel.toolchains.nm import main, members, symbols
from zig_places import OLD_ARM, workplace

SOURCE = """
static int local_data; int data = 3; int nothing[10]; const int constant = 3; extern int elsewhere;
static int local_function(void) { return local_data; }
__attribute__((weak)) int may_be(void) { return elsewhere; }
int function(void) { local_data++; return local_function() + elsewhere; }
"""
LETTERS = {
    "local_data": "b", "data": "D", "nothing": "B", "constant": "R", "elsewhere": "U", "local_function": "t",
    "may_be": "W", "function": "T",
}  # fmt: skip


@pytest.mark.toolchain
@pytest.mark.parametrize("target", [OLD_ARM, "cp311-manylinux2014_s390x", "cp311-manylinux2014_armv7l"])
def test_an_object_of_any_machine(tmp_path: Path, target: str) -> None:
    place = workplace(target, tmp_path, warm=False)
    (place.folder / "demo.c").write_text(SOURCE, encoding="ascii")
    place.run("cc", "-c", "demo.c", "-o", "demo.o")
    found = {symbol.name: symbol.letter for symbol in symbols((place.folder / "demo.o").read_bytes())}
    assert {name: found.get(name) for name in LETTERS} == LETTERS
    place.run("ar", "rcs", "libdemo.a", "demo.o")
    listed = place.run("nm", "-B", "libdemo.a")
    assert "\ndemo.o:\n" in listed
    # libtool's own expression (lt_cv_sys_global_symbol_pipe): a kind, blanks, and the name.
    external = re.findall(r"^.*[\t ]([ABCDGIRSTW])[\t ][\t ]*([_A-Za-z]\w*)$", listed, re.MULTILINE)
    assert {name for _, name in external} == {name for name, letter in LETTERS.items() if letter in "BDRTW"}


def test_what_is_no_object_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text").write_text("int x;", encoding="ascii")
    assert main(["-B", str(tmp_path / "text"), str(tmp_path / "absent")]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"nm: {tmp_path}/text: file format not recognized",
        f"nm: {tmp_path}/absent: No such file or directory",
    ]


@given(st.binary(max_size=200), st.sampled_from([b"", b"\x7fELF\2\1", b"\x7fELF\1\2", b"!<arch>\n"]))
def test_damaged_files_are_refused_in_words(data: bytes, begin: bytes) -> None:
    try:
        if begin.startswith(b"!"):
            list(members(begin + data))
        else:
            list(symbols(begin + data))
    except BadInputError:
        pass


def test_long_names_of_archive_members(tmp_path: Path) -> None:
    long = "a_name_of_more_than_sixteen_characters.o"
    names = f"{long}/\n".encode()
    archive = b"!<arch>\n" + header("//", len(names)) + names + b"\n" * (len(names) % 2) + header("/0", 2) + b"ab"
    (tmp_path / "lib.a").write_bytes(archive)
    assert list(members(archive)) == [(long, b"ab")]


def header(name: str, size: int) -> bytes:
    return f"{name:16}{0:<12}{0:<6}{0:<6}{644:<8}{size:<10}`\n".encode()
