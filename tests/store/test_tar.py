"""Tar archives of every compression, whole and broken."""

import bz2
import gzip
import importlib
import io
import lzma
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from crosswheel.errors import BadInputError
from crosswheel.store.tar import open_tar, zstd_file

# In the standard library since Python 3.14 (PEP 784).
zstd = importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd.compress,
}


def packed(count: int = 3, size: int = 5000) -> bytes:
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w") as archive:
        for number in range(count):
            info = tarfile.TarInfo(f"file-{number}")
            info.size = size
            archive.addfile(info, io.BytesIO(bytes([number]) * size))
    return output.getvalue()


def names(path: Path, limit: int = 1 << 20) -> list[str]:
    with open_tar(path, name="it", limit=limit) as archive:
        return [member.name for member in archive]


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_whole(compression: str, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(COMPRESSIONS[compression](packed()))
    assert names(tmp_path / "a.tar") == ["file-0", "file-1", "file-2"]


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("kept", [0.3, 0.6])
def test_cut_off(compression: str, kept: float, tmp_path: Path) -> None:
    data = COMPRESSIONS[compression](packed())
    (tmp_path / "a.tar").write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(BadInputError, match="it is damaged"):
        names(tmp_path / "a.tar")


@pytest.mark.parametrize("compression", [name for name in COMPRESSIONS if name != "plain"])
def test_cut_off_behind_the_last_member(compression: str, tmp_path: Path) -> None:
    data = COMPRESSIONS[compression](packed())
    (tmp_path / "a.tar").write_bytes(data[:-4])
    with pytest.raises(BadInputError, match="it is damaged"):
        names(tmp_path / "a.tar")


def test_a_header_in_the_middle_that_is_none(tmp_path: Path) -> None:
    data = bytearray(packed())
    data[tarfile.BLOCKSIZE * 11 + 5] ^= 0xFF  # the second header
    (tmp_path / "a.tar").write_bytes(data)
    with pytest.raises(BadInputError, match="it is damaged"):
        names(tmp_path / "a.tar")


def test_more_than_it_may_be(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(gzip.compress(packed(count=1, size=8 << 20)))
    with pytest.raises(BadInputError, match="it is refused") as caught:
        names(tmp_path / "a.tar", limit=1 << 20)
    assert "more than 1 MB" in caught.value.why


def test_what_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"<html>no such file</html>" * 100)
    with pytest.raises(BadInputError, match="it is damaged"):
        names(tmp_path / "a.tar")


def test_a_zstandard_stream(tmp_path: Path) -> None:
    (tmp_path / "a.zst").write_bytes(zstd.compress(b"content"))
    with (tmp_path / "a.zst").open("rb") as file:
        assert zstd_file(cast("BinaryIO", file), "it").read(100) == b"content"
