"""Wheels get the libraries and tags that they need, in one plan, and nothing else changes."""

import hashlib
import io
import json
from pathlib import Path

import pytest

from crosswheel.audit import read_facts
from crosswheel.elf import ElfChange, edit_elf, parse_elf
from crosswheel.elf.layout import pack_dynamic, read_layout
from crosswheel.errors import BadInputError, RefusedError, UsageError
from crosswheel.repair import (
    LibrarySearch,
    Proof,
    RepairPlan,
    Tree,
    Wish,
    machine_of,
    plan_repair,
    prove_repaired,
    read_again,
    write_repaired,
)
from crosswheel.targets import AnyPlatform, Target
from crosswheel.wheel import read_wheel
from made_wheels import EXTENSION, NAME, elf_bytes, healthy_files, make_wheel

OLD = Target.parse("cp311-manylinux2014_aarch64").platform
EPOCH = 1_700_000_000
USER = "x/sub/_user.cpython-311-aarch64-linux-gnu.so"
RETAGGED = "x-1.0-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"


def repaired(
    content: io.BytesIO | bytes,
    *library_paths: Path,
    name: str = NAME,
    wish: Wish | None = None,
    root: Path | None = None,
) -> tuple[bytes, RepairPlan, Proof]:
    """Repair a wheel, and return the result, the plan and the proof."""
    wish = wish or Wish(source_date_epoch=EPOCH)
    reader = read_wheel(io.BytesIO(content) if isinstance(content, bytes) else content, name)
    facts = read_facts(reader)
    search = None
    if facts.elf_files or facts.malformed:
        architecture, libc = machine_of(facts)
        tree = Tree(root=root) if root else None
        search = LibrarySearch(architecture=architecture, libc=libc, library_paths=library_paths, tree=tree)
    plan = plan_repair(reader, facts, search, wish)
    file = io.BytesIO()
    write_repaired(reader, facts, plan, file, source_date_epoch=wish.source_date_epoch)
    after = read_wheel(file, plan.name)
    again = read_again(reader, facts, after, plan)
    assert again == read_facts(after)
    return file.getvalue(), plan, prove_repaired(reader, after, plan, again)


def user_wheel(**more: bytes) -> io.BytesIO:
    """A wheel with a file that needs libone.so.1, which it does not hold."""
    return make_wheel({"x/__init__.py": b"", USER: elf_bytes("user-aarch64.so"), **more})


@pytest.fixture
def libraries(tmp_path: Path) -> Path:
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "libone.so.1").write_bytes(elf_bytes("libone.so.1"))
    return folder


def test_a_raw_wheel_gets_its_true_tags() -> None:
    content, plan, proof = repaired(make_wheel(healthy_files()))

    assert str(plan.name) == RETAGGED
    assert plan.policy == "manylinux_2_17_aarch64"
    assert (plan.grafts, plan.changes, plan.notes) == ((), {}, ())
    assert proof.report.findings == ()
    reader = read_wheel(io.BytesIO(content), RETAGGED)
    assert [str(tag) for tag in reader.wheel_metadata().tags] == [
        "cp311-cp311-manylinux_2_17_aarch64",
        "cp311-cp311-manylinux2014_aarch64",
    ]
    assert b"Generator: tests\n" in reader.read(f"{reader.dist_info}/WHEEL")
    assert reader.read(EXTENSION) == healthy_files()[EXTENSION]


def test_a_library_from_outside_comes_in_and_is_pointed_to(libraries: Path) -> None:
    content, plan, proof = repaired(user_wheel(), libraries)

    (graft,) = plan.grafts
    assert graft.path == f"x.libs/{graft.name}"
    assert graft.name == f"libone-{graft.sha256[:8]}.so.1"
    way = "$ORIGIN/../x.libs:$ORIGIN/../../x.libs"  # the first was there, and stays below site-packages
    assert plan.changes == {USER: ElfChange(needed={"libone.so.1": graft.name}, run_path=way)}
    assert proof.report.findings == ()
    reader = read_wheel(io.BytesIO(content), str(plan.name))
    library, user = parse_elf(reader.read(graft.path)), parse_elf(reader.read(USER))
    assert library.soname == graft.name
    assert graft.name in user.needed
    assert user.version_needs.keys() == {graft.name}
    assert user.rpath == way
    (component,) = json.loads(reader.read("x-1.0.dist-info/sboms/crosswheel.cdx.json"))["components"]
    assert component["name"] == "libone.so.1"
    # The folder is this machine's: another machine gives the same bytes.
    assert str(libraries) not in json.dumps(component)


def test_the_same_input_gives_the_same_bytes(libraries: Path) -> None:
    first, plan, _ = repaired(user_wheel(), libraries)
    second, _, _ = repaired(user_wheel(), libraries)
    # What was repaired has all that it needs.
    third, again, _ = repaired(first, name=str(plan.name))

    assert first == second == third
    assert (again.grafts, again.changes, again.files) == ((), {}, {})


def test_a_library_that_the_wheel_holds_is_not_grafted_again(libraries: Path) -> None:
    held = "x/sub/libone.so.1"

    _, plan, _ = repaired(user_wheel(**{held: elf_bytes("libone.so.1")}), libraries)

    assert plan.grafts == ()


def test_a_library_that_is_nowhere_refuses_the_wheel(libraries: Path) -> None:
    (libraries / "libone.so.1").write_bytes(elf_bytes("ext-x86_64.so"))

    with pytest.raises(RefusedError, match="cannot meet any policy") as caught:
        repaired(user_wheel(), libraries)

    assert USER in caught.value.why
    assert "it is for x86_64, not aarch64" in caught.value.why
    with pytest.raises(RefusedError, match="there was no folder to look into") as caught:
        repaired(user_wheel())
    assert "--sysroot" in caught.value.hint


def test_an_excluded_library_stays_outside() -> None:
    wish = Wish(exclude=("libone.so.*",), source_date_epoch=EPOCH)

    content, plan, proof = repaired(user_wheel(), wish=wish)

    assert plan.excluded == ("libone.so.1",)
    assert (plan.grafts, proof.report.errors) == ((), ())
    assert str(plan.name) == RETAGGED
    assert "libone.so.1" in parse_elf(read_wheel(io.BytesIO(content), RETAGGED).read(USER)).needed


def unversioned(content: bytes) -> bytes:
    """The recorded user without the version that it asks of libone.so.1: most libraries have none."""
    layout = read_layout(content)
    dynamic = layout.dynamic_row
    assert dynamic is not None
    entries = [one for one in layout.dynamic if one.tag not in (0x6FFFFFFE, 0x6FFFFFFF, 0x6FFFFFF0)]
    packed = pack_dynamic(layout.view, entries, dynamic.file_size)
    return content[: dynamic.offset] + packed + content[dynamic.end :]


@pytest.mark.parametrize("through_graft", [False, True])
def test_symbols_of_an_excluded_library_may_have_no_version(tmp_path: Path, through_graft: bool) -> None:
    user = unversioned(elf_bytes("user-aarch64.so"))
    name = "libuser.so.1" if through_graft else "libone.so.1"
    (tmp_path / "libuser.so.1").write_bytes(user)
    asks = edit_elf(elf_bytes("ext-aarch64.so"), ElfChange(add_needed=(name,)))
    files = {EXTENSION: b"".join(asks.chunks())} if through_graft else {USER: user}

    _, plan, proof = repaired(
        make_wheel({"x/__init__.py": b"", **files}),
        tmp_path,
        wish=Wish(exclude=("libone.so.*",), source_date_epoch=EPOCH),
    )

    assert plan.excluded == ("libone.so.1",)
    assert (len(plan.grafts), proof.report.errors) == (int(through_graft), ())


def test_a_graft_that_is_edited_again_has_its_new_hash_in_the_bill_of_materials(libraries: Path) -> None:
    content, plan, _ = repaired(user_wheel(), libraries)
    (graft,) = plan.grafts
    (libraries / "libtwo.so").write_bytes(elf_bytes("libone.so.1") + bytes(2))
    reader = read_wheel(io.BytesIO(content), str(plan.name))
    files = {path: reader.read(path) for path in reader.members if not path.endswith(("RECORD", "WHEEL", "METADATA"))}
    more = edit_elf(files[graft.path], ElfChange(add_needed=("libtwo.so",)))
    files[graft.path] = b"".join(more.chunks())

    content, plan, _ = repaired(make_wheel(files, name=str(plan.name)), libraries, name=str(plan.name))

    reader = read_wheel(io.BytesIO(content), str(plan.name))
    components = json.loads(reader.read("x-1.0.dist-info/sboms/crosswheel.cdx.json"))["components"]
    told = {one["properties"][1]["value"]: one["hashes"][0]["content"] for one in components}
    assert graft.path in told
    assert told == {path: hashlib.sha256(reader.read(path)).hexdigest() for path in told}


def test_a_library_of_an_earlier_repair_is_not_grafted_again(libraries: Path) -> None:
    content, plan, _ = repaired(user_wheel(), libraries)
    (graft,) = plan.grafts
    reader = read_wheel(io.BytesIO(content), str(plan.name))
    files = {path: reader.read(path) for path in reader.members if not path.endswith(("RECORD", "WHEEL", "METADATA"))}
    other = "x/_other.cpython-311-aarch64-linux-gnu.so"

    wheel = make_wheel({**files, other: elf_bytes("user-aarch64.so")}, name=str(plan.name))
    content, plan, _ = repaired(wheel, libraries, name=str(plan.name))

    assert (plan.grafts, set(plan.changes)) == ((), {other})
    reader = read_wheel(io.BytesIO(content), str(plan.name))
    assert Path(graft.path).name in parse_elf(reader.read(other)).needed
    assert "$ORIGIN/../x.libs" in {(found := parse_elf(reader.read(other))).rpath, found.runpath}


def test_one_file_under_two_names_comes_in_once(libraries: Path) -> None:
    (libraries / "libone.so").symlink_to("libone.so.1")

    content, plan, _ = repaired(user_wheel(), libraries, wish=Wish(include=("libone.so",), source_date_epoch=EPOCH))

    assert [graft.path for graft in plan.grafts] == ["x.libs/libone.so"]
    assert "libone.so" in parse_elf(read_wheel(io.BytesIO(content), str(plan.name)).read(USER)).needed


@pytest.mark.parametrize("name", ["libpython3.11.so.1.0", "../libone.so", "lib\\one.so", "$ORIGIN.so", ".."])
def test_what_cannot_be_included_is_wrong_usage(libraries: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be done"):
        repaired(user_wheel(), libraries, wish=Wish(include=(name,)))


def test_a_missing_included_library_is_asked_for_by_the_command_line(libraries: Path) -> None:
    with pytest.raises(RefusedError) as caught:
        repaired(user_wheel(), libraries, wish=Wish(include=("libnone.so",)))

    assert caught.value.why.startswith("the command line (--include) needs libnone.so")


def test_two_libraries_of_one_name_are_told(tmp_path: Path) -> None:
    files = {}
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "libone.so.1").write_bytes(elf_bytes("libone.so.1") + bytes(number))
        user = edit_elf(elf_bytes("user-aarch64.so"), ElfChange(run_path=f"/{number}"))
        files[f"x/_user{number}.cpython-311-aarch64-linux-gnu.so"] = b"".join(user.chunks())

    _, plan, _ = repaired(make_wheel({"x/__init__.py": b"", **files}), root=tmp_path)

    assert len(plan.grafts) == 1
    assert any("_user2" in note and "came first" in note for note in plan.notes), plan.notes


@pytest.mark.parametrize("soname", ["lib\\one.so", "lib\none.so", "lib$ORIGIN:one.so"])
def test_odd_names_of_libraries_become_plain(tmp_path: Path, soname: str) -> None:
    library = edit_elf(elf_bytes("libone.so.1"), ElfChange(soname=soname))
    (tmp_path / "libone.so.1").write_bytes(b"".join(library.chunks()))

    _, plan, _ = repaired(user_wheel(), tmp_path)

    assert not set(plan.grafts[0].name) & set("\\\n$:")


def test_folders_of_the_build_machine_are_nowhere_in_the_wheel(libraries: Path) -> None:
    # As on a machine that is the target: the whole of it is looked at as the target's file system.
    user = b"".join(edit_elf(elf_bytes("user-aarch64.so"), ElfChange(run_path=str(libraries))).chunks())

    content, plan, _ = repaired(make_wheel({"x/__init__.py": b"", USER: user}), libraries, root=Path("/"))

    assert len(plan.grafts) == 1
    reader = read_wheel(io.BytesIO(content), str(plan.name))
    assert not [path for path in reader.members if str(libraries).encode() in reader.read(path)]


def test_an_empty_part_of_a_run_path_is_dropped(libraries: Path) -> None:
    user = b"".join(edit_elf(elf_bytes("user-aarch64.so"), ElfChange(run_path="$ORIGIN:")).chunks())
    files = {"x/__init__.py": b"", USER: user, "x/sub/libone.so.1": (libraries / "libone.so.1").read_bytes()}

    content, plan, proof = repaired(make_wheel(files))

    assert parse_elf(read_wheel(io.BytesIO(content), str(plan.name)).read(USER)).rpath == "$ORIGIN"
    assert "CW112" not in {finding.code for finding in proof.report.findings}


def test_an_included_library_keeps_its_name_and_is_in_reach(libraries: Path) -> None:
    wheel = make_wheel(healthy_files())

    content, plan, _ = repaired(wheel, libraries, wish=Wish(include=("libone.so.1",), source_date_epoch=EPOCH))

    (graft,) = plan.grafts
    assert graft.path == "x.libs/libone.so.1"
    reader = read_wheel(io.BytesIO(content), str(plan.name))
    assert parse_elf(reader.read(graft.path)).soname == "libone.so.1"
    assert parse_elf(reader.read(EXTENSION)).rpath == "$ORIGIN/../x.libs"


def test_a_policy_that_was_asked_for_is_taken(libraries: Path) -> None:
    wish = Wish(platform=Target.parse("cp311-manylinux_2_28_aarch64").platform, source_date_epoch=EPOCH)

    _, plan, _ = repaired(user_wheel(), libraries, wish=wish)

    assert str(plan.name) == "x-1.0-cp311-cp311-manylinux_2_28_aarch64.whl"


@pytest.mark.parametrize("target", ["cp311-manylinux2014_x86_64", "cp311-musllinux_1_2_aarch64"])
def test_a_platform_of_another_kind_is_refused(target: str) -> None:
    with pytest.raises(RefusedError, match="cannot be repaired for"):
        repaired(make_wheel(healthy_files()), wish=Wish(platform=Target.parse(target).platform))


def test_a_platform_without_policy_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot be repaired for macosx"):
        repaired(make_wheel(healthy_files()), wish=Wish(platform=Target.parse("cp311-macosx_arm64").platform))


def test_a_graft_that_is_newer_than_the_policy_decides(tmp_path: Path) -> None:
    # The library itself asks for a glibc symbol; the one beside it, that it needs, is found by its own RPATH.
    library = edit_elf(elf_bytes("ext-aarch64.so"), ElfChange(soname="libone.so.1", run_path="$ORIGIN/deps"))
    (tmp_path / "libone.so.1").write_bytes(b"".join(library.chunks()))
    wish = Wish(platform=OLD, source_date_epoch=EPOCH)

    with pytest.raises(RefusedError) as caught:
        repaired(user_wheel(), tmp_path, wish=wish)

    assert "libone.so.1" in caught.value.why  # it defines none of the versions that are asked of it


def test_run_paths_that_lead_outside_are_dropped() -> None:
    content = b"".join(edit_elf(elf_bytes("ext-aarch64.so"), ElfChange(run_path="/build:$ORIGIN/lib")).chunks())

    _, plan, proof = repaired(make_wheel({"x/__init__.py": b"", EXTENSION: content}))

    assert plan.changes == {EXTENSION: ElfChange(run_path="$ORIGIN/lib")}
    assert proof.report.findings == ()


def test_a_wheel_for_any_platform_keeps_its_tags() -> None:
    name = "x-1.0-py2.py3-none-any.whl"
    tags = ["py2-none-any", "py3-none-any"]
    wheel = make_wheel({"x.py": b""}, name=name, root_is_purelib=True, tags=tags)

    content, plan, _ = repaired(wheel, name=name, wish=Wish(platform=AnyPlatform(), source_date_epoch=EPOCH))

    assert str(plan.name) == name
    assert [str(tag) for tag in read_wheel(io.BytesIO(content), name).wheel_metadata().tags] == tags


def test_machine_code_in_a_wheel_for_any_platform_gets_its_platform_and_root() -> None:
    name = "x-1.0-py3-none-any.whl"
    library = "x/libx.so"
    wheel = make_wheel({"x/__init__.py": b"", library: elf_bytes("libone.so.1")}, name=name, root_is_purelib=True)

    content, plan, proof = repaired(wheel, name=name)

    assert str(plan.name) == "x-1.0-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"
    assert not read_wheel(io.BytesIO(content), str(plan.name)).wheel_metadata().root_is_purelib
    assert proof.report.errors == ()


def test_a_program_among_the_scripts_moves_to_where_its_libraries_are(libraries: Path) -> None:
    program = "x-1.0.data/scripts/tool"
    user = b"".join(edit_elf(elf_bytes("program-aarch64"), ElfChange(add_needed=("libone.so.1",))).chunks())
    wheel = make_wheel({**healthy_files(), program: user})

    content, plan, _ = repaired(wheel, libraries)

    assert plan.moved == {program: "x.scripts/tool"}
    reader = read_wheel(io.BytesIO(content), str(plan.name))
    assert parse_elf(reader.read("x.scripts/tool")).rpath == "$ORIGIN/../x.libs"
    assert reader.read(program).startswith(b"#!python\n")
    assert reader.members[program].executable


def test_a_program_of_a_portable_root_moves_beside_its_libraries(libraries: Path) -> None:
    program = "x-1.0.data/scripts/tool"
    user = b"".join(edit_elf(elf_bytes("program-aarch64"), ElfChange(add_needed=("libone.so.1",))).chunks())
    wheel = make_wheel({"x/__init__.py": b"", program: user}, name="x-1.0-py3-none-any.whl", root_is_purelib=True)

    content, plan, proof = repaired(wheel, libraries, name="x-1.0-py3-none-any.whl")

    place = "x-1.0.data/platlib/x.scripts/tool"
    assert (plan.moved, proof.report.errors) == ({program: place}, ())
    reader = read_wheel(io.BytesIO(content), str(plan.name))
    assert parse_elf(reader.read(place)).rpath == "$ORIGIN/../x.libs"
    assert b"'x.scripts/tool'" in reader.read(program)


def test_files_are_added_and_replaced() -> None:
    extra = {"x-1.0.dist-info/licenses/debian/zlib1g-dev": b"zlib licence", "x/__init__.py": b"new"}

    content, plan, _ = repaired(make_wheel(healthy_files()), wish=Wish(files=extra, source_date_epoch=EPOCH))

    reader = read_wheel(io.BytesIO(content), str(plan.name))
    assert {name: reader.read(name) for name in extra} == extra


@pytest.mark.parametrize("path", ["../x", "/x", "x//y", "x-1.0.dist-info/RECORD"])
def test_added_files_stay_inside(path: str) -> None:
    with pytest.raises(UsageError, match="cannot be added"):
        repaired(make_wheel(healthy_files()), wish=Wish(files={path: b""}))


def test_a_wheel_with_hostile_members_is_refused() -> None:
    with pytest.raises(BadInputError):
        repaired(make_wheel({**healthy_files(), "../x": b""}))


def test_what_no_repair_mends_refuses_the_wheel() -> None:
    suffix = "x/_ext.cpython-311-x86_64-linux-gnu.so"

    with pytest.raises(RefusedError, match="would not be true") as caught:
        repaired(make_wheel({"x/__init__.py": b"", suffix: elf_bytes("ext-aarch64.so")}))

    assert "CW102" in caught.value.why


def test_an_edit_that_went_wrong_is_never_an_output(libraries: Path) -> None:
    reader = read_wheel(user_wheel(), NAME)
    facts = read_facts(reader)
    architecture, libc = machine_of(facts)
    search = LibrarySearch(architecture=architecture, libc=libc, library_paths=(libraries,))
    plan = plan_repair(reader, facts, search, Wish(source_date_epoch=EPOCH))
    file = io.BytesIO()
    write_repaired(reader, facts, plan, file, source_date_epoch=EPOCH)
    (graft,) = plan.grafts
    whole = read_wheel(file, plan.name)
    files = {path: whole.read(path) for path in whole.members if ".dist-info/" not in path}
    files[graft.path] = elf_bytes("libone.so.1")  # as an editor leaves it that did nothing
    broken = read_wheel(make_wheel(files, name=str(plan.name)), plan.name)

    with pytest.raises(RefusedError, match=f"the edit of {graft.path} did not turn out"):
        prove_repaired(reader, broken, plan, read_facts(broken))


def test_libpython_is_never_grafted(tmp_path: Path) -> None:
    linked = edit_elf(elf_bytes("ext-aarch64.so"), ElfChange(add_needed=("libpython3.11.so.1.0",)))
    (tmp_path / "libpython3.11.so.1.0").write_bytes(elf_bytes("libone.so.1"))

    with pytest.raises(RefusedError, match="CW125"):
        repaired(make_wheel({"x/__init__.py": b"", EXTENSION: b"".join(linked.chunks())}), tmp_path)
