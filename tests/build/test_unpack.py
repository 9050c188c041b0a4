"""Archives that are honest, damaged, and hostile."""

import bz2
import errno
import gzip
import io
import lzma
import os
import resource
import signal
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crosswheel.build.tree import Limits
from crosswheel.build.unpack import unpack_archive
from crosswheel.errors import BadInputError, LackError

_MODES = ["", "gz", "bz2", "xz"]
Member = tuple[str, bytes, bytes | str, dict[str, object]]  # name, type, content or target, other fields


def _file(name: str, content: bytes = b"content", **fields: object) -> Member:
    return (name, tarfile.REGTYPE, content, fields)


def _link(name: str, target: str) -> Member:
    return (name, tarfile.SYMTYPE, target, {})


def _hard(name: str, target: str) -> Member:
    return (name, tarfile.LNKTYPE, target, {})


def _tar(*members: Member, mode: str = "gz", layout: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=layout) as tar:
        for name, kind, content, fields in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            for field, value in fields.items():
                setattr(info, field, value)
            if isinstance(content, str):
                info.linkname = content
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    packers: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
    return packers[mode](out.getvalue()) if mode else out.getvalue()


def _zip(*members: tuple[str, bytes, int]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, mode in members:
            info = zipfile.ZipInfo(name, (2020, 1, 2, 3, 4, 6))
            info.external_attr = mode << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _unpack(folder: Path, data: bytes, limits: Limits | None = None) -> Path:
    (folder / "archive").write_bytes(data)
    return unpack_archive(folder / "archive", folder / "in" / "out", shown="pkg-1.0.tar.gz", limits=limits)


def _refused(folder: Path, data: bytes, limits: Limits | None = None) -> str:
    """Return what was told; see that nothing stayed and nothing was written outside."""
    with pytest.raises(BadInputError, match=r"^pkg-1\.0\.tar\.gz ") as caught:
        _unpack(folder, data, limits)
    assert caught.value.why
    assert caught.value.hint
    assert sorted(path.name for path in folder.rglob("*")) == ["archive", "in"]
    return str(caught.value)


@pytest.mark.parametrize("mode", _MODES)
def test_an_honest_tar(tmp_path: Path, mode: str) -> None:
    top = _unpack(
        tmp_path,
        _tar(
            ("pkg-1.0", tarfile.DIRTYPE, b"", {"mode": 0o700}),
            _file("pkg-1.0/configure", b"#!/bin/sh\n", mode=0o6755, mtime=1_000_000_000),
            _file("./pkg-1.0//setup.py", mode=0o640, mtime=12.5, uid=1234),
            _file("pkg-1.0/" + "deep/" * 30 + "ä.txt"),
            _file("pkg-1.0/\udcff"),
            _link("pkg-1.0/link", "deep/../setup.py"),
            _link("pkg-1.0/dangling", "nothing"),
            _link("pkg-1.0/deep/up", "../setup.py"),
            _hard("pkg-1.0/same", "pkg-1.0/configure"),
            mode=mode,
        ),
    )
    assert top == tmp_path / "in" / "out" / "pkg-1.0"
    configure = (top / "configure").stat()
    assert (stat.S_IMODE(configure.st_mode), configure.st_mtime) == (0o755, 1_000_000_000)
    assert (stat.S_IMODE((top / "setup.py").stat().st_mode), (top / "setup.py").stat().st_mtime) == (0o644, 12.5)
    assert (top / "link").read_bytes() == b"content"
    assert (top / "deep" / "up").read_bytes() == b"content"
    assert (top / "same").read_bytes() == b"#!/bin/sh\n"
    assert (top / "same").stat().st_nlink == 1
    assert (top / ("deep/" * 30) / "ä.txt").is_file()
    assert b"\xff" in os.listdir(os.fsencode(top))  # noqa: PTH208 names that are no text


def test_an_honest_zip(tmp_path: Path) -> None:
    top = _unpack(
        tmp_path,
        _zip(
            ("pkg-1.0/", b"", 0o40755),
            ("pkg-1.0/setup.py", b"content", 0),
            ("pkg-1.0/run", b"x", 0o100755),
            ("pkg-1.0/ä", b"", 0o100644),
            ("pkg-1.0/link", b"setup.py", 0o120777),
        ),
    )
    assert (top / "link").read_bytes() == b"content"
    assert os.access(top / "run", os.X_OK)
    assert not os.access(top / "setup.py", os.X_OK)
    assert (top / "setup.py").stat().st_mtime == 1577934246.0  # 2020-01-02 03:04:06 UTC


@pytest.mark.parametrize("layout", [tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_older_kinds_of_tar(tmp_path: Path, layout: int) -> None:
    name = "pkg-1.0/" + "a" * 90 + "/" + "b" * 90
    assert (_unpack(tmp_path, _tar(_file(name), layout=layout)).parent / name).is_file()


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ([_file("/etc/x")], "/etc/x is an absolute path"),
        ([_file("pkg/../../x")], "leads out of it"),
        ([_file("pkg/../x")], "leads out of it"),
        ([_file("..")], "leads out of it"),
        ([_file("")], "no name"),
        ([_file(".")], "no name"),
        ([_link("pkg/x", "/etc")], "pkg/x is a link to /etc, outside of it"),
        ([_link("pkg/x", "../../y")], "outside of it"),
        ([_link("pkg/x", "")], "a link to nothing"),
        ([_link("pkg/x", "a" * 5000)], "a link to nothing"),
        # Each link stays inside by itself; together they leave (CVE-2025-4517 was of this kind).
        ([_link("pkg/a/b/up", "../.."), _link("pkg/c", "a/b/up/../..")], "outside of it"),
        ([_link("pkg/d", "e/../../.."), _file("pkg/e/f")], "outside of it"),
        ([_hard("pkg/x", "/etc/passwd")], "absolute path"),
        ([_hard("pkg/x", "../../x")], "leads out of it"),
        ([_hard("pkg/x", "pkg/none")], "which is no file in it"),
        ([_link("pkg/l", "y"), _hard("pkg/x", "pkg/l")], "which is no file in it"),
        ([_link("pkg/l", "."), _file("pkg/l")], "comes twice, as different things"),
        ([_file("pkg/l"), _link("pkg/l", ".")], "comes twice, as different things"),
        ([_link("pkg/l", "."), _link("pkg/l", "..")], "comes twice, as different things"),
        ([_link("pkg/l", "/etc"), _file("pkg/l/x")], "/etc, outside of it"),
        ([_link("pkg/l", "."), _file("pkg/l/x")], "inside of something that is no folder"),
        ([_file("pkg/f"), _file("pkg/f/x")], "inside of something that is no folder"),
        ([_file("pkg/f/x"), _file("pkg/f")], "comes twice, as different things"),
        ([("pkg/dev", tarfile.CHRTYPE, b"", {})], "a device, a pipe"),
        ([("pkg/dev", tarfile.BLKTYPE, b"", {})], "a device, a pipe"),
        ([("pkg/pipe", tarfile.FIFOTYPE, b"", {})], "a device, a pipe"),
        ([_file("pkg/" + "n" * 300)], "no name that can be written"),
        ([_file("a/x"), _file("b/x")], "it has to hold one folder, NAME-VERSION (PEP 517), and holds a, b"),
        ([_file("x")], "and holds x"),
        ([_link("pkg", ".")], "and holds pkg"),
        ([], "and holds nothing"),
        ([_file("pkg/\x1b[31m\n"), _file("/\x1b[31mred\n")], r"/\x1b[31mred\n is an absolute path"),
    ],
)
def test_what_no_source_archive_holds(tmp_path: Path, members: list[Member], told: str) -> None:
    assert told in _refused(tmp_path, _tar(*members))


def test_a_file_may_come_twice(tmp_path: Path) -> None:
    top = _unpack(tmp_path, _tar(_file("pkg/x", b"old"), _file("pkg/x", b"new"), _hard("pkg/x", "pkg/x")))
    assert (top / "x").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ([("../x", b"", 0)], "leads out of it"),
        ([("/x", b"", 0)], "absolute path"),
        ([("pkg/l", b"../../x", 0o120777)], "outside of it"),
        ([("pkg/l", b"x" * 5000, 0o120777)], "a link to nothing"),
        ([("pkg/dev", b"", 0o020644)], "a device, a pipe"),
        ([("pkg/l", b".", 0o120777), ("pkg/l/x", b"", 0)], "inside of something that is no folder"),
        ([("a/", b"", 0), ("b/", b"", 0)], "and holds a, b"),
    ],
)
def test_what_no_source_zip_holds(tmp_path: Path, members: list[tuple[str, bytes, int]], told: str) -> None:
    assert told in _refused(tmp_path, _zip(*members))


def test_bombs(tmp_path: Path) -> None:
    small = Limits(size=1 << 20, members=10, ratio=100, free=1 << 16)
    big = b"\0" * (1 << 19)
    assert "more than 0 MB" in _refused(tmp_path, _tar(_file("pkg/x", big)), small)  # its ratio is past 100
    assert "unpacks to more than" in _refused(tmp_path, _zip(("pkg/x", big, 0)), small)
    assert "more than 10 members" in _refused(tmp_path, _tar(*(_file(f"pkg/{n}", b"") for n in range(20))), small)
    many = [_file("pkg/x", os.urandom(600_000)), *(_hard(f"pkg/{n}", "pkg/x") for n in range(5))]
    assert "more than 1 MB" in _refused(tmp_path, _tar(*many), small)


def test_links_through_links_without_end(tmp_path: Path) -> None:
    chain = [_link(f"pkg/{n}", f"{n + 1}") for n in range(2000)]
    assert "leads through hundreds of others" in _refused(tmp_path, _tar(_file("pkg/2000", b""), *chain))
    assert "more than 9 links" in _refused(tmp_path, _tar(_file("pkg/2000", b""), *chain), Limits(links=9))


def _header(size: int, kind: bytes) -> bytes:
    info = tarfile.TarInfo("pkg/x")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK])
def test_a_header_that_would_fill_the_memory(tmp_path: Path, kind: bytes) -> None:
    assert "larger than any that is honest" in _refused(tmp_path, gzip.compress(_header(1 << 40, kind)))


def test_a_sparse_file_counts_in_full(tmp_path: Path) -> None:
    info = tarfile.TarInfo("pkg/x")
    info.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[483:495] = b"77777777777\0"  # its real size, of which nothing is in the archive
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    assert "unpacks to more than" in _refused(tmp_path, gzip.compress(bytes(header) + b"\0" * 1024))


def test_chains_of_headers(tmp_path: Path) -> None:
    assert _refused(tmp_path, gzip.compress(_header(0, tarfile.GNUTYPE_LONGNAME) * 3000))


def test_a_header_in_the_middle_that_is_none(tmp_path: Path) -> None:
    data = gzip.decompress(_tar(_file("pkg/a"), _file("pkg/b")))
    broken = data[:1024] + b"\x55" * 512 + data[1536:]
    assert "a header in its middle is none" in _refused(tmp_path, gzip.compress(broken))


@pytest.mark.parametrize("data", [b"", b"PK", b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\x00", b"<html>not found</html>" * 100])
def test_what_is_no_archive(tmp_path: Path, data: bytes) -> None:
    assert "is damaged" in _refused(tmp_path, data) or not data


def test_an_encrypted_zip(tmp_path: Path) -> None:
    data = bytearray(_zip(("pkg/x", b"content", 0)))
    for at in (6, data.index(b"PK\x01\x02") + 8):
        struct.pack_into("<H", data, at, 1)
    assert "is damaged" in _refused(tmp_path, bytes(data))


def test_a_time_that_is_none(tmp_path: Path) -> None:
    times = ("nan", "-5.0", "1e300", "inf")
    members = [_file(f"pkg/{time}", pax_headers={"mtime": time}) for time in times]
    top = _unpack(tmp_path, _tar(*members))
    assert [(top / time).stat().st_mtime for time in times] == [0, 0, 0, 0]


def test_what_is_there_already_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "in" / "out").mkdir(parents=True)
    (tmp_path / "in" / "out" / "precious").touch()
    with pytest.raises(ValueError, match="has to be empty"):
        _unpack(tmp_path, _tar(_file("pkg/x")))
    assert (tmp_path / "in" / "out" / "precious").exists()


_WHOLE = {
    mode: _tar(_file("pkg/a", b"a" * 3000), _file("pkg/b", mode=0o755), _link("pkg/c", "a"), mode=mode)
    for mode in _MODES
}
_WHOLE["zip"] = _zip(("pkg/a", b"a" * 3000, 0), ("pkg/b", b"x", 0o755), ("pkg/c", b"a", 0o120777))
_FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("mode", ["gz", "bz2", "xz", "zip"])
@given(data=st.data())
@_FUZZ
def test_an_archive_that_breaks_off_anywhere(tmp_path: Path, mode: str, data: st.DataObject) -> None:
    whole = _WHOLE[mode]
    _refused(tmp_path, whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.mark.parametrize("mode", [*_MODES, "zip"])
@given(data=st.data())
@_FUZZ
def test_an_archive_with_bytes_changed(tmp_path: Path, mode: str, data: st.DataObject) -> None:
    changed = bytearray(_WHOLE[mode])
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    _survives(tmp_path, bytes(changed))


@given(data=st.binary(max_size=2000), packed=st.booleans(), magic=st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06"]))
@_FUZZ
def test_random_bytes(tmp_path: Path, data: bytes, packed: bool, magic: bytes) -> None:
    _survives(tmp_path, gzip.compress(data) if packed else magic + data)


_NAMES = st.lists(st.sampled_from(["a", "b", "pkg", "..", ".", "", "/"]), max_size=4).map("/".join)
_MEMBERS: st.SearchStrategy[Member] = st.one_of(
    st.builds(_file, _NAMES), st.builds(_link, _NAMES, _NAMES), st.builds(_hard, _NAMES, _NAMES),
    st.builds(lambda name: (name, tarfile.DIRTYPE, b"", {}), _NAMES),
)  # fmt: skip


@given(members=st.lists(_MEMBERS, max_size=7))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_mix_of_members_leaves(tmp_path: Path, members: list[Member]) -> None:
    _survives(tmp_path, _tar(*members, mode=""))


def _survives(folder: Path, data: bytes) -> None:
    """See that it is refused, or unpacked with nothing outside and no link that leaves."""
    from crosswheel.store import remove_tree

    remove_tree(folder / "in")
    try:
        top = _unpack(folder, data)
    except BadInputError:
        assert not (folder / "in" / "out").exists()
    else:
        out = os.path.realpath(folder / "in" / "out")
        assert os.path.realpath(top.parent) == out
        for path in top.rglob("*"):
            # Of links that lead in a circle, pathlib makes an error.
            assert os.path.realpath(path).startswith(out)
    assert {path.name for path in folder.iterdir()} == {"archive", "in"}


@pytest.fixture
def _small_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_no_room_is_a_lack_and_leaves_nothing(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    (tmp_path / "archive").write_bytes(_tar(_file("pkg/x", b"x" * 100_000)))
    request.getfixturevalue("_small_files")
    with pytest.raises(LackError, match=os.strerror(errno.EFBIG)):
        unpack_archive(tmp_path / "archive", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_archive_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        unpack_archive(tmp_path / "gone", tmp_path / "out")
