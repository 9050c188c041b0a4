"""Wheels written again: true tags, true RECORD, more files, the same bytes each time."""

import json
from pathlib import Path

import pytest

from crosswheel.errors import BadInputError, LackError, UsageError
from crosswheel.repair import LinkedPackage, build_sbom, plan_repair, repair_wheel, sbom_path
from crosswheel.store import SysrootPackage
from crosswheel.targets import Target
from crosswheel.wheel import WheelName, read_wheel
from made_wheels import EXTENSION, NAME, PYTHON_SYMBOLS, audit_of, healthy_files, make_wheel

TARGET = Target.parse("cp311-manylinux2014_aarch64")
REPAIRED = "x-1.0-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"
EPOCH = 1_700_000_000


@pytest.fixture
def raw_wheel(tmp_path: Path) -> Path:
    path = tmp_path / "raw" / NAME
    path.parent.mkdir()
    path.write_bytes(make_wheel(healthy_files()).getvalue())
    return path


def test_a_raw_wheel_gets_the_targets_tags(raw_wheel: Path, tmp_path: Path) -> None:
    path = repair_wheel(raw_wheel, TARGET, out=tmp_path / "out", source_date_epoch=EPOCH)

    assert path == tmp_path / "out" / REPAIRED
    with path.open("rb") as file:
        reader = read_wheel(file, path.name)
        assert [str(tag) for tag in reader.wheel_metadata().tags] == [
            "cp311-cp311-manylinux_2_17_aarch64",
            "cp311-cp311-manylinux2014_aarch64",
        ]
        assert b"Generator: tests\n" in reader.read(f"{reader.dist_info}/WHEEL")
        assert reader.read(EXTENSION) == healthy_files()[EXTENSION]
        assert audit_of(reader, TARGET, python_symbols=PYTHON_SYMBOLS).findings == ()


def test_the_same_input_gives_the_same_bytes(raw_wheel: Path, tmp_path: Path) -> None:
    once = repair_wheel(raw_wheel, TARGET, out=tmp_path / "1", source_date_epoch=EPOCH)
    again = repair_wheel(raw_wheel, TARGET, out=tmp_path / "2", source_date_epoch=EPOCH)
    repaired = repair_wheel(once, TARGET, out=tmp_path / "3", source_date_epoch=EPOCH)

    assert once.read_bytes() == again.read_bytes() == repaired.read_bytes()


def test_a_wheel_for_any_platform_keeps_its_tags(tmp_path: Path) -> None:
    source = tmp_path / "x-1.0-py2.py3-none-any.whl"
    tags = ["py2-none-any", "py3-none-any"]
    source.write_bytes(make_wheel({"x.py": b""}, name=source.name, root_is_purelib=True, tags=tags).getvalue())

    path = repair_wheel(source, TARGET, out=tmp_path / "out", source_date_epoch=EPOCH)

    assert path.name == source.name
    with path.open("rb") as file:
        reader = read_wheel(file, path.name)
        assert [str(tag) for tag in reader.wheel_metadata().tags] == tags
        assert audit_of(reader, TARGET, python_symbols=frozenset()).findings == ()


def test_files_are_added_and_replaced(raw_wheel: Path, tmp_path: Path) -> None:
    extra = {"x-1.0.dist-info/licenses/debian/zlib1g-dev": b"zlib licence", "x/__init__.py": b"new"}

    path = repair_wheel(raw_wheel, TARGET, out=tmp_path, source_date_epoch=EPOCH, extra_files=extra)

    with path.open("rb") as file:
        reader = read_wheel(file, path.name)
        assert {name: reader.read(name) for name in extra} == extra
        assert audit_of(reader, TARGET, python_symbols=PYTHON_SYMBOLS).findings == ()


def test_the_plan_can_be_looked_at_first() -> None:
    reader = read_wheel(make_wheel(healthy_files()), NAME)

    plan = plan_repair(reader, TARGET, {"x/new.txt": b"1"})

    assert str(plan.name) == REPAIRED
    assert [edit.path for edit in plan.edits] == ["x-1.0.dist-info/WHEEL", "x/new.txt"]
    assert plan.edits[1].content == b"1"


@pytest.mark.parametrize("path", ["../x", "/x", "x//y", "x-1.0.dist-info/RECORD"])
def test_extra_files_stay_inside(raw_wheel: Path, tmp_path: Path, path: str) -> None:
    with pytest.raises(UsageError, match="cannot be added"):
        repair_wheel(raw_wheel, TARGET, out=tmp_path, source_date_epoch=EPOCH, extra_files={path: b""})


def test_a_damaged_member_leaves_nothing_behind(tmp_path: Path) -> None:
    source = tmp_path / NAME
    data = make_wheel({**healthy_files(), "x/data.bin": bytes(range(256))}).getvalue()
    source.write_bytes(data.replace(bytes(range(100, 110)), bytes(10), 1))
    out = tmp_path / "out"
    out.mkdir()

    with pytest.raises(BadInputError, match=r"x/data\.bin"):
        repair_wheel(source, TARGET, out=out, source_date_epoch=EPOCH)
    assert list(out.iterdir()) == []


def test_a_wheel_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        repair_wheel(tmp_path / NAME, TARGET, out=tmp_path, source_date_epoch=EPOCH)


def test_a_folder_that_cannot_be_made(raw_wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(LackError, match="could not be written"):
        repair_wheel(raw_wheel, TARGET, out=tmp_path / "file" / "out", source_date_epoch=EPOCH)


def linked(name: str, version: str = "1:3.0.2+dfsg~1") -> LinkedPackage:
    package = SysrootPackage(name=name, version=version, source="src", architecture="arm64", sha256="ab" * 32)
    return LinkedPackage(package=package, archives=("usr/lib/libx.a",), licence_files=("x.dist-info/licenses/x",))


def test_a_bill_of_materials_names_what_is_linked() -> None:
    name = WheelName.parse(NAME)
    content = build_sbom(name, [linked("libssl-dev"), linked("libcrypt-dev")], version="0.1", source_date_epoch=EPOCH)
    document = json.loads(content)

    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert document["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    assert document["metadata"]["component"]["name"] == "x"
    assert [component["purl"] for component in document["components"]] == [
        "pkg:deb/debian/libcrypt-dev@1%3A3.0.2%2Bdfsg~1?arch=arm64",
        "pkg:deb/debian/libssl-dev@1%3A3.0.2%2Bdfsg~1?arch=arm64",
    ]
    assert document["components"][0]["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    properties = {one["name"]: one["value"] for one in document["components"][0]["properties"]}
    assert properties["crosswheel:licence-file"] == "x.dist-info/licenses/x"
    references = [one["ref"] for one in document["dependencies"]]
    assert document["dependencies"][0]["dependsOn"] == references[1:]
    assert sbom_path("x-1.0.dist-info") == "x-1.0.dist-info/sboms/crosswheel.cdx.json"


def test_a_bill_of_materials_does_not_depend_on_order() -> None:
    name = WheelName.parse(NAME)
    packages = [linked("a"), linked("b")]

    assert build_sbom(name, packages, version="0.1", source_date_epoch=EPOCH) == build_sbom(
        name, packages[::-1], version="0.1", source_date_epoch=EPOCH
    )
