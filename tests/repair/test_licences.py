"""A wheel holds the licence texts of what came into it, and whoever repairs it is told which it lacks."""

import io
import json
from pathlib import Path

import pytest

from crosswheel.audit import read_facts
from crosswheel.repair import LibrarySearch, RepairPlan, Tree, Wish, machine_of, plan_repair, write_repaired
from crosswheel.wheel import read_wheel
from made_wheels import NAME, elf_bytes, make_wheel

USER = "x/sub/_user.cpython-311-aarch64-linux-gnu.so"
PLACE = "usr/lib/aarch64-linux-gnu/libone.so.1"
GPL = "x-1.0.dist-info/licenses/common-licenses/GPL-3"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A file system with dpkg's records, without the package that has the common licences."""
    files = {
        PLACE: elf_bytes("libone.so.1"),
        "var/lib/dpkg/info/libone1.list": f"/.\n/{PLACE}\n".encode(),
        "var/lib/dpkg/status": b"Package: libone1\nArchitecture: arm64\nVersion: 1\n",
        "usr/share/doc/libone1/copyright": b"The text is in /usr/share/common-licenses/GPL-3.\n",
    }
    for place, content in files.items():
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path


def repaired(content: bytes, root: Path, wish: Wish, name: str = NAME) -> tuple[bytes, RepairPlan]:
    reader = read_wheel(io.BytesIO(content), name)
    facts = read_facts(reader)
    architecture, libc = machine_of(facts)
    search = LibrarySearch(architecture=architecture, libc=libc, tree=Tree(root=root))
    plan = plan_repair(reader, facts, search, wish)
    file = io.BytesIO()
    write_repaired(reader, facts, plan, file, source_date_epoch=0)
    return file.getvalue(), plan


def wheel() -> bytes:
    return make_wheel({"x/__init__.py": b"", USER: elf_bytes("user-aarch64.so")}).getvalue()


def test_a_text_that_the_sysroot_lacks_is_told_with_where_it_is(root: Path) -> None:
    content, plan = repaired(wheel(), root, Wish())

    (note,) = plan.notes
    assert "/usr/share/common-licenses/GPL-3, which belongs to that of libone1" in note
    assert "it is in the package base-files of the same release of Debian" in note
    assert GPL not in read_wheel(io.BytesIO(content), str(plan.name)).members


def test_a_text_from_elsewhere_comes_in_and_is_named(root: Path) -> None:
    content, plan = repaired(wheel(), root, Wish(common_licence=lambda name: f"all of {name}".encode()))

    assert plan.notes == ()
    reader = read_wheel(io.BytesIO(content), str(plan.name))
    assert reader.read(GPL) == b"all of GPL-3"
    (part,) = json.loads(reader.read("x-1.0.dist-info/sboms/crosswheel.cdx.json"))["components"]
    named = {one["value"] for one in part["properties"] if one["name"] == "crosswheel:licence-file"}
    assert named == {"licenses/libone1/copyright", "licenses/common-licenses/GPL-3"}


def test_a_wheel_that_was_repaired_is_the_same_when_it_is_repaired_again(root: Path) -> None:
    first, plan = repaired(wheel(), root, Wish(common_licence=lambda name: name.encode()))

    again, second = repaired(first, root, Wish(), name=str(plan.name))

    assert again == first
    assert second.notes == ()


def test_the_name_of_a_graft_tells_of_the_file_outside(root: Path) -> None:
    _, plain = repaired(wheel(), root, Wish())
    _, stripped = repaired(wheel(), root, Wish(strip=True))

    assert [graft.name for graft in plain.grafts] == [graft.name for graft in stripped.grafts]
    with (root / PLACE).open("ab") as file:
        file.write(b"\0")
    _, other = repaired(wheel(), root, Wish())
    assert other.grafts[0].name != plain.grafts[0].name
