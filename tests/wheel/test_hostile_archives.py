"""Small archives that grow to much: each is refused, or read, before it takes much time and memory."""

import io
import struct
import time

import pytest

from crosswheel.audit import read_facts
from crosswheel.errors import BadInputError
from crosswheel.wheel import read_wheel
from crosswheel.wheel.headers import header_fields
from crosswheel.wheel.record import parse_record
from made_wheels import NAME, elf_bytes, healthy_files, make_wheel

MEGABYTE = 1 << 20


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("RECORD", b",,\n" * 3_000_000, "more than 400000 rows"),
        ("RECORD", b"\n" * 3_000_000, "more than 400000 rows"),
        ("RECORD", bytes(40 * MEGABYTE), "claims"),
        ("RECORD", b"a" * 3_000_000, "field larger than"),
        ("WHEEL", b"Wheel-Version: 1.0\nTag: a-b-c\n" * 200_000, "its fields have more than"),
        ("METADATA", b"Name: x\n" * 500_000, "its fields have more than"),
    ],
)
def test_texts_without_end_are_refused(file: str, content: bytes, says: str) -> None:
    wheel = make_wheel(healthy_files(), replaced={f"x-1.0.dist-info/{file}": content})
    started = time.perf_counter()
    with pytest.raises(BadInputError, match=says):
        read_facts(read_wheel(wheel, NAME))
    assert time.perf_counter() - started < 5


def test_a_folded_field_of_many_lines_is_read_once() -> None:
    started = time.perf_counter()
    fields = header_fields(b"Name: x\nDescription: a\n" + b" b\n" * 300_000)
    assert time.perf_counter() - started < 2
    assert fields[0] == ("name", "x")
    assert fields[1][1].startswith("a\n b\n b")


def test_rows_of_record_are_read_as_before() -> None:
    rows = parse_record('a,sha256=x,1\r\n\r\n"b,""c""",,\n"ä\nö",,3'.encode())
    assert [(row.path, row.hash, row.size) for row in rows] == [
        ("a", "sha256=x", "1"),
        ('b,"c"', "", ""),
        ("ä\nö", "", "3"),
    ]


def test_machine_code_with_a_long_tail_of_nothing_is_read() -> None:
    content = elf_bytes("ext-aarch64.so") + bytes(60 * MEGABYTE)
    wheel = make_wheel({**healthy_files(), "x/long.so": content})
    assert len(wheel.getvalue()) < MEGABYTE
    started = time.perf_counter()
    facts = read_facts(read_wheel(io.BytesIO(wheel.getvalue()), NAME))
    assert time.perf_counter() - started < 5
    assert "x/long.so" in facts.elf_files


def test_symbols_without_end_are_told() -> None:
    content = bytearray(elf_bytes("ext-aarch64.so"))
    (sections_at,) = struct.unpack_from("<Q", content, 40)
    (count,) = struct.unpack_from("<H", content, 60)
    for at in range(sections_at, sections_at + 64 * count, 64):
        if struct.unpack_from("<I", content, at + 4) == (11,):  # SHT_DYNSYM
            struct.pack_into("<Q", content, at + 32, 24 * ((1 << 20) + 1))
    wheel = make_wheel({**healthy_files(), "x/much.so": bytes(content) + bytes(25 << 20)})

    facts = read_facts(read_wheel(wheel, NAME))

    assert "dynamic symbols" in facts.malformed["x/much.so"]
