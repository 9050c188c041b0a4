"""Facts from real PE files of three machines, and lies in them."""

import random
import struct
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswheel.pe import MalformedPeError, PeFile, is_pe, parse_pe
from make_foreign_files import MODULE, WINDOWS, compile_pe

FILES = Path(__file__).parent / "files"
NAMES = sorted(path.name for path in FILES.iterdir())
MACHINES = {"win_amd64": (0x8664, 64), "win32": (0x14C, 32), "win_arm64": (0xAA64, 64)}


def real(machine: str = "win_amd64") -> bytes:
    return (FILES / f"ext-{machine}.pyd").read_bytes()


def header_at(content: bytes) -> int:
    return int.from_bytes(content[60:64], "little")


def directory_at(content: bytes, number: int) -> int:
    wide = content[header_at(content) + 24 : header_at(content) + 26] == b"\x0b\x02"
    return header_at(content) + 24 + (112 if wide else 96) + 8 * number


def with_numbers(at: int, fields: str, *numbers: int, content: bytes | None = None) -> bytes:
    changed = bytearray(real() if content is None else content)
    struct.pack_into(f"<{fields}", changed, at, *numbers)
    return bytes(changed)


def place(content: bytes, number: int) -> int:
    """Return where in the file a data directory is."""
    (address,) = struct.unpack_from("<I", content, directory_at(content, number))
    at = header_at(content)
    (count,), (size,) = struct.unpack_from("<H", content, at + 6), struct.unpack_from("<H", content, at + 20)
    for row in range(count):
        _, start, raw_size, offset = struct.unpack_from("<IIII", content, at + 24 + size + 40 * row + 8)
        if start <= address < start + raw_size:
            return int(address - start + offset)
    raise AssertionError


def with_section(content: bytes, number: int, data: bytes) -> bytes:
    """Return the file with one more section that a data directory points to."""
    at = header_at(content)
    (count,), (size,) = struct.unpack_from("<H", content, at + 6), struct.unpack_from("<H", content, at + 20)
    row = struct.pack("<8sIIII16x", b".more", len(data), 0x700000, len(data), len(content))
    changed = bytearray(with_numbers(at + 6, "H", count + 1, content=content))
    rows_at = at + 24 + size + 40 * count
    changed[rows_at : rows_at + 40] = row
    struct.pack_into("<II", changed, directory_at(content, number), 0x700000, len(data))
    return bytes(changed) + data


@pytest.mark.parametrize("machine", MACHINES)
def test_an_extension_module_of_each_machine(machine: str) -> None:
    number, bits = MACHINES[machine]

    assert parse_pe(real(machine)) == PeFile(
        machine=number,
        architecture=machine,
        bits=bits,
        is_library=True,
        is_managed=False,
        subsystem=2,
        minimum_os=(6, 0),
        needed=("python311.dll",),
        delayed=(),
        initializers=("PyInit__ext",),
    )


def test_a_program_is_no_library() -> None:
    at = header_at(real()) + 22
    assert not parse_pe(with_numbers(at, "H", 0x0022)).is_library


def test_an_unknown_machine_is_told_by_number() -> None:
    assert parse_pe(with_numbers(header_at(real()) + 4, "H", 0x1C4)).architecture == "machine 0x1c4"


@pytest.mark.parametrize(
    ("machine", "pointer", "architecture"),
    [
        ("win_arm64", 0x180000000, "win_arm64x"),
        ("win_amd64", 0x180000000, "win_arm64ec"),
        ("win_amd64", 0, "win_amd64"),
    ],
)
def test_code_of_two_machines_is_told_by_the_load_configuration(machine: str, pointer: int, architecture: str) -> None:
    configuration = struct.pack("<I", 0x140) + bytes(0xC4) + struct.pack("<Q", pointer) + bytes(0x70)

    assert parse_pe(with_section(real(machine), 10, configuration)).architecture == architecture


@pytest.mark.parametrize(("flags", "managed"), [(1, True), (3, False), (0, False)])
def test_code_of_dotnet_for_any_machine(flags: int, managed: bool) -> None:
    header = struct.pack("<IHHIII", 72, 2, 5, 0, 0, flags) + bytes(52)

    assert parse_pe(with_section(real("win32"), 14, header)).is_managed is managed


def test_delayed_libraries() -> None:
    name = 0x700000 + 64
    rows = struct.pack("<II24x", 1, name) + bytes(32) + b"late.dll\0"

    assert parse_pe(with_section(real(), 13, rows)).delayed == ("late.dll",)


@pytest.mark.parametrize(
    ("start", "answer"),
    [
        (real(), True),
        (real()[:64], True),  # where its signature is said to be is not among these bytes
        (real()[:10], False),
        (b"MZ is how this text begins, and it goes on for more than the sixty-four bytes of a header.", False),
        (with_numbers(header_at(real()), "I", 0x454E), False),  # a program of 16 bits
        (b"", False),
    ],
)
def test_what_a_pe_file_begins_with(start: bytes, answer: bool) -> None:
    assert is_pe(start) is answer


@pytest.mark.parametrize("name", NAMES)
def test_cut_off_anywhere(name: str) -> None:
    content = (FILES / name).read_bytes()
    for size in range(len(content)):
        with pytest.raises(MalformedPeError):
            parse_pe(content[:size])


AT = header_at(real())
LIES = {
    "nothing": b"",
    "another file": b"hello, world" * 10,
    "no PE header": with_numbers(AT, "I", 0),
    "a PE header beyond the end": with_numbers(60, "I", 1 << 31),
    "an unknown optional header": with_numbers(AT + 24, "H", 0x107),
    "a short optional header": with_numbers(AT + 20, "H", 16),
    "sections beyond the end": with_numbers(AT + 6, "H", 0xFFFF),
    "imports in no section": with_numbers(directory_at(real(), 1), "I", 0x7FFFFFFF),
    "imports beyond the file": with_numbers(directory_at(real(), 1), "I", 0x1FF0),
    "exports in no section": with_numbers(directory_at(real(), 0), "I", 0x7FFFFFFF),
    "more exports than there may be": with_numbers(place(real(), 0) + 24, "I", 0x10001),
    "exports beyond the end": with_numbers(place(real(), 0) + 24, "I", 0xFFFF),
    "a name in no section": with_numbers(place(real(), 1) + 12, "I", 0x7FFFFFFF),
    "an endless name": with_section(real(), 13, struct.pack("<II24x", 1, 0x700000 + 64) + bytes(32) + b"a" * 5000),
    "imports without end": with_section(real(), 1, struct.pack("<IIIII", 0, 0, 0, 0x700000, 0) * 5000),
    "delayed imports without end": with_section(real(), 13, struct.pack("<II24x", 1, 0x700000) * 5000),
    "delayed imports of before the image": with_section(real(), 13, struct.pack("<II24x", 0, 5) + bytes(32)),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_told_as_one(lie: str) -> None:
    started = time.perf_counter()
    with pytest.raises(MalformedPeError, match="a PE file is damaged: "):
        parse_pe(LIES[lie])
    assert time.perf_counter() - started < 1


def test_exported_names_that_overlap_without_end_are_refused() -> None:
    # Each of 65536 names is the rest, from its own place on, of one text of 4000 bytes.
    count, text = 0x10000, b"init" * 1000 + b"\0"
    names_at = 0x700000 + 40
    texts_at = names_at + 4 * count
    table = struct.pack(f"<{count}I", *(texts_at + 4 * (number % 500) for number in range(count)))
    directory = struct.pack("<IIHHIIIIIII", 0, 0, 0, 0, 0, 0, 0, count, 0, names_at, 0)
    started = time.perf_counter()
    with pytest.raises(MalformedPeError, match="overlap without end"):
        parse_pe(with_section(real(), 0, directory + table + text))
    assert time.perf_counter() - started < 1


@given(st.binary(max_size=512))
def test_random_bytes_behind_the_headers(noise: bytes) -> None:
    for start in (real()[: AT + 24], real()[:512], b"MZ", b""):
        try:
            parse_pe(start + noise)
        except MalformedPeError:
            continue


@settings(max_examples=200)
@given(name=st.sampled_from(NAMES), seed=st.integers(0, 1 << 32))
def test_damaged_real_files(name: str, seed: int) -> None:
    content = bytearray((FILES / name).read_bytes())
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 30)):
        content[chance.randrange(len(content))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
    try:
        parse_pe(bytes(content))
    except MalformedPeError:
        return


@pytest.mark.toolchain
@pytest.mark.parametrize("machine", WINDOWS)
def test_what_the_compiler_makes_today(machine: str, tmp_path: Path) -> None:
    compile_pe(MODULE, tmp_path / "_ext.pyd", machine=machine, python="python313t.dll")
    file = parse_pe((tmp_path / "_ext.pyd").read_bytes())
    assert (file.architecture, file.initializers, file.needed) == (machine, ("PyInit__ext",), ("python313t.dll",))
