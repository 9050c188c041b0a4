"""What is not loaded is left out, as GNU strip leaves it out."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from crosswheel.elf import ElfChange, compare_elf, edit_elf, parse_elf
from crosswheel.errors import RefusedError
from linked_files import TRIPLES, compile_linked, edited, zig
from made_wheels import FILES, elf_bytes

NAMES = sorted(path.name for path in FILES.iterdir())
STRIP = ElfChange(strip=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_stripped_file_stays_as_large(name: str) -> None:
    after = edited(elf_bytes(name), STRIP)

    assert len(after) <= len(elf_bytes(name)) + 8
    assert parse_elf(after) == parse_elf(elf_bytes(name))
    assert edited(after, STRIP) == after


def with_sections(data: bytes, *added: tuple[bytes, int, bytes]) -> bytes:
    """Return a 64-bit little-endian file with sections more: name, type, content."""
    at, names_at = struct.unpack_from("<Q", data, 40)[0], struct.unpack_from("<H", data, 62)[0]
    rows = [bytearray(data[start : start + 64]) for start in range(at, len(data), 64)]
    names_offset, names_size = struct.unpack_from("<QQ", rows[names_at], 24)
    names = data[names_offset : names_offset + names_size]
    body = bytearray(data[:at])
    for name, kind, content in added:
        row = struct.pack("<IIQQQQIIQQ", len(names), kind, 0, 0, len(body), len(content), 0, 0, 1, 0)
        rows.append(bytearray(row))
        names += name + b"\0"
        body += content
    struct.pack_into("<QQ", rows[names_at], 24, len(body), len(names))
    body += names
    body += bytes(-len(body) % 8)
    struct.pack_into("<Q", body, 40, len(body))
    struct.pack_into("<H", body, 60, len(rows))
    return bytes(body) + b"".join(rows)


def test_what_stays_and_what_goes() -> None:
    stays = [
        (b".note.stapsdt", 7, b"probe"),
        (b".comment", 1, b"another\0"),
        (b".riscv.attributes", 0x70000003, b"A1234"),
    ]
    goes = [(b".debug_info", 1, b"D" * 1000), (b".strtab", 3, b"\0names\0"), (b".zdebug_line", 1, b"ZLIB")]
    goes += [
        (b".stab", 1, b"S"),
        (b".stabstr", 3, b"\0"),
        (b".gnu_debugdata", 1, b"\xfd7zXZ"),
        (b".symtab", 2, bytes(48)),
    ]
    data = with_sections(elf_bytes("ext-x86_64.so"), *goes[:3], *stays, *goes[3:])
    assert parse_elf(data).has_symbol_table

    for change in (STRIP, ElfChange(strip=True, soname="libnew-0123abcd.so.1")):
        after = edited(data, change)

        file = parse_elf(after)
        assert file.sections == (*parse_elf(elf_bytes("ext-x86_64.so")).sections, *(s[0].decode() for s in stays))
        assert not file.has_symbol_table
        assert all(content in after for _, _, content in stays)
        assert b"DDDD" not in after
    assert len(edited(data, STRIP)) < len(elf_bytes("ext-x86_64.so")) + 300


def test_sections_that_are_not_loaded_move_behind_the_new_segment() -> None:
    data = with_sections(elf_bytes("ext-aarch64.so"), (b".debug_info", 1, b"D" * 1000), (b".symtab", 2, bytes(48)))

    after = edited(data, ElfChange(soname="libnew-0123abcd.so.1"))

    assert b"D" * 1000 in after
    assert parse_elf(after).sections == parse_elf(data).sections


def test_a_hole_between_loaded_bytes_is_blanked() -> None:
    """An earlier editor put a segment behind the debug information: what is loaded stays where it is."""
    data = with_sections(elf_bytes("ext-x86_64.so"), (b".debug_info", 1, b"D" * 1000))
    size = struct.unpack_from("<Q", data, 40)[0]
    loads = [at for at in range(64, 64 + 56 * struct.unpack_from("<H", data, 56)[0], 56) if data[at] == 1]
    edit = bytearray(data)
    last = struct.unpack_from("<IIQQQQQQ", edit, loads[-1])
    # PT_GNU_STACK gives its row to a segment that holds what were the section names.
    stack = next(
        at
        for at in range(64, 64 + 56 * struct.unpack_from("<H", data, 56)[0], 56)
        if struct.unpack_from("<I", data, at)[0] == 0x6474E551
    )
    address = (last[3] + last[6] + 8191) // 4096 * 4096
    start = data.index(b"D" * 1000) + 1000
    struct.pack_into("<IIQQQQQQ", edit, stack, 1, 4, start, address + start % 4096, 0, size - start, size - start, 4096)

    after = edited(bytes(edit), STRIP)

    assert b"DDDD" not in after
    assert bytes(1000) in after


def test_an_object_file_is_refused() -> None:
    data = bytearray(elf_bytes("ext-x86_64.so"))
    data[16] = 1

    with pytest.raises(RefusedError, match="neither a program nor a shared object"):
        edit_elf(bytes(data), STRIP)


def test_appended_bytes_are_not_thrown_away() -> None:
    with pytest.raises(RefusedError, match="appended"):
        edit_elf(elf_bytes("program-aarch64") + b"\0PK\5\6", STRIP)


def test_the_comparison_tells_what_was_not_left_out() -> None:
    data = with_sections(elf_bytes("ext-x86_64.so"), (b".debug_info", 1, b"D"), (b".symtab", 2, bytes(48)))

    assert compare_elf(data, data, STRIP) == (".debug_info is still there", ".symtab is still there")


@pytest.mark.toolchain
@pytest.mark.parametrize("machine", ["gcc", "x86_64"])
def test_as_small_as_gnu_strip_makes_it(machine: str, tmp_path: Path) -> None:
    strip = shutil.which("strip")
    if not strip or not shutil.which("gcc"):
        pytest.skip("there is no GNU strip, or no gcc")
    linked = compile_linked(tmp_path, ("gcc",) if machine == "gcc" else zig(TRIPLES[machine]))
    subprocess.run((strip, "-o", tmp_path / "theirs", linked.user), check=True)

    after = edited(linked.user.read_bytes(), STRIP)

    assert len(after) <= (tmp_path / "theirs").stat().st_size + 8
    assert parse_elf(after).sections == parse_elf((tmp_path / "theirs").read_bytes()).sections


@pytest.mark.toolchain
@pytest.mark.parametrize("machine", ["aarch64", "armv7l", "riscv64", "s390x"])
def test_as_small_as_the_linker_makes_it(machine: str, tmp_path: Path) -> None:
    linked = compile_linked(tmp_path / "g", zig(TRIPLES[machine]))
    stripped = compile_linked(tmp_path / "s", zig(TRIPLES[machine]), "-s")

    after = edited(linked.user.read_bytes(), STRIP)

    # lld writes more of its own name with -g than without.
    assert len(after) <= stripped.user.stat().st_size + 200
    assert set(parse_elf(after).sections) == set(parse_elf(stripped.user.read_bytes()).sections)
