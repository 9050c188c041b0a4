"""The folder that an archive becomes, and the rules for what may be in it.

Nothing is written through a link, because links are made last, and looked at when all of them are there.
"""

import errno
import lzma
import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, NoReturn, Protocol, TypeVar

from crosswheel.errors import BadInputError, LackError

_T = TypeVar("_T")
_CHUNK = 1 << 18
_LONGEST_LINK = 4096  # PATH_MAX
_BLOCK = 512  # of a tar file
# What the file system says of names that it cannot hold: the archive's fault, not the disk's.
_BAD_NAMES = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.ELOOP, errno.ENOTDIR, errno.EISDIR})
# What Python's readers raise for broken archives; OSError is gzip's and bz2's word for it.
DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    IndexError,
    KeyError,
    NotImplementedError,
    RuntimeError,  # zipfile's word for an encrypted member, and RecursionError
    MemoryError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much an archive may unpack to.

    Arguments:
        size: bytes of all files together.
        members: how many files, folders and links.
        links: how many symbolic links; each may lead through others, so that they cost far more than files.
        ratio: how many times its own size, once it is larger than `free`.
        free: bytes that are let through whatever the ratio.
    """

    size: int = 8 << 30
    members: int = 500_000
    links: int = 10_000
    ratio: int = 200
    free: int = 256 << 20


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Tree:
    """The folder that an archive becomes: the rules for what may be in it."""

    def __init__(self, root: Path, shown: str, packed: int, limits: Limits) -> None:
        self.root = root
        self.shown = shown
        self._limits = limits
        self._allowed = min(limits.size, max(limits.free, packed * limits.ratio))
        self._written = 0
        self._kinds: dict[tuple[str, ...], str] = {}
        self._links: dict[tuple[str, ...], str] = {}

    def refuse(self, why: str, hint: str = "do not build from it; tell those who offer it") -> NoReturn:
        """Raise the error of an archive that no source archive should be like."""
        raise BadInputError(f"{self.shown} was not unpacked", why=why, hint=hint)

    def damaged(self, error: BaseException | None = None, why: str = "") -> BadInputError:
        """Return the error of an archive that cannot be read to its end."""
        said = why or str(error) or type(error).__name__
        return BadInputError(
            f"{self.shown} is damaged",
            why=printable(said),
            hint="fetch it again; if it stays so, get it from elsewhere",
        )

    def longest_stream(self) -> int:
        """Return how many bytes of tar file, headers and all, the limits leave room for."""
        return self._allowed + (self._limits.members * 4 + 20) * _BLOCK

    def begin(self) -> None:
        """Make the folder."""
        self._write(lambda: self.root.mkdir(parents=True, exist_ok=True), ())
        if any(self.root.iterdir()):
            raise ValueError(f"{self.root} has to be empty")

    def folder(self, name: str) -> None:
        """Make a folder in it."""
        path = self._place(name, "folder")
        if path:
            self._write(lambda: self.root.joinpath(*path).mkdir(parents=True, exist_ok=True), path)

    def file(self, name: str, content: _Readable, size: int, mode: int, mtime: float) -> None:
        """Write a file of that size; of the mode, the owner's executable bit counts."""
        path = self._place(name, "file")
        if not path:
            self.refuse("a file in it has no name")
        target = self.root.joinpath(*path)
        self._claim(size)
        with self._create(target, path) as out:
            left = size
            while left:
                chunk = self._read(content, min(left, _CHUNK))
                if not chunk:
                    raise self.damaged(why=f"{printable(name)} breaks off")
                left -= len(chunk)
                self._write(partial(out.write, chunk), path)
        self._finish_file(target, mode, mtime, path)

    def hard_link(self, name: str, target: str, mode: int, mtime: float) -> None:
        """Make a copy of a file that came before; two names of one file would change together."""
        source = self._parts(target)
        if self._kinds.get(source) != "file":
            self.refuse(f"{printable(name)} is a hard link to {printable(target)}, which is no file in it")
        path = self._place(name, "file")
        if path == source:
            return
        original = self.root.joinpath(*source)
        self._claim(original.stat().st_size)
        place = self.root.joinpath(*path)
        self._write(lambda: place.parent.mkdir(parents=True, exist_ok=True), path)
        self._write(lambda: shutil.copyfile(original, place), path)
        self._finish_file(place, mode, mtime, path)

    def link(self, name: str, target: str) -> None:
        """Remember a symbolic link; `finish` makes it."""
        path = self._place(name, "link")
        if not path or not target or "\0" in target or len(os.fsencode(target)) > _LONGEST_LINK:
            self.refuse(f"{printable(name)} is a link to nothing")
        if target.startswith("/"):
            self.refuse(f"{printable(name)} is a link to {printable(target)}, outside of it")
        if len(self._links) >= self._limits.links:
            self.refuse(f"it has more than {self._limits.links} links")
        self._links[path] = target

    def finish(self) -> Path:
        """Make the links, see that none leaves, and return the one folder."""
        for path, target in self._links.items():
            place = self.root.joinpath(*path)
            self._write(partial(place.parent.mkdir, parents=True, exist_ok=True), path)
            self._write(partial(place.symlink_to, target), path)
        real = os.path.realpath(self.root)
        for path, target in self._links.items():
            # Only now is every link there that this one may lead through.
            try:
                led = os.path.realpath(self.root.joinpath(*path))
            except RecursionError:
                self.refuse(f"{printable('/'.join(path))} is a link that leads through hundreds of others")
            if led != real and not led.startswith(real + os.sep):
                self.refuse(f"{printable('/'.join(path))} is a link to {printable(target)}, outside of it")
        tops = {path[0] for path in self._kinds}
        if len(tops) != 1 or not (top := self.root / min(tops)).is_dir() or top.is_symlink():
            found = ", ".join(sorted(printable(top) for top in tops)[:5]) or "nothing"
            raise BadInputError(
                f"{self.shown} is no source archive",
                why=f"it has to hold one folder, NAME-VERSION (PEP 517), and holds {found}",
                hint="unpack it and give the folder with pyproject.toml or setup.py",
            )
        return top

    def _parts(self, name: str) -> tuple[str, ...]:
        if name.startswith("/"):
            self.refuse(f"{printable(name)} is an absolute path")
        parts = tuple(part for part in name.split("/") if part not in {"", "."})
        if ".." in parts:
            self.refuse(f"{printable(name)} leads out of it")
        if "\0" in name:
            self.refuse(f"{printable(name)} is no file name")
        return parts

    def _place(self, name: str, kind: str) -> tuple[str, ...]:
        """Return the path of a new member, after a look at what came before."""
        path = self._parts(name)
        if len(self._kinds) >= self._limits.members:
            self.refuse(f"it has more than {self._limits.members} members")
        for end in range(1, len(path)):
            if self._kinds.setdefault(path[:end], "folder") != "folder":
                self.refuse(f"{printable(name)} is inside of something that is no folder")
        before = self._kinds.get(path, kind)
        # A file or folder may come twice, as in any tar file; anything else is a trick.
        if path and (before != kind or path in self._links):
            self.refuse(f"{printable(name)} comes twice, as different things")
        if path:
            self._kinds[path] = kind
        return path

    def _claim(self, size: int) -> None:
        self._written += size
        if size < 0 or self._written > self._allowed:
            self.refuse(f"it unpacks to more than {self._allowed >> 20} MB")

    def _create(self, target: Path, path: tuple[str, ...]) -> IO[bytes]:
        def create() -> IO[bytes]:
            target.parent.mkdir(parents=True, exist_ok=True)
            return target.open("wb")

        return self._write(create, path)

    def _finish_file(self, target: Path, mode: int, mtime: float, path: tuple[str, ...]) -> None:
        # NaN compares with nothing; the year 2242 is late enough for any file system.
        when = mtime if 0 <= mtime < 1 << 33 else 0
        self._write(lambda: target.chmod(0o755 if mode & stat.S_IXUSR else 0o644), path)
        self._write(lambda: os.utime(target, (when, when)), path)

    def _read(self, content: _Readable, size: int) -> bytes:
        try:
            return content.read(size)
        except BadInputError:
            raise
        except DAMAGE as error:
            raise self.damaged(error) from error

    def _write(self, act: Callable[[], _T], path: tuple[str, ...]) -> _T:
        try:
            return act()
        except (OSError, UnicodeError, ValueError) as error:
            if not isinstance(error, OSError) or error.errno in _BAD_NAMES:
                self.refuse(f"{printable('/'.join(path))[:200]} is no name that can be written")
            raise LackError(
                f"{self.shown} could not be unpacked",
                why=error.strerror or str(error),
                hint=f"make room in {self.root.parent}, or give another cache folder (CROSSWHEEL_CACHE)",
            ) from error


def printable(text: str) -> str:
    """Return text of an archive as a message may hold it: no control characters, no bytes that are no text."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "backslashreplace").decode() for char in text
    )
