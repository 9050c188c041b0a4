"""Opens tar archives, compressed or not, without trust in who made them."""

import bz2
import contextlib
import gzip
import importlib
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from crosswheel.errors import BadInputError, LackError

_CHUNK = 1 << 18
_LONGEST_READ = 64 << 20  # bytes at once; tarfile asks for more only where a header lies
_BLOCK = 512  # of a tar file
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# What tarfile and what is under it raise for what is broken.
_DAMAGE = (
    tarfile.TarError,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    ValueError,
    OverflowError,
    IndexError,
    KeyError,
    RecursionError,
    MemoryError,
)


@contextlib.contextmanager
def open_tar(path: Path, *, name: str, limit: int) -> Iterator[tarfile.TarFile]:
    """Give a tar archive, to be read once from its beginning; when the block ends, it has been read to its end.

    So one that is cut off, or whose check sum is wrong, is told even where its last member came whole. Whatever breaks
    while it is read leaves the block as the errors named here; OSError is the disk's.

    Arguments:
        path: of the archive: plain, or gzip, bzip2, xz or Zstandard, told by its content.
        name: for people.
        limit: bytes that it may have when it is decompressed (a "bomb" has more).

    Raises:
        BadInputError: it is damaged, or larger than it may be.
        LackError: it cannot be decompressed here.
    """
    try:
        with contextlib.ExitStack() as stack:
            stream = _Bounded(stack.enter_context(_decompressed(path, name)), limit, name)
            # mode "r:": decompressed here already. A stream of tarfile's own kind ("r|") would hide how it ended.
            tar = stack.enter_context(
                tarfile.open(fileobj=cast("BinaryIO", stream), mode="r:", encoding="utf-8", errors="surrogateescape")
            )
            yield tar
            for _ in tar:
                pass
            if len(stream.last) == _BLOCK and any(stream.last):
                # tarfile takes a header that it cannot read for the end.
                raise _damaged(name, "a header in its middle is none")
            stream.drain()
    except _DAMAGE as error:
        raise _damaged(name, str(error) or type(error).__name__) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise _damaged(name, str(error)) from error  # gzip's and bz2's word for it


def _damaged(name: str, why: str) -> BadInputError:
    # What tarfile says may have names out of the archive in it.
    shown = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in why)
    hint = "fetch it again; if it stays so, get it from elsewhere"
    return BadInputError(f"{name} is damaged", why=shown, hint=hint)


def zstd_file(file: BinaryIO, name: str) -> BinaryIO:
    """Return a file that gives what is in a Zstandard stream (RFC 8878).

    Arguments:
        file: the stream.
        name: for people.

    Raises:
        LackError: nothing here can decompress it.
    """
    # In the standard library since Python 3.14 (PEP 784).
    for module in ("compression.zstd", "backports.zstd"):
        with contextlib.suppress(ImportError):
            return cast("BinaryIO", importlib.import_module(module).ZstdFile(file))
    raise LackError(
        f"{name} cannot be unpacked",
        why="it is compressed with Zstandard, and the package backports.zstd is not installed",
        hint="python -m pip install backports.zstd",
    )


class _Bounded:
    """A decompressed stream that tarfile reads: it never gives more at once than a header honestly asks for."""

    def __init__(self, stream: BinaryIO, limit: int, name: str) -> None:
        self._stream = stream
        self._limit = limit
        self._name = name
        self._position = 0
        self.last = b""

    def read(self, size: int = -1, /) -> bytes:
        if not 0 <= size <= _LONGEST_READ:
            raise _damaged(self._name, "one of its headers is larger than any that is honest")
        data = self._stream.read(size)
        self._position += len(data)
        if self._position > self._limit:
            raise BadInputError(
                f"{self._name} is refused",
                why=f"it unpacks to more than {self._limit >> 20} MB",
                hint="do not use it; tell those who offer it",
            )
        if size:
            self.last = data
        return data

    def tell(self) -> int:
        return self._position

    def seek(self, position: int, whence: int = 0, /) -> int:
        if whence != 0 or position < self._position:
            raise tarfile.ReadError("it leads backwards")
        while self._position < position:
            if not self.read(min(position - self._position, _CHUNK)):
                break
        return self._position

    def drain(self) -> None:
        """Read to the end, where gzip, bzip2 and xz keep their check sums."""
        while self.read(_CHUNK):
            pass


@contextlib.contextmanager
def _decompressed(path: Path, name: str) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        magic = file.read(6)
        file.seek(0)
        if magic.startswith(b"\x1f\x8b"):
            yield cast("BinaryIO", gzip.GzipFile(fileobj=file))
        elif magic.startswith(b"BZh"):
            yield cast("BinaryIO", bz2.BZ2File(file))
        elif magic.startswith(b"\xfd7zXZ\x00"):
            yield cast("BinaryIO", lzma.LZMAFile(file))  # noqa: SIM115 `file` is closed
        elif magic.startswith(_ZSTD_MAGIC):
            yield zstd_file(file, name)
        else:
            yield file
