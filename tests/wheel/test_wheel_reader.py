"""Reading wheels: right ones, damaged ones, hostile ones."""

import io
import random
import stat
import struct
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswheel.errors import BadInputError
from crosswheel.wheel import (
    DamagedMemberError,
    MemberFault,
    RecordProblem,
    RecordRow,
    WheelReader,
    read_wheel,
    record_problems,
)
from crosswheel.wheel.record import RowCheck, format_record, parse_record, row_of
from made_wheels import EXTENSION, NAME, healthy_files, make_wheel

_PARTS = ".".join(f"a{number}" for number in range(300))
_BOMB = f"Wheel-Version: 1.0\nTag: {_PARTS}-{_PARTS}-{_PARTS}\n".encode()


def test_what_a_wheel_says() -> None:
    reader = read_wheel(make_wheel(healthy_files()), NAME)

    assert reader.dist_info == "x-1.0.dist-info"
    assert reader.read("x/__init__.py") == b"from ._ext import *\n"
    assert reader.identity() == ("x", "1.0")
    assert [str(tag) for tag in reader.wheel_metadata().tags] == ["cp311-cp311-linux_aarch64"]
    assert not reader.wheel_metadata().root_is_purelib
    assert reader.members[EXTENSION].size == len(healthy_files()[EXTENSION])
    assert record_problems(reader.record(), reader.members, reader.dist_info) == ()


def with_entry(change: zipfile.ZipInfo, content: bytes = b"x") -> io.BytesIO:
    wheel = make_wheel(healthy_files())
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr(change, content)
    wheel.seek(0)
    return wheel


def refusal(wheel: io.BytesIO) -> list[tuple[MemberFault, str]]:
    """What is wrong with members: they are not among the others, and whoever installs or copies is refused."""
    reader = read_wheel(wheel, NAME)
    assert EXTENSION in reader.members or "x/__init__.py" in reader.members or not reader.problems
    with pytest.raises(BadInputError) as caught:
        reader.require_sound()
    assert caught.value.hint
    assert reader.problems[0].reason in caught.value.why
    return [(problem.kind, problem.path) for problem in reader.problems]


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../x.py", "x/../../y.py", "x//y.py", "./x.py", "C:/x.py", "x\\y.py", "x\ny.py", "x/..", "../x/"],
)
def test_hostile_names_are_told(name: str) -> None:
    assert refusal(with_entry(zipfile.ZipInfo(name))) == [(MemberFault.HOSTILE, name)]


@pytest.mark.parametrize("name", [b"x/hidden.py\0more", b"\0x/hidden.py_mor"])
def test_a_name_that_hides_behind_a_nul_is_told(name: bytes) -> None:
    wheel = with_entry(zipfile.ZipInfo("x/hidden.py_more"))
    data = wheel.getvalue().replace(b"x/hidden.py_more", name)

    assert refusal(io.BytesIO(data)) == [(MemberFault.HOSTILE, name.decode())]


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize("name", ["x/__init__.py", "x/__init__.py/"])
def test_duplicates_are_told(name: str) -> None:
    assert refusal(with_entry(zipfile.ZipInfo(name))) == [(MemberFault.DUPLICATE, name)]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFDIR])
def test_links_and_devices_are_told(kind: int) -> None:
    entry = zipfile.ZipInfo("x/other")
    entry.external_attr = (kind | 0o777) << 16

    assert refusal(with_entry(entry)) == [(MemberFault.SPECIAL, "x/other")]


def test_other_compressions_are_told() -> None:
    entry = zipfile.ZipInfo("x/packed.py")
    entry.compress_type = zipfile.ZIP_BZIP2

    assert refusal(with_entry(entry)) == [(MemberFault.METHOD, "x/packed.py")]


def test_encrypted_members_are_told() -> None:
    wheel = bytearray(make_wheel(healthy_files()).getvalue())
    wheel[wheel.index(b"PK\1\2") + 8] |= 1

    assert refusal(io.BytesIO(bytes(wheel))) == [(MemberFault.ENCRYPTED, "x/__init__.py")]


@pytest.mark.parametrize("size", [0xF0000000, 256 * 1024 * 1024 + 1])
def test_a_bomb_is_told_before_it_is_read(size: int) -> None:
    wheel = make_wheel({"x/a.py": bytes(size % 2**28), **healthy_files()}).getvalue()
    at = wheel.index(b"PK\1\2")  # the first row of the directory is the module's
    data = wheel[: at + 24] + size.to_bytes(4, "little") + wheel[at + 28 :]

    assert refusal(io.BytesIO(data)) == [(MemberFault.SIZE, "x/a.py")]


def test_members_that_overlap_are_told() -> None:
    """Many rows of the directory that share one compressed member are a bomb that no single row shows."""
    wheel = make_wheel({"x/a.py": random.Random(1).randbytes(3000), **healthy_files()}).getvalue()
    first, end = wheel.index(b"PK\1\2"), wheel.rindex(b"PK\5\6")
    row = wheel[first : wheel.index(b"PK\1\2", first + 4)]
    more = b"".join(row.replace(b"x/a.py", b"x/%c.py" % letter) for letter in b"bcd")
    tail = bytearray(wheel[end:])
    rows, size = struct.unpack_from("<HI", tail, 10)
    struct.pack_into("<HHI", tail, 8, rows + 3, rows + 3, size + len(more))

    told = refusal(io.BytesIO(wheel[:end] + more + tail))

    assert sorted(told, key=lambda one: one[1]) == [(MemberFault.OVERLAP, f"x/{letter}.py") for letter in "abcd"]


@pytest.mark.parametrize(
    ("start", "field", "value", "kind"),
    [
        (b"PK\3\4", 28, 200, MemberFault.OVERLAP),  # its own header is said to be longer than there is room
        (b"PK\3\4", 30, ord("y"), MemberFault.DAMAGED),  # another name
        (b"PK\3\4", 8, 0, MemberFault.DAMAGED),  # another method
        (b"PK\3\4", 0, 0, MemberFault.DAMAGED),  # no header
        (b"PK\1\2", 24, 19, MemberFault.SIZE),  # a byte less than there is
        (b"PK\1\2", 24, 21, MemberFault.SIZE),  # a byte more
        (b"PK\1\2", 20, 5, MemberFault.SIZE),  # the compressed bytes are cut off
        (b"PK\3\4", 6, 1, MemberFault.DAMAGED),  # its own header says that it is encrypted
        (b"PK\3\4", 6, 8, MemberFault.DAMAGED),  # or that its sizes follow it
        (b"PK\3\4", 14, 1, MemberFault.SIZE),  # another checksum than in the directory
        (b"PK\3\4", 18, 5, MemberFault.SIZE),  # another compressed size
        (b"PK\3\4", 22, 5, MemberFault.SIZE),  # another size
    ],
)
def test_what_only_reading_shows(start: bytes, field: int, value: int, kind: MemberFault) -> None:
    data = bytearray(make_wheel(healthy_files()).getvalue())
    data[data.index(start) + field] = value
    reader = read_wheel(io.BytesIO(bytes(data)), NAME)

    with pytest.raises(DamagedMemberError, match=r"x/__init__\.py") as caught:
        reader.read("x/__init__.py")
    assert caught.value.problem.kind is kind


def whole_wheel() -> dict[str, bytes]:
    with zipfile.ZipFile(make_wheel(healthy_files())) as archive:
        return {path: archive.read(path) for path in archive.namelist()}


def test_bytes_between_members_are_told() -> None:
    """An installer that reads as it downloads would find a member in them."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path, content in whole_wheel().items():
            archive.writestr(path, content)
            if path == "x/__init__.py":
                archive.writestr("x/hidden.py", b"")
        archive.filelist.remove(archive.getinfo("x/hidden.py"))
    reader = read_wheel(file, NAME)

    with pytest.raises(DamagedMemberError, match=r"x/__init__\.py is followed by 41 bytes") as caught:
        reader.read("x/__init__.py")
    assert caught.value.problem.kind is MemberFault.OVERLAP


@pytest.mark.parametrize("name", [b"../evil.py", b"x/b.py"])
def test_a_second_name_is_told(name: bytes) -> None:
    """zipfile takes it in place of the first since Python 3.11.4."""
    field = b"\1" + zlib.crc32(b"x/a.py").to_bytes(4, "little") + name
    entry = zipfile.ZipInfo("x/a.py")
    entry.extra = struct.pack("<HH", 0x7075, len(field)) + field

    assert refusal(with_entry(entry)) == [(MemberFault.HOSTILE, "x/a.py")]


def test_members_whose_sizes_follow_them_are_read() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in whole_wheel().items():
            archive.writestr(path, content)
    reader = read_wheel(io.BytesIO(pipe.getvalue()), NAME)

    assert {path: reader.read(path) for path in reader.members} == whole_wheel()


@pytest.mark.parametrize("kind", ["prefix", "suffix"])
def test_an_archive_within_other_bytes_is_refused(kind: str) -> None:
    """Readers disagree on what such an archive holds."""
    data = make_wheel(healthy_files()).getvalue()

    with pytest.raises(BadInputError, match="no zip archive"):
        read_wheel(io.BytesIO(b"MZ" + data if kind == "prefix" else data + b"\0"), NAME)


def test_a_wrong_checksum_is_refused() -> None:
    data = make_wheel({"x/data.bin": bytes(range(256))}).getvalue()
    broken = data.replace(bytes(range(100, 110)), bytes(10), 1)
    reader = read_wheel(io.BytesIO(broken), NAME)

    with pytest.raises(BadInputError, match=r"x/data\.bin is damaged"):
        reader.read("x/data.bin")


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        ({"x-1.0.dist-info/RECORD": None}, "RECORD is missing"),
        ({"x-1.0.dist-info/WHEEL": None}, "WHEEL is missing"),
        ({"y-1.0.dist-info/METADATA": b""}, "2 .dist-info folders"),
        ({f"x-1.0.dist-info/{name}": None for name in ("METADATA", "WHEEL", "RECORD")}, "0 .dist-info folders"),
    ],
)
def test_dist_info_is_whole(replaced: dict[str, bytes | None], message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        read_wheel(make_wheel(healthy_files(), replaced=replaced), NAME)


@pytest.mark.parametrize("name", ["y-1.0-cp311-cp311-linux_aarch64.whl", "x-1.1-cp311-cp311-linux_aarch64.whl"])
def test_dist_info_is_of_this_project(name: str) -> None:
    with pytest.raises(BadInputError, match="belongs to another project or version"):
        read_wheel(make_wheel(healthy_files()), name)


def test_names_and_versions_are_compared_as_the_standard_says() -> None:
    wheel = make_wheel({"x.py": b""}, name="Foo.Bar-1.0-py3-none-any.whl")

    assert read_wheel(wheel, "foo_bar-1.0.0-py3-none-any.whl").dist_info == "Foo.Bar-1.0.dist-info"


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"Wheel-Version: 2.0\n", b"", b"Wheel-Version: 1.0\nTag: nonsense\n", _BOMB],
)
def test_a_wheel_file_that_cannot_be_understood(content: bytes) -> None:
    reader = read_wheel(make_wheel({}, replaced={"x-1.0.dist-info/WHEEL": content}), NAME)

    with pytest.raises(BadInputError, match="WHEEL file"):
        reader.wheel_metadata()


def read_everything(wheel: WheelReader) -> None:
    for path in wheel.members:
        wheel.read(path)
    wheel.identity()
    wheel.wheel_metadata()
    wheel.record()


def test_truncated_anywhere() -> None:
    data = make_wheel({"x/__init__.py": b"import os\n" * 10}).getvalue()

    for length in range(len(data)):
        with pytest.raises(BadInputError):
            read_everything(read_wheel(io.BytesIO(data[:length]), NAME))


@settings(deadline=None)  # other tests may keep both cores busy
@given(position=st.floats(0, 1, exclude_max=True), content=st.binary(min_size=1, max_size=4))
def test_edited_anywhere(position: float, content: bytes) -> None:
    data = bytearray(make_wheel({"x/__init__.py": b"import os\n" * 10}).getvalue())
    start = int(position * len(data))
    data[start : start + len(content)] = content

    try:
        read_everything(read_wheel(io.BytesIO(bytes(data)), NAME))
    except BadInputError as error:
        assert str(error)  # noqa: PT017 either answer is right, another error is not


def test_record_rows_survive() -> None:
    rows = (row_of("a,b.py", b"1"), row_of('quoted".py', b"2"), RecordRow(path="x/RECORD", hash="", size=""))

    assert parse_record(format_record(rows)) == rows


@pytest.mark.parametrize("content", [b"\xff", b"a,b\n", b'"open', b"a,sha256=x,1,2\n"])
def test_a_damaged_record(content: bytes) -> None:
    with pytest.raises(BadInputError, match="RECORD"):
        parse_record(content)


def test_record_and_files_that_differ() -> None:
    rows = (row_of("a.py", b"1"), row_of("gone.py", b""), row_of("a.py", b"1"))

    problems = record_problems(rows, ["a.py", "extra.py", "x.dist-info/RECORD"], "x.dist-info")

    assert {problem.path: problem.reason for problem in problems} == {
        "extra.py": "it has no row in RECORD",
        "gone.py": "RECORD lists it, the wheel does not hold it",
        "a.py": "it has 2 rows in RECORD",
    }


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (RecordRow(path="a", hash="md5=x", size="1"), "not sha256 or better"),
        (RecordRow(path="a", hash="", size=""), "missing, not sha256 or better"),
        (RecordRow(path="a", hash="sha256=x", size="1"), "is not the one in RECORD"),
        (RecordRow(path="a", hash=row_of("a", b"1").hash, size="2"), "RECORD says 2"),
    ],
)
def test_rows_that_are_wrong(row: RecordRow, reason: str) -> None:
    problem = checked(row)

    assert isinstance(problem, RecordProblem)
    assert reason in problem.reason
    assert checked(row_of("a", b"1")) is None
    assert checked(RecordRow(path="x.dist-info/RECORD", hash="", size="")) is None


def checked(row: RecordRow) -> RecordProblem | None:
    check = RowCheck(row, "x.dist-info")
    check.update(b"1")
    return check.problem()
