"""Facts from real Mach-O files, from files made byte by byte, and lies in them."""

import random
import struct
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswheel.macho import MachType, MalformedMachoError, is_macho, parse_macho
from made_mach import (
    CATALYST,
    IOS,
    MACOS,
    built_for,
    mach,
    minimum,
    named,
    needs,
    run_path,
    trie,
    weakly_needs,
    with_trie,
)
from make_foreign_files import APPLE, MODULE, compile_mach, fat

FILES = Path(__file__).parent / "files"
NAMES = sorted(path.name for path in FILES.iterdir())
SYSTEM = "/usr/lib/libSystem.B.dylib"


def real(name: str) -> bytes:
    return (FILES / name).read_bytes()


def universal(*, wide: bool = False) -> bytes:
    return fat({name: real(f"ext-{name}.so") for name in ("x86_64", "arm64")}, wide=wide)


def test_an_extension_module_for_apple_silicon() -> None:
    (file,) = parse_macho(real("ext-arm64.so"))

    assert (file.architecture, file.bits, file.byte_order, file.type) == ("arm64", 64, "little", MachType.LIBRARY)
    assert (file.platform, file.minimum_os) == (MACOS, (11, 0, 0))
    assert file.needed == (SYSTEM,)
    assert file.initializers == ("PyInit__ext",)
    assert file.is_signed
    assert file.is_loaded


def test_an_extension_module_for_intel_tells_its_minimum_the_older_way() -> None:
    (file,) = parse_macho(real("ext-x86_64.so"))

    assert (file.architecture, file.platform, file.minimum_os) == ("x86_64", None, (10, 13, 0))
    assert file.initializers == ("PyInit__ext",)
    assert not file.is_signed


def test_a_library_has_a_name_and_run_paths() -> None:
    (file,) = parse_macho(real("libone.dylib"))

    assert (file.install_name, file.run_paths, file.initializers) == (
        "@rpath/libone.dylib",
        ("@loader_path/../lib",),
        (),
    )


@pytest.mark.parametrize("wide", [False, True])
def test_a_universal_file_has_a_value_for_each_machine(wide: bool) -> None:
    files = parse_macho(universal(wide=wide))

    assert [(file.architecture, file.minimum_os) for file in files] == [("x86_64", (10, 13, 0)), ("arm64", (11, 0, 0))]


@pytest.mark.parametrize(
    ("machine", "bits"),
    [("i386", 32), ("x86_64", 64), ("x86_64h", 64), ("arm64", 64), ("arm64e", 64), ("ppc", 32), ("ppc64", 64)],
)
@pytest.mark.parametrize(("order", "byte_order"), [("<", "little"), (">", "big")])
def test_every_machine_in_either_byte_order(machine: str, bits: int, order: str, byte_order: str) -> None:
    commands = (minimum(10, 5, order), needs("/usr/lib/libgcc_s.1.dylib", order))

    (file,) = parse_macho(mach(machine, *commands, order=order, symbols=("init_ext", "other")))

    assert (file.architecture, file.bits, file.byte_order) == (machine, bits, byte_order)
    assert (file.minimum_os, file.needed) == ((10, 5, 0), ("/usr/lib/libgcc_s.1.dylib",))
    assert file.initializers == ("init_ext",)


def test_a_machine_without_a_name_is_told_by_number() -> None:
    assert parse_macho(mach("unknown"))[0].architecture == "cpu 99"


def test_weak_libraries_and_kinds_of_commands() -> None:
    commands = [needs("a"), weakly_needs("b"), named(0x8000001F, "c"), named(0xD, "me"), run_path("@loader_path")]

    (file,) = parse_macho(mach("arm64", *commands))

    assert file.needed == ("a", "b", "c")
    assert file.weak == {"b"}
    assert (file.install_name, file.run_paths) == ("me", ("@loader_path",))


def test_of_a_zippered_library_the_minimum_of_macos_counts() -> None:
    for commands in (
        [built_for(14, 0, platform=CATALYST), built_for(10, 15)],
        [built_for(10, 15), built_for(14, 0, platform=CATALYST)],
    ):
        (file,) = parse_macho(mach("x86_64", *commands))
        assert (file.platform, file.minimum_os) == (MACOS, (10, 15, 0))
    assert parse_macho(mach("arm64", built_for(17, 1, 2, platform=IOS)))[0].minimum_os == (17, 1, 2)


def test_exported_names_are_read_from_the_trie() -> None:
    names = ("_PyInit__ext", "_initialize", "_other", "__ZN3foo")

    assert parse_macho(with_trie("arm64", trie(*names)))[0].initializers == ("PyInit__ext", "initialize")


def test_an_undefined_name_is_no_exported_one() -> None:
    content = bytearray(mach("arm64", symbols=("PyInit_other",)))
    content[content.index(b"\x0f\x01", 32)] = 0x01  # N_UNDF | N_EXT

    assert parse_macho(bytes(content))[0].initializers == ()


def test_static_libraries_and_bitcode_in_a_fat_file_are_no_loaded_code() -> None:
    assert parse_macho(fat({"x86_64": b"!<arch>\n" + bytes(100), "arm64": b"BC\xc0\xde" + bytes(100)})) == ()
    assert not parse_macho(mach("arm64", kind=MachType.OBJECT))[0].is_loaded


@pytest.mark.parametrize(
    ("start", "answer"),
    [
        (b"\xcf\xfa\xed\xfe", True),
        (b"\xca\xfe\xba\xbe\0\0\0\x02", True),
        (b"\xca\xfe\xba\xbe\0\0\0\x34", False),  # a class of Java 8
        (b"\xca\xfe\xba\xbe", False),
        (b"\x7fELF\x02\x01\x01\0", False),
        (b"", False),
    ],
)
def test_what_a_mach_o_file_begins_with(start: bytes, answer: bool) -> None:
    assert is_macho(start) is answer


@pytest.mark.parametrize("name", NAMES)
def test_cut_off_anywhere(name: str) -> None:
    content = real(name)
    for size in [*range(1024), *range(1024, len(content), 997), len(content) - 1]:
        with pytest.raises(MalformedMachoError):
            parse_macho(content[:size])


LIES = {
    "nothing": b"",
    "another file": b"hello, world" * 10,
    "no commands": mach("arm64", needs("a"))[:40],
    "a command of no size": mach("arm64", struct.pack("<II", 0xC, 0)),
    "a command beyond the end": mach("arm64", struct.pack("<IIII", 0xC, 4000, 24, 0)),
    "more commands than bytes": mach("arm64", needs("a"))[:16] + b"\xff\xff\xff\xff" + mach("arm64", needs("a"))[20:],
    "a name beyond its command": mach("arm64", struct.pack("<IIIIII", 0xC, 24, 999, 0, 0, 0)),
    "an endless name": mach("arm64", needs("a" * 5000)),
    "a short build version": mach("arm64", struct.pack("<II", 0x32, 8)),
    "symbols beyond the end": mach("arm64", struct.pack("<IIIIII", 2, 24, 0, 1 << 31, 0, 4)),
    "a trie beyond the end": mach("arm64", struct.pack("<IIII", 0x80000033, 16, 1 << 20, 64)),
    "a trie in a circle": with_trie("arm64", b"\0\x01_PyInit_\0\0"),
    "a trie that goes on": with_trie("arm64", b"\0\x01_PyInit_a\0\x7f"),
    "a trie without an end": with_trie("arm64", b"\xff" * 64),
    "a trie of long names": with_trie("arm64", b"\0\x01" + b"_PyInit_" + b"a" * 5000 + b"\0\0"),
    "overlapping machines": fat({"x86_64": mach("x86_64"), "arm64": mach("arm64")}).replace(
        struct.pack(">I", 2 << 14), struct.pack(">I", 1 << 14)
    ),
    "a fat file in a fat file": fat({"x86_64": fat({"arm64": mach("arm64")})}),
    "another machine than is listed": fat({"x86_64": mach("arm64")}),
    "a machine beyond the end": universal()[:-40000],
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_told_as_one(lie: str) -> None:
    with pytest.raises(MalformedMachoError, match="a Mach-O file is damaged: "):
        parse_macho(LIES[lie])


def test_a_trie_whose_nodes_overlap_is_not_read_for_ever() -> None:
    # Each byte is a node with 255 edges of two bytes, which lead on to the next ones.
    size = 1 << 16
    node = b"\0\xff" + b"".join(b"a\0" + bytes([number & 0x7F]) for number in range(255))
    content = with_trie("arm64", (b"\0\x01_PyInit_\0\x0c" + node * (size // len(node))))
    started = time.perf_counter()
    with pytest.raises(MalformedMachoError):
        parse_macho(content)
    assert time.perf_counter() - started < 2


def test_a_bomb_is_refused_before_it_is_read() -> None:
    commands = mach("arm64", *(needs(f"{number:08}") for number in range(50_000)))
    names = b"_PyInit_a\0" * 70_000
    table = struct.pack("<IIIIII", 2, 24, 0, 0, 32 + 24, len(names) + 1)
    rows = struct.pack("<IIIIII", 2, 24, 56, (1 << 23) + 1, 0, 4)
    for content in (commands, mach("arm64", table) + b"\0" + names, mach("arm64", rows) + bytes(16 << 23) + bytes(16)):
        started = time.perf_counter()
        with pytest.raises(MalformedMachoError):
            parse_macho(content)
        assert time.perf_counter() - started < 1


@given(st.binary(max_size=512))
def test_random_bytes_behind_a_magic_number(noise: bytes) -> None:
    for magic in (b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xce", b"\xca\xfe\xba\xbe\0\0\0\x02", b""):
        try:
            parse_macho(magic + noise)
        except MalformedMachoError:
            continue


@settings(max_examples=200)
@given(name=st.sampled_from([*NAMES, "universal"]), seed=st.integers(0, 1 << 32))
def test_damaged_real_files(name: str, seed: int) -> None:
    content = bytearray(universal() if name == "universal" else real(name))
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 30)):
        content[chance.randrange(min(len(content), 4096))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
    try:
        parse_macho(bytes(content))
    except MalformedMachoError:
        return


@pytest.mark.toolchain
@pytest.mark.parametrize("machine", APPLE)
def test_what_the_compiler_makes_today(machine: str, tmp_path: Path) -> None:
    compile_mach(MODULE, tmp_path / "_ext.so", machine=machine)
    (file,) = parse_macho((tmp_path / "_ext.so").read_bytes())
    assert (file.architecture, file.initializers) == (machine, ("PyInit__ext",))
