"""Writing wheels: the same input gives the same bytes, and every zip reader reads them."""

import io
import random
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswheel.errors import BadInputError
from crosswheel.wheel import CopiedMember, EditedMember, NewMember, read_wheel, record_problems, write_wheel
from crosswheel.wheel import writer as writer_module
from crosswheel.wheel.deflate import BLOCK, Deflater, blocks
from crosswheel.wheel.record import row_of
from made_wheels import EXTENSION, NAME, healthy_files, make_wheel

DIST_INFO = "x-1.0.dist-info"


def written(*members: CopiedMember | NewMember | EditedMember, epoch: int = 1_700_000_000, threads: int = 2) -> bytes:
    output = io.BytesIO()
    write_wheel(output, members, dist_info=DIST_INFO, source_date_epoch=epoch, threads=threads)
    return output.getvalue()


def copied(wheel: io.BytesIO) -> bytes:
    reader = read_wheel(wheel, NAME)
    return written(*(CopiedMember(path=path, reader=reader) for path in reader.members))


def test_a_copy_holds_the_same_files_and_a_true_record() -> None:
    data = copied(make_wheel(healthy_files()))
    reader = read_wheel(io.BytesIO(data), NAME)

    assert {path: reader.read(path) for path in healthy_files()} == healthy_files()
    assert record_problems(reader.record(), reader.members, reader.dist_info) == ()
    assert all(row == row_of(row.path, reader.read(row.path)) for row in reader.record()[:-1])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert {entry.date_time for entry in archive.infolist()} == {(2023, 11, 14, 22, 13, 20)}
    assert names[-1] == f"{DIST_INFO}/RECORD"
    assert [name.startswith(DIST_INFO) for name in names] == sorted(name.startswith(DIST_INFO) for name in names)


def test_the_same_input_gives_the_same_bytes_in_any_order() -> None:
    files = healthy_files()
    turned = dict(reversed(files.items()))

    assert copied(make_wheel(files)) == copied(make_wheel(turned))


def test_compressed_members_are_copied_as_they_are() -> None:
    wheel = make_wheel(healthy_files())
    reader = read_wheel(wheel, NAME)
    raw = b"".join(reader.raw(EXTENSION))

    assert len(raw) == reader.members[EXTENSION].compressed_size
    assert raw in copied(make_wheel(healthy_files()))


@pytest.mark.parametrize(
    ("epoch", "date"),
    [
        (0, (1980, 1, 1, 0, 0, 0)),
        (-1, (1980, 1, 1, 0, 0, 0)),
        (10**18, (2107, 12, 31, 23, 59, 58)),
        (315619201, (1980, 1, 2, 0, 0, 0)),
    ],
)
def test_dates_outside_of_the_format_become_the_nearest(epoch: int, date: tuple[int, ...]) -> None:
    data = written(NewMember(path="a", content=b""), epoch=epoch)

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.getinfo("a").date_time == date


def test_permissions_are_plain() -> None:
    data = written(NewMember(path="run", content=b"x", executable=True), NewMember(path="read", content=b"x"))

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.getinfo("run").external_attr >> 16 == 0o100755
        assert archive.getinfo("read").external_attr >> 16 == 0o100644


def test_the_same_path_twice_is_refused() -> None:
    with pytest.raises(BadInputError, match="twice"):
        written(NewMember(path="a", content=b""), NewMember(path="a", content=b""))


@settings(deadline=None)  # other tests may keep both cores busy
@given(st.dictionaries(st.text("abcäß日/", min_size=1).map(lambda text: "p" + text), st.binary(), max_size=6))
def test_any_files_come_back(files: dict[str, bytes]) -> None:
    data = written(*(NewMember(path=path, content=content) for path, content in files.items()))

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {path: archive.read(path) for path in files} == files


def test_zip64(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the limits lowered, every field that ZIP64 moves is moved, and Python's zipfile still reads all of it."""
    monkeypatch.setattr(writer_module, "_MANY", 2)
    files = {f"file{number}": bytes([number]) * number for number in range(5)}
    data = written(*(NewMember(path=path, content=content) for path, content in files.items()))

    end = data.rindex(b"PK\5\6")
    assert data[end - 20 : end - 16] == b"PK\6\7"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {path: archive.read(path) for path in files} == files


def test_zip64_behind_four_gibibytes(tmp_path: Path) -> None:
    """The archive begins behind a hole in a sparse file: offsets need ZIP64, the disk holds next to nothing."""
    hole = 2**32 + 5
    with (tmp_path / "sparse.zip").open("wb") as file:
        file.seek(hole)
        writer = writer_module._Writer(file, writer_module._dos_time(0))
        writer._offset = hole
        with ThreadPoolExecutor(1) as pool:
            writer.add("a.txt", 4, [b"text"], Deflater(pool, 1), 0o644)
        writer.finish()

    with zipfile.ZipFile(tmp_path / "sparse.zip") as archive:
        assert archive.getinfo("a.txt").header_offset == hole
        assert archive.read("a.txt") == b"text"


def edited(content: bytes, step: int) -> EditedMember:
    return EditedMember(
        path="x/large.bin",
        chunks=lambda: (memoryview(content)[at : at + step] for at in range(0, len(content), step)),
        size=len(content),
    )


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 5])
def test_neither_threads_nor_chunks_change_the_bytes(size: int) -> None:
    content = (random.Random(size).randbytes(40_000) + bytes(10_000)) * (size // 50_000 + 1)
    content = content[:size]

    data = written(edited(content, 70_001), threads=1)

    assert data == written(edited(content, BLOCK), threads=3)
    reader = read_wheel_of(data)
    assert reader == content


def read_wheel_of(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return archive.read("x/large.bin")


def test_each_block_looks_back_into_the_one_ahead() -> None:
    """Or else many blocks would compress worse than one stream."""
    repeated = random.Random(2).randbytes(30_000)
    data = written(edited(repeated * 150, 100_000))

    assert len(data) < 100_000  # each of the five blocks would begin with 30 kB again


def test_a_size_that_is_not_kept_is_refused() -> None:
    with pytest.raises(BadInputError, match="said to have 5 bytes, and has 4"):
        written(EditedMember(path="a", chunks=lambda: iter((b"text",)), size=5))


def test_copies_of_a_damaged_or_unsound_wheel_are_refused() -> None:
    data = make_wheel({"x/data.bin": bytes(range(256))}).getvalue()
    with pytest.raises(BadInputError, match="checksum"):
        copied(io.BytesIO(data.replace(bytes(range(100, 110)), bytes(10), 1)))
    wheel = make_wheel({"x/../data.bin": b""})
    with pytest.raises(BadInputError, match="leads outside"):
        copied(wheel)


def test_stored_members_stay_stored() -> None:
    wheel = make_wheel({"x/data.bin": random.Random(3).randbytes(500)})
    source = io.BytesIO(written(NewMember(path="x/data.bin", content=b"abc")))
    with zipfile.ZipFile(source) as archive:
        assert archive.getinfo("x/data.bin").compress_type == zipfile.ZIP_STORED
    assert copied(wheel) == copied(io.BytesIO(copied(wheel)))


def test_blocks_of_any_chunks() -> None:
    sizes = [len(block) for block in blocks([b"a" * 10, memoryview(b"b" * BLOCK), b"", b"c" * (2 * BLOCK - 10)])]

    assert sizes == [BLOCK, BLOCK, BLOCK]
    assert list(blocks([])) == [b""]
