"""ELF files are edited, and load afterwards."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswheel.elf import (
    ElfChange,
    MalformedElfError,
    SegmentType,
    compare_elf,
    edit_elf,
    parse_elf,
)
from crosswheel.elf.layout import read_layout
from crosswheel.emulator import find_emulator
from crosswheel.errors import RefusedError, UsageError
from crosswheel.process import Processes
from crosswheel.targets import architecture_named
from linked_files import RENAMED, TRIPLES, Linked, compile_linked, edited, repaired, zig
from made_wheels import FILES, elf_bytes
from real_archive import host_packages, released_package

NAMES = sorted(path.name for path in FILES.iterdir())
WHOLE = ElfChange(
    needed={"libc.so.6": "libc-1.so.6", "libone.so.1": "libone-2.so.1"},
    add_needed=("libadded.so",),
    soname="libown-0123abcd.so.7",
    run_path="$ORIGIN/../x.libs",
)
LINKERS = [(), ("-Wl,-z,now",), ("-Wl,--hash-style=gnu",), ("-Wl,--hash-style=sysv",), ("-Wl,-z,norelro",)]


@pytest.mark.parametrize("new", ["", "$ORIGIN/../x.libs"])
@pytest.mark.parametrize("name", NAMES)
def test_the_text_of_an_old_run_path_goes(name: str, new: str) -> None:
    old = edited(elf_bytes(name), ElfChange(run_path="/build/machine/lib"))

    after = edited(old, ElfChange(run_path=new))

    assert b"/build/machine" not in after
    assert parse_elf(after).exports == parse_elf(old).exports


def test_a_symbol_that_is_named_by_the_end_of_an_old_run_path_keeps_its_name() -> None:
    old = bytearray(edited(elf_bytes("libone.so.1"), ElfChange(run_path="/build/machine/tail")))
    layout = read_layout(bytes(old))
    (symbols,) = (row for row in layout.sections if row.kind == 11)
    tail = layout.strings().index(b"/build/machine/tail") + len("/build/machine/")
    last = symbols.end - symbols.entry_size
    old[last : last + 4] = tail.to_bytes(4, layout.view.byte_order)

    after = edited(bytes(old), ElfChange(run_path="$ORIGIN"))

    assert "tail" in {symbol.name for symbol in parse_elf(after).exports}
    assert b"/build" not in after


@pytest.mark.parametrize("strip", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_everything_at_once(name: str, strip: bool) -> None:
    before = parse_elf(elf_bytes(name))
    change = ElfChange(
        needed=WHOLE.needed,
        add_needed=WHOLE.add_needed,
        soname=WHOLE.soname,
        run_path=WHOLE.run_path,
        strip=strip,
    )

    after = parse_elf(edited(elf_bytes(name), change))

    renamed = tuple(change.needed.get(library, library) for library in before.needed)
    assert after.needed == (*renamed, "libadded.so")
    assert (after.soname, after.rpath, after.runpath) == ("libown-0123abcd.so.7", "$ORIGIN/../x.libs", None)
    assert after.version_needs == {change.needed.get(k, k): v for k, v in before.version_needs.items()}
    assert [symbol[:2] for symbol in after.imports] == [symbol[:2] for symbol in before.imports]
    assert after.exports == before.exports
    assert after.sections == before.sections  # these were stripped when they were made
    assert len([one for one in after.segments if one.type == SegmentType.LOAD]) == 1 + len(
        [one for one in before.segments if one.type == SegmentType.LOAD]
    )


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_change(name: str) -> None:
    assert b"".join(edit_elf(elf_bytes(name), ElfChange(needed={"libother.so": "x"})).chunks()) == elf_bytes(name)


def test_names_that_are_there_need_no_new_segment() -> None:
    """The names are ends of strings that the file has; the run path's entry is there, with another tag."""
    before = elf_bytes("user-aarch64.so")

    after = edited(before, ElfChange(needed={"libone.so.1": "one.so.1"}, run_path="x.libs"))

    assert len(after) == len(before)
    assert parse_elf(after).version_needs == {"one.so.1": ("ONE_1.0", "ONE_2.0")}
    assert (parse_elf(after).rpath, parse_elf(after).runpath) == ("x.libs", None)


def test_a_run_path_is_taken_out() -> None:
    after = edited(elf_bytes("user-aarch64.so"), ElfChange(run_path=""))

    assert (parse_elf(after).rpath, parse_elf(after).runpath) == (None, None)


def test_a_library_that_is_needed_already_is_not_added() -> None:
    after = edited(elf_bytes("user-aarch64.so"), ElfChange(add_needed=("libone.so.1", "libtwo.so", "libtwo.so")))

    assert parse_elf(after).needed == ("libone.so.1", "libtwo.so")


def test_edits_can_be_repeated() -> None:
    data = elf_bytes("ext-s390x.so")
    for number in range(3):
        data = edited(data, ElfChange(soname=f"lib{number}.so", strip=number == 1))

    assert parse_elf(data).soname == "lib2.so"


def test_programs_have_their_tables_where_older_kernels_look() -> None:
    after = parse_elf(edited(elf_bytes("program-aarch64"), WHOLE))

    loads = [one for one in after.segments if one.type == SegmentType.LOAD]
    assert loads[-1].address - loads[-1].offset == loads[0].address - loads[0].offset


@pytest.mark.parametrize(
    "fields", [{"soname": ""}, {"needed": {"a": "b\0"}}, {"add_needed": ("",)}, {"run_path": "/x\0y"}]
)
def test_names_that_cannot_be(fields: Mapping[str, object]) -> None:
    with pytest.raises(UsageError, match="cannot be edited"):
        ElfChange(**fields)  # type: ignore[arg-type]  # fields by name


def test_appended_bytes_are_not_moved() -> None:
    """What a self-extracting program has behind it may be found by its offset."""
    with pytest.raises(RefusedError, match="bytes are appended"):
        edit_elf(elf_bytes("program-aarch64") + b"PK\5\6", WHOLE)


def test_a_file_without_section_headers() -> None:
    data = bytearray(elf_bytes("ext-x86_64.so"))
    data[40:48], data[60:64] = bytes(8), bytes(4)

    for strip in (False, True):
        after = parse_elf(edited(bytes(data), ElfChange(soname="libnew.so", strip=strip)))
        assert (after.soname, after.sections) == ("libnew.so", ())


names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=30)
changes = st.builds(
    ElfChange,
    needed=st.dictionaries(st.sampled_from(["libc.so.6", "libone.so.1", "libm.so.6"]), names),
    add_needed=st.lists(names, max_size=5).map(tuple),
    soname=st.none() | names,
    run_path=st.none() | st.just("") | names,
    strip=st.booleans(),
)


@settings(deadline=None)  # other tests may keep both cores busy
@given(name=st.sampled_from(NAMES), change=changes)
def test_any_change(name: str, change: ElfChange) -> None:
    after = parse_elf(edited(elf_bytes(name), change))

    if change.soname is not None:
        assert after.soname == change.soname
    assert set(change.add_needed) <= set(after.needed)


@settings(deadline=None, max_examples=100)  # other tests may keep both cores busy
@given(
    name=st.sampled_from(NAMES),
    lies=st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4),
    change=changes,
)
def test_damaged_files_are_refused_or_edited_right(name: str, lies: list[tuple[int, bytes]], change: ElfChange) -> None:
    data = bytearray(elf_bytes(name))
    for place, content in lies:
        start = place % (len(data) - len(content))
        data[start : start + len(content)] = content
    try:
        after = b"".join(edit_elf(bytes(data), change).chunks())
        differences = compare_elf(bytes(data), after, change)
    except RefusedError:
        return
    # A file that says odd things of itself may come out in a way that the comparison refuses; it says so.
    assert all(isinstance(difference, str) and difference for difference in differences)


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"MZ" + bytes(100), b"\x7fELF\2\1\1" + bytes(100)])
def test_no_elf_file_at_all(data: bytes) -> None:
    with pytest.raises(RefusedError) as raised:
        edit_elf(data, WHOLE)
    assert isinstance(raised.value, MalformedElfError) or "type" in raised.value.why


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("linked")


@pytest.mark.toolchain
@pytest.mark.parametrize("strip", [False, True])
@pytest.mark.parametrize("machine", TRIPLES)
def test_compiled_for_every_machine(machine: str, strip: bool, folder: Path, tmp_path: Path) -> None:
    linked = compile_linked(folder / machine, zig(TRIPLES[machine]))

    into = repaired(linked, tmp_path, strip=strip)

    after = parse_elf(into.user.read_bytes())
    assert RENAMED in after.needed
    assert after.version_needs[RENAMED] == ("DEP_1",)
    assert after.has_symbol_table is not strip
    assert (".debug_info" in after.sections) is not strip
    for path in (into.library, into.user, into.program):
        assert_readable(path)


def assert_readable(path: Path) -> None:
    """GNU readelf, where it is there, finds nothing to warn of."""
    if readelf := shutil.which("readelf"):
        done = subprocess.run(
            (readelf, "-W", "-d", "-l", "-S", "-V", str(path)), capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "warning" not in done.stdout.lower()


def on_this_machine(into: Linked) -> str:
    done = subprocess.run((into.program, into.user), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.toolchain
@pytest.mark.parametrize("strip", [False, True])
@pytest.mark.parametrize("options", LINKERS)
@pytest.mark.parametrize("compiler", ["zig", "gcc"])
def test_loaded_here(compiler: str, options: tuple[str, ...], strip: bool, tmp_path: Path) -> None:
    """lld leaves no spare entry in the dynamic section, GNU ld leaves five."""
    if not shutil.which("gcc"):  # its libc is this machine's
        pytest.skip("there is no gcc")
    command = ("gcc",) if compiler == "gcc" else zig(TRIPLES["x86_64"])
    into = repaired(compile_linked(tmp_path / "c", command, *options), tmp_path / "r", strip=strip)

    assert on_this_machine(into) == "42 30\n"
    # Into another process: a file that is loaded here must not be stripped in place.
    loads = f"import ctypes; print(ctypes.CDLL({str(into.user)!r}).answer())"
    assert subprocess.check_output((sys.executable, "-c", loads)) == b"42\n"
    if strip_program := shutil.which("strip"):  # auditwheel and distributions run it after us
        for path in (into.library, into.user):
            assert_readable(path)
            before = parse_elf(path.read_bytes()).segments
            subprocess.run((strip_program, path), check=True)
            assert_readable(path)
            assert parse_elf(path.read_bytes()).segments == before
        assert on_this_machine(into) == "42 30\n"


@pytest.mark.toolchain
def test_much_uninitialized_memory(tmp_path: Path) -> None:
    linked = compile_linked(tmp_path / "c", ("gcc",), bss=500_000_000)

    into = repaired(linked, tmp_path / "r", strip=True)

    assert into.user.stat().st_size < 20_000
    assert on_this_machine(into) == "42 30\n"


@pytest.mark.toolchain
@pytest.mark.emulator
@pytest.mark.network
@pytest.mark.parametrize("strip", [False, True])
@pytest.mark.parametrize(
    "machine", ["aarch64", "armv7l", "i686", "ppc64le", "riscv64", "s390x", "aarch64-musl", "armv7l-musl"]
)
def test_loaded_emulated(machine: str, strip: bool, folder: Path, tmp_path: Path) -> None:
    """All but loongarch64, which is only in sid."""
    architecture = architecture_named(machine.removesuffix("-musl"))
    emulator = find_emulator(
        architecture, search_path="/usr/bin:/bin", processes=Processes(), host_packages=host_packages
    )
    package = "musl" if machine.endswith("-musl") else "libc6"
    suite = "trixie" if machine == "riscv64" else "bookworm"
    sysroot = released_package(package, suite=suite, architecture=architecture)

    into = repaired(compile_linked(folder / machine, zig(TRIPLES[machine])), tmp_path, strip=strip)

    done = subprocess.run(
        (emulator.path, into.program, into.user),
        env=dict(emulator.environment(sysroot)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("42 30\n", "")
