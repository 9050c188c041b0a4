"""Small archives that grow to much: each is refused, or read, before it takes much time and memory."""

import io
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crosswheel.audit import read_facts
from crosswheel.elf import parse_elf
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


def named_many_times(*, symbols: int, letters: int) -> bytes:
    """Return an ELF file whose symbols have the ends of one long text as names, each another one."""
    strings_at = 64 + 2 * 56
    symbols_at = strings_at + letters + 1 + -(letters + 1) % 8
    hash_at = symbols_at + 24 * symbols
    dynamic_at = hash_at + 8
    entries = [(5, strings_at), (10, letters + 1), (6, symbols_at), (11, 24), (4, hash_at), (0, 0)]
    dynamic = b"".join(struct.pack("<QQ", *entry) for entry in entries)
    size = dynamic_at + len(dynamic)
    header = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, 183, 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 4, 0, 0, 0, size, size, 65536)
    pointer = struct.pack("<IIQQQQQQ", 2, 4, dynamic_at, dynamic_at, 0, len(dynamic), len(dynamic), 8)
    rows = b"".join(struct.pack("<IBBHQQ", number, 0x12, 0, 1, 0, 0) for number in range(symbols))
    text = (b"a" * letters).ljust(symbols_at - strings_at, b"\0")
    return header + load + pointer + text + rows + struct.pack("<II", 1, symbols) + dynamic


def test_symbols_of_many_files_are_limited_together(tmp_path: Path) -> None:
    """No file of them has too much, and the wheel is small; memory is told by a process of its own."""
    content = named_many_times(symbols=30, letters=1_000_000)
    assert len(parse_elf(content).exports) == 30
    wheel = tmp_path / NAME
    wheel.write_bytes(make_wheel({**healthy_files(), **{f"x/{number}.so": content for number in range(40)}}).getvalue())
    assert wheel.stat().st_size < MEGABYTE

    done = subprocess.run((sys.executable, "-c", READS, wheel), capture_output=True, text=True, check=True)

    said, kilobytes = done.stdout.splitlines()
    assert "more than 256 MB of memory" in said
    assert int(kilobytes) < 500 * 1024


READS = """
import resource, sys
from pathlib import Path
from crosswheel.audit import read_facts
from crosswheel.errors import BadInputError
from crosswheel.wheel import read_wheel
path = Path(sys.argv[1])
with path.open("rb") as file:
    try:
        print(len(read_facts(read_wheel(file, path.name)).elf_files))
    except BadInputError as error:
        print(error.why)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


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
