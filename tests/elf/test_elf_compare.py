"""What an edit breaks is told."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswheel.elf import ElfChange, compare_elf, edit_elf, parse_elf
from made_wheels import FILES, elf_bytes

CHANGE = ElfChange(
    needed={"libc.so.6": "libc-0123abcd.so.6", "libone.so.1": "libone-0123abcd.so.1"},
    soname="libown-0123abcd.so.7",
    run_path="$ORIGIN/../x.libs",
)
STRIP = ElfChange(strip=True)
NAMES = sorted(path.name for path in FILES.iterdir())


def edited(name: str, change: ElfChange = CHANGE) -> bytearray:
    return bytearray(b"".join(edit_elf(elf_bytes(name), change).chunks()))


def sections(data: bytes) -> dict[str, int]:
    """Return where the row of each section is: of 64-bit little-endian files."""
    (at,) = struct.unpack_from("<Q", data, 40)
    return {name: at + 64 * number for number, name in enumerate(parse_elf(data).sections)}


def programs(data: bytes, kind: int) -> list[int]:
    """Return where the rows of segments of a kind are: of 64-bit little-endian files."""
    at, count = struct.unpack_from("<Q", data, 32)[0], struct.unpack_from("<H", data, 56)[0]
    return [row for row in range(at, at + 56 * count, 56) if struct.unpack_from("<I", data, row)[0] == kind]


def told(name: str, after: bytes | bytearray, change: ElfChange = CHANGE) -> str:
    return "\n".join(compare_elf(elf_bytes(name), bytes(after), change))


@pytest.mark.parametrize("name", NAMES)
def test_an_edit_that_did_nothing(name: str) -> None:
    assert "run path" in told(name, elf_bytes(name)) or "DT_RPATH" in told(name, elf_bytes(name))


EVERY = pytest.mark.slow  # a few thousand comparisons


@pytest.mark.parametrize("strip", [False, True])
@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("ext-armv7l.so", 17),
        ("ext-s390x.so", 23),
        pytest.param("ext-x86_64.so", 1, marks=EVERY),
        pytest.param("ext-s390x.so", 1, marks=EVERY),
        pytest.param("ext-armv7l.so", 1, marks=EVERY),
        pytest.param("user-aarch64.so", 1, marks=EVERY),
        pytest.param("libone.so.1", 1, marks=EVERY),
    ],
)
def test_every_byte_that_means_something(name: str, step: int, strip: bool) -> None:
    """One byte of an edited file after the other is spoiled: what goes unnoticed is blank, and nothing reads it."""
    change = ElfChange(needed=CHANGE.needed, soname=CHANGE.soname, run_path=CHANGE.run_path, strip=strip)
    after = edited(name, change)
    facts = parse_elf(bytes(after))

    for position in range(0, len(after), step):
        spoiled = bytearray(after)
        spoiled[position] ^= 0xFF
        if not told(name, spoiled, change):
            assert after[position] == 0, position
            assert parse_elf(bytes(spoiled)) == facts


def test_a_renamed_version_requirement_that_was_forgotten() -> None:
    """Libraries that patchelf renamed kept their old names here, and did not load."""
    after = edited("user-aarch64.so")
    at = struct.unpack_from("<Q", after, sections(bytes(after))[".gnu.version_r"] + 24)[0]
    struct.pack_into("<I", after, at + 4, parse_dynamic_name(elf_bytes("user-aarch64.so")))

    assert "versions should be asked of ['libone-0123abcd.so.1']" in told("user-aarch64.so", after)


def parse_dynamic_name(data: bytes) -> int:
    """Return what the first version requirement says its library's name is."""
    at = struct.unpack_from("<Q", data, sections(data)[".gnu.version_r"] + 24)[0]
    return int(struct.unpack_from("<I", data, at + 4)[0])


@pytest.mark.parametrize("number", [0, 1, -1])
@pytest.mark.parametrize(("field", "value"), [(8, 8), (16, 8), (24, 1), (32, 1), (40, 1 << 16), (48, 3)])
def test_a_segment_that_is_not_right(field: int, value: int, number: int) -> None:
    after = edited("ext-x86_64.so")
    row = programs(bytes(after), 1)[number]
    struct.pack_into("<Q", after, row + field, struct.unpack_from("<Q", after, row + field)[0] + value)

    assert "segment" in told("ext-x86_64.so", after)


@pytest.mark.parametrize("number", [0, 1, -1])
def test_a_segment_that_may_do_more(number: int) -> None:
    after = edited("ext-x86_64.so")
    struct.pack_into("<I", after, programs(bytes(after), 1)[number] + 4, 7)

    assert "segment" in told("ext-x86_64.so", after)


def test_a_segment_that_is_not_in_order() -> None:
    after = edited("ext-x86_64.so")
    first, *_, last = programs(bytes(after), 1)
    after[first : first + 56], after[last : last + 56] = after[last : last + 56], after[first : first + 56]

    assert "cannot be read again: its loaded segments overlap or are not in the order" in told("ext-x86_64.so", after)


def test_a_program_whose_table_older_kernels_do_not_find() -> None:
    before = elf_bytes("ext-aarch64.so")
    after = edited("ext-aarch64.so")
    program_before, program_after = bytearray(before), bytearray(after)
    program_before[16] = program_after[16] = (
        2  # of a library nobody asks, of a program that is not moved the kernel does
    )

    found = compare_elf(bytes(program_before), bytes(program_after), CHANGE)

    assert found == ("kernels before 5.18 would look for the program header table in another place",)


def test_another_file_altogether() -> None:
    assert "machine" in told("ext-x86_64.so", edited("ext-aarch64.so"))


@settings(deadline=None, max_examples=60)  # other tests may keep both cores busy
@given(name=st.sampled_from(NAMES), start=st.integers(0, 1 << 16), content=st.binary(min_size=1, max_size=64))
def test_any_damage_is_a_sentence(name: str, start: int, content: bytes) -> None:
    after = edited(name)
    after[start % len(after) : start % len(after) + len(content)] = content

    assert all(
        sentence and not sentence.endswith(".") for sentence in compare_elf(elf_bytes(name), bytes(after), CHANGE)
    )
