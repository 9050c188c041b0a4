"""Published wheels whose libraries were taken out get them back: the same closure of needs under new names."""

import os
import re
from pathlib import Path

import pytest

from crosswheel.app.repair import RepairedWheel, RepairRequest, repair_all
from crosswheel.app.workshop import Workshop
from crosswheel.elf import ElfChange, edit_elf, parse_elf
from crosswheel.wheel import CopiedMember, EditedMember, NewMember, WheelReader, read_wheel, with_tags, write_wheel

_HASH = re.compile(r"-[0-9a-f]{8}(?=\.)")
WHEELS = {
    "psycopg2_binary-2.9.13-cp313-cp313-manylinux_2_27_aarch64.manylinux_2_28_aarch64.whl": "loaded",
    "psycopg2_binary-2.9.13-cp312-cp312-musllinux_1_2_x86_64.whl": "static",
}


def plain(name: str) -> str:
    return _HASH.sub("", name)


def needs(reader: WheelReader) -> dict[str, set[str]]:
    """What each file of machine code needs, every name as it was before any graft."""
    found = {}
    for path in reader.members:
        content = reader.load(path)
        if bytes(content[:4]) == b"\x7fELF":
            found[plain(path)] = {plain(name) for name in parse_elf(content).needed}
    return found


def taken_out(wheel: Path, folder: Path) -> Path:
    """Write a wheel without its grafted libraries, which go into a folder under their old names."""
    (folder / "lib").mkdir(parents=True)
    with wheel.open("rb") as file:
        reader = read_wheel(file, wheel.name)
        grafts = [path for path in reader.members if ".libs/" in path]
        names = {Path(path).name: plain(Path(path).name) for path in grafts}
        members: list[CopiedMember | EditedMember | NewMember] = []
        for path in reader.members:
            content = reader.load(path)
            if path in grafts:
                change = ElfChange(needed=names, soname=names[Path(path).name], run_path="")
                (folder / "lib" / names[Path(path).name]).write_bytes(b"".join(edit_elf(content, change).chunks()))
            elif bytes(content[:4]) == b"\x7fELF":
                edited = edit_elf(content, ElfChange(needed=names))
                members.append(EditedMember(path=path, chunks=edited.chunks, size=edited.size, executable=True))
            elif not path.endswith(".dist-info/WHEEL"):
                members.append(CopiedMember(path=path, reader=reader))
        architecture = "aarch64" if "aarch64" in wheel.name else "x86_64"
        name = reader.name.with_platforms([f"linux_{architecture}"])
        tags = with_tags(reader.text("WHEEL"), name.tags)
        members.append(NewMember(path=f"{reader.dist_info}/WHEEL", content=tags))
        raw = folder / str(name)
        with raw.open("w+b") as written:
            write_wheel(written, members, dist_info=reader.dist_info, source_date_epoch=0)
    return raw


@pytest.mark.network
@pytest.mark.emulator
@pytest.mark.parametrize("name", list(WHEELS))
def test_libraries_that_were_taken_out_come_back(tmp_path: Path, name: str) -> None:
    workshop = Workshop(os.environ)
    try:
        (listed,) = (file for file in workshop.index.files("psycopg2-binary") if file.filename == name)
        published = tmp_path / name
        published.write_bytes(workshop.client.file(listed.url, hashes=listed.hashes, limit=1 << 26).read_bytes())
        raw = taken_out(published, tmp_path / "raw")
        request = RepairRequest(wheels=(raw,), out=tmp_path / "out", library_paths=(tmp_path / "raw/lib",))
        (result,) = repair_all(workshop, request)
    finally:
        workshop.close()

    assert isinstance(result, RepairedWheel), result
    assert result.plan is not None
    assert len(result.plan.grafts) > 5
    with published.open("rb") as before, result.path.open("rb") as after:
        assert needs(read_wheel(after, result.path.name)) == needs(read_wheel(before, name))
    assert result.proof_level == WHEELS[name]
