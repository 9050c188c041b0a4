"""Facts from real files of seven machines, and lies in them."""

import struct
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswheel.elf import (
    ArmAttributes,
    DynamicSymbol,
    ElfFile,
    MalformedElfError,
    Segment,
    SegmentType,
    SymbolKind,
    is_elf,
    parse_elf,
)
from crosswheel.elf.notes import x86_isa_needed
from crosswheel.elf.view import View
from made_wheels import FILES, elf_bytes

MACHINES = {
    "aarch64": (64, "little", 183, "GLIBC_2.17"),
    "armv7l": (32, "little", 40, "GLIBC_2.4"),
    "i686": (32, "little", 3, "GLIBC_2.0"),
    "ppc64le": (64, "little", 21, "GLIBC_2.17"),
    "riscv64": (64, "little", 243, "GLIBC_2.27"),
    "s390x": (64, "big", 22, "GLIBC_2.2"),
    "x86_64": (64, "little", 62, "GLIBC_2.2.5"),
}
NAMES = sorted(path.name for path in FILES.iterdir())


@pytest.mark.parametrize("name", MACHINES)
def test_the_same_extension_on_every_machine(name: str) -> None:
    elf_class, byte_order, machine, version = MACHINES[name]

    file = parse_elf(elf_bytes(f"ext-{name}.so"))

    assert (file.elf_class, file.byte_order, file.machine) == (elf_class, byte_order, machine)
    assert file.type == 3
    assert file.needed == ("libc.so.6",)
    assert file.version_needs == {"libc.so.6": (version,)}
    assert sorted(symbol[:4] for symbol in file.imports) == [
        ("PyModule_Create2", None, None, False),
        ("malloc", version, "libc.so.6", False),
        ("weak_one", None, None, True),
    ]
    assert sorted((symbol.name, symbol.version, symbol.kind) for symbol in file.exports) == [
        ("PyInit__ext", None, SymbolKind.FUNCTION),
        ("exported_number", None, SymbolKind.OBJECT),
    ]
    assert file.interpreter is None
    assert not file.has_symbol_table
    assert not file.executable_stack
    assert not file.has_text_relocations
    assert ".dynsym" in file.sections


def test_a_library_defines_versions_and_its_user_asks_for_them() -> None:
    library, user = parse_elf(elf_bytes("libone.so.1")), parse_elf(elf_bytes("user-aarch64.so"))

    assert library.soname == "libone.so.1"
    assert library.version_definitions == ("ONE_1.0", "ONE_2.0")
    assert set(library.exports) == {
        DynamicSymbol("one", "ONE_1.0", None, weak=False, kind=SymbolKind.FUNCTION),
        DynamicSymbol("two", "ONE_2.0", None, weak=False, kind=SymbolKind.FUNCTION),
    }
    assert user.version_needs == {"libone.so.1": ("ONE_1.0", "ONE_2.0")}
    assert {symbol[:3] for symbol in user.imports} == {
        ("one", "ONE_1.0", "libone.so.1"),
        ("two", "ONE_2.0", "libone.so.1"),
    }
    assert (user.rpath, user.runpath) == (None, "$ORIGIN/../x.libs")


def test_a_program_has_an_interpreter() -> None:
    file = parse_elf(elf_bytes("program-aarch64"))

    assert file.interpreter == "/lib/ld-linux-aarch64.so.1"
    assert file.is_dynamic


def test_segments_are_aligned_to_the_largest_page() -> None:
    loads = [one for one in parse_elf(elf_bytes("ext-aarch64.so")).segments if one.type == SegmentType.LOAD]

    assert {segment.align for segment in loads} == {65536}


@pytest.mark.parametrize("name", NAMES)
def test_the_section_table_is_not_needed(name: str) -> None:
    data = bytearray(elf_bytes(name))
    whole = parse_elf(bytes(data))
    if whole.machine == 22:
        pytest.skip("lld writes the older hash table of s390x wrong")
    wide = whole.elf_class == 64
    order = "<" if whole.byte_order == "little" else ">"
    struct.pack_into(order + ("Q" if wide else "I"), data, 40 if wide else 32, 0)  # e_shoff

    loaded = parse_elf(bytes(data))

    assert loaded.sections == ()
    assert (loaded.imports, loaded.exports, loaded.needed) == (whole.imports, whole.exports, whole.needed)


def test_it_agrees_with_pyelftools() -> None:
    elftools = pytest.importorskip("elftools.elf.elffile", reason="auditwheel brings it")
    for name in NAMES:
        ours = parse_elf(elf_bytes(name))
        with (FILES / name).open("rb") as file:
            theirs = elftools.ELFFile(file)
            symbols = theirs.get_section_by_name(".dynsym").iter_symbols()
            names = sorted(symbol.name for symbol in symbols if symbol["st_info"]["bind"] != "STB_LOCAL")
            needed = [tag.needed for tag in theirs.get_section_by_name(".dynamic").iter_tags("DT_NEEDED")]
        assert sorted(symbol.name for symbol in (*ours.imports, *ours.exports)) == names
        assert list(ours.needed) == needed


def parsed_or_refused(data: bytes) -> ElfFile | None:
    """Whatever the bytes are: facts, or the one error that says why not."""
    try:
        return parse_elf(data)
    except MalformedElfError:
        return None


@pytest.mark.parametrize("name", NAMES)
def test_truncated_anywhere(name: str) -> None:
    data = elf_bytes(name)

    for length in range(len(data)):
        assert parsed_or_refused(data[:length]) is None, length  # the section table is the last thing in all of them


@pytest.mark.parametrize("value", [0x00, 0x01, 0x7F, 0x80, 0xFF])
@pytest.mark.parametrize("name", ["ext-i686.so", "user-aarch64.so", "libone.so.1"])
def test_any_byte_may_lie(name: str, value: int) -> None:
    data = elf_bytes(name)

    for position in range(len(data)):
        parsed_or_refused(data[:position] + bytes([value]) + data[position + 1 :])


@settings(deadline=None)  # other tests may keep both cores busy
@given(
    name=st.sampled_from(NAMES),
    edits=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=8)), max_size=8),
)
def test_edited_anywhere(name: str, edits: list[tuple[float, bytes]]) -> None:
    data = bytearray(elf_bytes(name))
    for place, content in edits:
        start = int(place * (len(data) - len(content)))
        data[start : start + len(content)] = content

    parsed_or_refused(bytes(data))


@settings(deadline=None)  # other tests may keep both cores busy
@given(st.binary(max_size=512), st.sampled_from([b"", b"\x7fELF\1\1\1", b"\x7fELF\2\1\1", b"\x7fELF\2\2\1"]))
def test_random_bytes(rest: bytes, start: bytes) -> None:
    parsed_or_refused(start + rest)


@pytest.mark.parametrize("data", [b"", b"\x7fEL", b"MZ" + bytes(100), b"\x7fELF", b"\x7fELF\3\1" + bytes(100)])
def test_no_elf_file_at_all(data: bytes) -> None:
    with pytest.raises(MalformedElfError):
        parse_elf(data)


def test_names_that_overlap_without_end_are_refused() -> None:
    """A symbol table whose every name is nearly the whole string table would be read for minutes."""
    file = quadratic_file(symbols=20_000, name_length=200_000)

    with pytest.raises(MalformedElfError, match="overlap"):
        parse_elf(file)


def test_string_tables_that_overlap_without_end_are_refused() -> None:
    """Each of thousands of sections says that it is a string table, and nearly the whole file."""
    count, size = 60_000, 64 + 60_000 * 64
    header = b"\x7fELF\2\1\1" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 3, 183, 1, 0, 0, 64, 0, 64, 56, 0, 64, count, 0)
    rows = b"".join(struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, at, size - at, 0, 0, 0, 0) for at in range(count))

    with pytest.raises(MalformedElfError, match="overlap"):
        parse_elf(header + rows)


def test_defined_symbols_are_left_out_where_nobody_asks() -> None:
    for name in NAMES:
        whole = parse_elf(elf_bytes(name))
        assert parse_elf(elf_bytes(name), exports=False) == replace(whole, exports=())


def test_strings_are_in_data_and_not_in_code() -> None:
    for name in NAMES:
        data = elf_bytes(name)
        file = parse_elf(data)
        code = [one for one in file.segments if one.type == SegmentType.LOAD and one.flags & 1]
        for at, size in file.data_areas:
            assert at + size <= len(data)
            assert not any(one.offset <= at < one.offset + one.file_size for one in code)


def test_arm_says_what_it_needs() -> None:
    assert parse_elf(elf_bytes("ext-armv7l.so")).arm_attributes == ArmAttributes(cpu_architecture=10, hard_float=True)
    assert parse_elf(elf_bytes("ext-aarch64.so")).arm_attributes is None


@pytest.mark.parametrize("elf_class", [32, 64])
def test_x86_says_what_it_needs(elf_class: Literal[32, 64]) -> None:
    """As gcc -march=x86-64-v3 -z x86-64-v3 writes it: other notes and properties ahead."""
    pad = b"" if elf_class == 32 else bytes(4)
    properties = struct.pack("<III", 0xC0000002, 4, 3) + pad + struct.pack("<III", 0xC0008002, 4, 5) + pad
    identity = struct.pack("<III", 4, 20, 3) + b"GNU\0" + bytes(20)
    note = identity + bytes(-len(identity) % 8) + struct.pack("<III", 4, len(properties), 5) + b"GNU\0" + properties
    view = View(data=memoryview(note), elf_class=elf_class, byte_order="little")
    at = len(identity) + -len(identity) % 8
    own = segment(SegmentType.GNU_PROPERTY, at, len(note) - at)

    assert x86_isa_needed(view, 62, [segment(SegmentType.NOTE, 0, at), own]) == 5
    assert x86_isa_needed(view, 62, [segment(SegmentType.NOTE, at, len(note) - at)]) == 5
    assert x86_isa_needed(view, 62, []) == 0
    assert x86_isa_needed(view, 183, [own]) == 0
    for length in range(len(note) - at):
        assert x86_isa_needed(view, 3, [segment(SegmentType.GNU_PROPERTY, at, length)]) in (0, 5)


def segment(kind: SegmentType, offset: int, size: int) -> Segment:
    return Segment(type=kind, flags=4, offset=offset, address=0, file_size=size, memory_size=size, align=8)


def quadratic_file(*, symbols: int, name_length: int) -> bytes:
    header_size, segment_size, symbol_size = 64, 56, 24
    strings_at = header_size + 2 * segment_size
    strings = b"\0" + b"a" * name_length + b"\0"
    symbols_at = strings_at + len(strings)
    hash_at = symbols_at + symbols * symbol_size
    dynamic_at = hash_at + 8
    entries = [(5, strings_at), (10, len(strings)), (6, symbols_at), (11, symbol_size), (4, hash_at), (0, 0)]
    dynamic = b"".join(struct.pack("<QQ", *entry) for entry in entries)
    size = dynamic_at + len(dynamic)
    header = b"\x7fELF\2\1\1" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 3, 183, 1, 0, header_size, 0, 0, header_size, segment_size, 2, 64, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 4, 0, 0, 0, size, size, 65536)
    pointer = struct.pack("<IIQQQQQQ", 2, 4, dynamic_at, dynamic_at, 0, len(dynamic), len(dynamic), 8)
    rows = b"".join(struct.pack("<IBBHQQ", 2 + number, 0x12, 0, 0, 0, 0) for number in range(symbols))
    return header + load + pointer + strings + rows + struct.pack("<II", 1, symbols) + dynamic


def test_the_first_bytes_tell() -> None:
    assert not is_elf(b"")
    assert not is_elf(b"#!/bin/sh")
    assert is_elf((FILES / "libone.so.1").read_bytes()[:4])
