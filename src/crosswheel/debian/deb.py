"""Reads package files: an `ar` archive with a tar archive inside (deb(5))."""

import contextlib
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from crosswheel.errors import BadInputError, LackError
from crosswheel.store.tar import zstd_file

_MAGIC = b"!<arch>\n"
_HEADER = 60
_LARGEST_CONTROL = 16 << 20  # bytes, unpacked: a package of 100,000 files has 7 MB of their hashes
# What tarfile and what is under it raise for headers that lie. Of OSError only gzip's: others are the disk's.
_DAMAGE = (
    tarfile.TarError,
    lzma.LZMAError,
    zlib.error,
    gzip.BadGzipFile,
    EOFError,
    ValueError,
    OverflowError,
    IndexError,
    KeyError,
    RecursionError,
)


@contextlib.contextmanager
def open_data(deb: BinaryIO, *, name: str, limit: int) -> Iterator[tarfile.TarFile]:
    """Give the archive of a package's files, to be read once from its beginning to its end.

    Whatever breaks while it is read leaves the block as the errors named here.

    Arguments:
        deb: the package file, which can seek.
        name: for people.
        limit: bytes that the files may have when they are decompressed; an archive that has more is refused (a "bomb").

    Raises:
        BadInputError: it is damaged, or larger than it may be.
        LackError: its compression is not known here.
    """
    with _open_tar(deb, "data.tar", name=name, limit=limit) as archive:
        yield archive


def read_script(deb: BinaryIO, script: str, *, name: str) -> str:
    """Return the text of a maintainer script (Debian policy, 6.1); "" where the package has none of that name.

    Arguments:
        deb: the package file, which can seek.
        script: such as "postinst".
        name: of the package, for people.

    Raises:
        BadInputError: it is damaged, or larger than any such script.
        LackError: its compression is not known here.
    """
    with _open_tar(deb, "control.tar", name=name, limit=_LARGEST_CONTROL) as archive:
        for member in archive:
            if member.isfile() and member.name.removeprefix("./") == script:
                content = archive.extractfile(member)
                return content.read().decode("utf-8", "replace") if content else ""
    return ""


@contextlib.contextmanager
def _open_tar(deb: BinaryIO, wanted: str, *, name: str, limit: int) -> Iterator[tarfile.TarFile]:
    try:
        suffix, part = _member(deb, wanted, name)
        with (
            contextlib.closing(_decompressed(part, suffix, name)) as stream,
            # Only `read` is asked of a stream: mode "r|".
            tarfile.open(fileobj=cast("BinaryIO", _Limited(stream, limit, name)), mode="r|") as archive,
        ):
            yield archive
    except _DAMAGE as error:
        raise BadInputError(f"the package {name} is damaged", why=str(error) or type(error).__name__) from error


def _member(deb: BinaryIO, wanted: str, name: str) -> tuple[str, io.BufferedReader]:
    """Return the compression's suffix of a member of the ar archive, and its bytes."""
    deb.seek(0)
    if deb.read(len(_MAGIC)) != _MAGIC:
        raise BadInputError(f"the package {name} is damaged", why="it is no ar archive")
    end = deb.seek(0, io.SEEK_END)
    deb.seek(len(_MAGIC))
    while len(header := deb.read(_HEADER)) == _HEADER:
        member = header[:16].decode("ascii", "replace").strip().removesuffix("/")
        length = header[48:58].strip()
        if header[58:] != b"`\n" or not length.isdigit() or deb.tell() + int(length) > end:
            raise BadInputError(f"the package {name} is damaged", why=f"its ar header of {member!r} is wrong")
        if member.startswith(wanted):
            return member.removeprefix(wanted), io.BufferedReader(_Slice(deb, deb.tell(), int(length)))
        deb.seek(int(length) + int(length) % 2, io.SEEK_CUR)
    raise BadInputError(f"the package {name} is damaged", why=f"it has no {wanted}")


def _decompressed(part: io.BufferedReader, suffix: str, name: str) -> BinaryIO:
    match suffix:
        case "":
            return cast("BinaryIO", part)
        case ".xz":
            return cast("BinaryIO", lzma.LZMAFile(part))
        case ".gz":
            return cast("BinaryIO", gzip.GzipFile(fileobj=part))
        case ".zst":
            return zstd_file(cast("BinaryIO", part), f"the package {name}")
        case other:
            raise LackError(f"the package {name} cannot be unpacked", why=f"compression {other} is not known")


class _Slice(io.RawIOBase):
    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        super().__init__()
        self._file = file
        self._start = start
        self._length = length
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = max(0, origin + offset)
        return self._at

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]  # typeshed's WriteableBuffer is not importable
        self._file.seek(self._start + self._at)
        data = self._file.read(max(0, min(len(buffer), self._length - self._at)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class _Limited:
    def __init__(self, stream: BinaryIO, limit: int, name: str) -> None:
        self._stream = stream
        self._left = limit
        self._limit = limit
        self._name = name

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise BadInputError(
                f"the package {self._name} is refused", why=f"it unpacks to more than {self._limit} bytes"
            )
        return data
