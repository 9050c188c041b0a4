"""Packages, honest and hostile, are written into a folder and nowhere else."""

import io
import os
import stat
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswheel.debian.deb import open_data
from crosswheel.errors import BadInputError, LackError
from crosswheel.store.tree import Tree
from made_archive import Member, file_member, link_member, make_ar, make_deb, make_tar, special_member


def unpack(root: Path, *members: Member, compression: str = ".xz", limit: int = 1 << 20) -> tuple[str, ...]:
    root.mkdir(exist_ok=True)
    with open_data(io.BytesIO(make_deb(members, compression)), name="test", limit=limit) as archive:
        return Tree(root).unpack(archive, name="test")


@pytest.mark.parametrize("compression", [".xz", ".gz", ""])
def test_files_and_links(tmp_path: Path, compression: str) -> None:
    written = unpack(
        tmp_path / "root",
        special_member("./", tarfile.DIRTYPE),
        special_member("./usr/lib/", tarfile.DIRTYPE),
        file_member("./usr/lib/a.so.1", b"library", 0o4755),
        link_member("./usr/lib/a.so", "a.so.1"),
        link_member("./etc/a", "/usr/lib/a.so"),
        link_member("./usr/share/x/hard", "./usr/lib/a.so.1", tarfile.LNKTYPE),
        compression=compression,
    )
    root = tmp_path / "root"
    assert written == ("usr/lib/a.so.1", "usr/lib/a.so", "etc/a", "usr/share/x/hard")
    assert (root / "etc/a").readlink() == Path("../usr/lib/a.so")
    assert (root / "etc/a").read_bytes() == b"library"
    assert (root / "usr/share/x/hard").samefile(root / "usr/lib/a.so.1")
    mode = stat.S_IMODE((root / "usr/lib/a.so.1").stat().st_mode)
    assert mode == 0o755, "no setuid bit"
    assert (root / "usr/lib/a.so.1").stat().st_mtime == 1_600_000_000


def test_merged_usr_whatever_the_order(tmp_path: Path) -> None:
    root = tmp_path / "root"
    written = unpack(
        root,
        file_member("./lib/aarch64-linux-gnu/libc.so.6"),
        link_member("./lib64", "usr/lib64"),
        special_member("./bin", tarfile.DIRTYPE),
        file_member("./bin/sh"),
        link_member("./sbin", "usr/sbin"),
        link_member("./lib/ld-linux.so.1", "/lib/aarch64-linux-gnu/libc.so.6"),
    )
    assert written == ("usr/lib/aarch64-linux-gnu/libc.so.6", "usr/bin/sh", "usr/lib/ld-linux.so.1")
    assert (root / "lib").readlink() == Path("usr/lib")
    assert (root / "lib/ld-linux.so.1").read_bytes() == b"hello\n"


def test_files_through_a_link_of_a_package(tmp_path: Path) -> None:
    root = tmp_path / "root"
    unpack(
        root,
        link_member("./usr/share/doc/a", "/usr/share/doc/b"),
        file_member("./usr/share/doc/a/copyright"),
    )
    assert (root / "usr/share/doc/b/copyright").is_file()


def test_a_later_file_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("untouched")
    unpack(tmp_path / "root", link_member("./a", "b"), file_member("./a", b"new"), file_member("./b", b"old"))
    assert (tmp_path / "root/a").read_bytes() == b"new"
    assert (tmp_path / "root/b").read_bytes() == b"old"


@pytest.mark.parametrize(
    "members",
    [
        [file_member("/etc/passwd")],
        [file_member("./../outside")],
        [file_member("usr/../../outside")],
        [link_member("./up", "../outside")],
        [link_member("./usr/up", "../../outside")],
        [link_member("./usr/up", "/../outside")],
        [link_member("./usr/up", "x/../../../outside")],
        [link_member("./up", "..", tarfile.LNKTYPE)],
        [link_member("./up", "/etc/passwd", tarfile.LNKTYPE)],
        [link_member("./up", "not/there", tarfile.LNKTYPE)],
        [file_member("./a"), link_member("./a", "a", tarfile.LNKTYPE)],
        [special_member("./tty", tarfile.CHRTYPE)],
        [special_member("./disk", tarfile.BLKTYPE)],
        [special_member("./pipe", tarfile.FIFOTYPE)],
        [file_member("./a"), file_member("./a/b")],
        [file_member("./a/b"), file_member("./a")],
        [link_member("./a", "b"), link_member("./b", "a"), file_member("./a/c")],
        [link_member("./empty", "")],
    ],
    ids=lambda members: " ".join(f"{info.name}>{info.linkname}" for info, _ in members),
)
def test_hostile_members(members: Sequence[Member], tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="the package test is refused"):
        unpack(tmp_path / "root", *members)
    assert [path.name for path in tmp_path.iterdir()] == ["root"]


def test_links_that_lead_out_only_together(tmp_path: Path) -> None:
    """Each one looks harmless where it stands: `deep` is the root itself, three times."""
    root = tmp_path / "root"
    with pytest.raises(BadInputError):
        unpack(
            root,
            link_member("./s", "."),
            link_member("./s/s/s/t", "../../.."),
            file_member("./t/outside"),
        )
    unpack(tmp_path / "other", link_member("./s", "."), link_member("./t", "s/s/s/../../.."), file_member("./t/inside"))
    assert (tmp_path / "other/inside").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "root"]


def test_a_hard_link_to_a_link_leads_where_that_leads(tmp_path: Path) -> None:
    root = tmp_path / "root"
    unpack(
        root,
        file_member("./usr/x/y/file", b"inside"),
        link_member("./usr/x/y/z/link", "../../../../usr/x/y/file"),
        link_member("./top", "usr/x/y/z/link", tarfile.LNKTYPE),
        link_member("./usr/x/y/z/up", "../../../.."),
        link_member("./root", "usr/x/y/z/up", tarfile.LNKTYPE),
    )
    assert (root / "top").readlink() == Path("usr/x/y/file")
    assert (root / "top").read_bytes() == b"inside"
    assert (root / "root").resolve() == root.resolve()


NAMES = st.sampled_from(["a", "b", "c", "usr", "lib"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
TARGETS = st.builds(
    lambda start, steps: start + "/".join(steps),
    st.sampled_from(["", "/", "./"]),
    st.lists(st.one_of(NAMES, st.just(".."), st.just(".")), min_size=1, max_size=6),
)
MEMBERS = st.one_of(
    st.builds(file_member, PATHS),
    st.builds(link_member, PATHS, TARGETS),
    st.builds(link_member, PATHS, TARGETS, st.just(tarfile.LNKTYPE)),
    st.builds(special_member, PATHS, st.just(tarfile.DIRTYPE)),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(MEMBERS, max_size=12))
def test_nothing_ever_leads_out(members: list[Member]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        # Deep enough that what climbs is seen, and is still in the temporary folder.
        top = Path(folder).resolve()
        root = top / "1/2/3/4/5/6/7/8/root"
        root.mkdir(parents=True)
        tree = Tree(root)
        for member in members:  # one by one, for a refusal must not hide what comes after it
            with tarfile.open(fileobj=io.BytesIO(make_tar([member])), mode="r|") as archive:
                try:
                    tree.unpack(archive, name="test")
                except BadInputError:
                    continue
        assert [path for path in top.rglob("*") if path.is_file() and not path.is_relative_to(root)] == []
        for path, folders, files in os.walk(root):
            for name in (*folders, *files):
                assert Path(os.path.realpath(f"{path}/{name}")).is_relative_to(root)


def test_bomb(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="more than 1048576 bytes"):
        unpack(tmp_path / "root", file_member("./zeros", bytes(3 << 20)))


def test_sparse_file(tmp_path: Path) -> None:
    info, content = file_member("./sparse", b"x" * 512)
    info.type = tarfile.GNUTYPE_SPARSE
    with pytest.raises(BadInputError):
        unpack(tmp_path / "root", (info, content))


@pytest.mark.parametrize(
    ("deb", "why"),
    [
        (b"no archive", "no ar archive"),
        (b"!<arch>\n", "no data.tar"),
        (make_ar([("debian-binary", b"2.0\n")]), "no data.tar"),
        (make_deb([])[:-20], "ar header"),
        (make_ar([("data.tar.xz", b"garbage")]), "format"),
        (make_ar([("data.tar", b"\xff" * 2048)]), ""),
        (make_deb([]).replace(b"`\n", b"xx"), "ar header"),
    ],
)
def test_damaged_packages(deb: bytes, why: str) -> None:
    with (
        pytest.raises(BadInputError, match="the package test is damaged") as raised,
        open_data(io.BytesIO(deb), name="test", limit=1 << 20) as archive,
    ):
        list(archive)
    assert why in raised.value.why


def test_truncated_data(tmp_path: Path) -> None:
    import lzma

    packed = lzma.compress(make_tar([file_member("./a", os.urandom(100_000))]))[:-5000]
    deb = make_ar([("data.tar.xz", packed)])
    with pytest.raises(BadInputError), open_data(io.BytesIO(deb), name="test", limit=1 << 20) as archive:
        Tree(tmp_path).unpack(archive, name="test")


def long_name() -> bytes:
    info = tarfile.TarInfo("a")
    info.type = tarfile.GNUTYPE_LONGNAME
    return info.tobuf(tarfile.GNU_FORMAT)


def extended(**headers: str) -> bytes:
    info = tarfile.TarInfo("./a")
    info.pax_headers = headers
    return info.tobuf(tarfile.PAX_FORMAT)


@pytest.mark.parametrize(
    "tar",
    [
        long_name() * 3000,
        extended(mtime="nan"),
        extended(mtime="1e300"),
        extended(**{"GNU.sparse.map": "a,b", "GNU.sparse.size": "5"}),
    ],
)
def test_headers_that_lie(tar: bytes, tmp_path: Path) -> None:
    deb = make_ar([("data.tar", tar + bytes(10240))])
    with (
        pytest.raises(BadInputError, match="the package test is damaged"),
        open_data(io.BytesIO(deb), name="test", limit=1 << 24) as archive,
    ):
        Tree(tmp_path).unpack(archive, name="test")


def test_unknown_compression() -> None:
    deb = make_ar([("data.tar.lz9", b"")])
    with pytest.raises(LackError, match="cannot be unpacked"), open_data(io.BytesIO(deb), name="test", limit=1):
        pass
