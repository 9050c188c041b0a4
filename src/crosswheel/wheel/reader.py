"""Reading a wheel from an open file: nothing in it is believed before it is checked."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from crosswheel.errors import BadInputError
from crosswheel.wheel.directory import (
    DEFLATED,
    LOCAL_HEADER,
    DirectoryError,
    Entry,
    MemberFault,
    MemberProblem,
    read_directory,
)
from crosswheel.wheel.engine import DeflateError, crc32, inflated, new_inflater
from crosswheel.wheel.headers import header_fields
from crosswheel.wheel.metadata import WheelMetadata
from crosswheel.wheel.name import WheelName, same_project, same_version

if TYPE_CHECKING:
    from mmap import mmap

    from crosswheel.wheel.record import RecordRow

Scratch = Callable[[int], "mmap"]
"""Gives room for that many bytes outside of memory: a shared mapping of a temporary file, which the caller removes."""

AT_ONCE = 1024 * 1024
"""Bytes of a member that are inflated at once where it is not kept whole."""
_READ = 256 * 1024  # what inflating leaves over is copied, and should be in the processor's cache
_START = 512
_NEAR = 64 * 1024
_EXTRA = 64  # bytes that an extra field mostly has at most
_LARGEST_IN_MEMORY = 96 * 1024 * 1024
_LARGEST_PIECE = 32 * 1024 * 1024
_LARGEST_TEXT = 32 * 1024 * 1024  # no RECORD and no METADATA is nearly so long
_RELEASE = 16 * 1024 * 1024


class DamagedMemberError(BadInputError):
    """A member's content is not what the archive's directory says.

    Arguments:
        problem: the same as a value.
    """

    def __init__(self, name: str, problem: MemberProblem) -> None:
        super().__init__(
            f"{name} is not a wheel that can be used",
            why=f"{problem.path} {problem.reason}",
            hint="build it or fetch it again",
        )
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file in a wheel.

    Arguments:
        path: from the root, with forward slashes.
        size: in bytes, as the archive's directory says.
        compressed_size: in bytes.
        executable: whether somebody may execute it.
    """

    path: str
    size: int
    compressed_size: int
    executable: bool


class WheelReader:
    """A wheel whose names were checked; contents are read when they are asked for, from any thread.

    Members with problems are left out of `members`. Who only looks tells them; whoever installs, copies or repairs a
    wheel calls `require_sound` ahead.

    Arguments:
        file: open for reading, seekable; it stays the caller's to close.
        name: its file name.
        scratch: gives room for machine code that is too large for memory; None: memory it is.

    Raises:
        BadInputError: it is no zip archive; it has not exactly one .dist-info folder with METADATA, WHEEL and RECORD,
            or that is another project's.
    """

    def __init__(self, file: BinaryIO, name: str | WheelName, *, scratch: Scratch | None = None) -> None:
        self._file = file
        self._lock = Lock()
        self._scratch = scratch
        self.name = name if isinstance(name, WheelName) else WheelName.parse(name)
        try:
            self._entries, self.problems = read_directory(file)
        except (DirectoryError, OSError) as error:
            self._refuse(f"it is no zip archive that can be read: {error}", error)
        self.members: Mapping[str, Member] = {
            path: Member(
                path=path,
                size=entry.size,
                compressed_size=entry.compressed_size,
                executable=bool(entry.mode & 0o111),
            )
            for path, entry in self._entries.items()
        }
        self.dist_info = self._find_dist_info()

    def require_sound(self) -> None:
        """Return nothing where every member may be installed or copied.

        Raises:
            BadInputError: one has a problem; it says which.
        """
        if self.problems:
            told = tuple(f"{problem.path!r} {problem.reason}" for problem in self.problems)
            raise BadInputError(
                f"{self.name} is not a wheel that can be used",
                why=told[0],
                hint="build it or fetch it again",
                details=told[1:20],
            )

    def read(self, path: str) -> bytes:
        """Return the content of a member.

        Raises:
            BadInputError: there is none, or it is damaged (cut off, another checksum).
        """
        return b"".join(self.pieces(path))

    def pieces(self, path: str, *, at_once: int = AT_ONCE) -> Iterator[bytes]:
        """Yield the content of a member, piece by piece; its size and checksum are held against it at the end.

        Arguments:
            path: of the member.
            at_once: bytes that one piece has at most.

        Raises:
            BadInputError: there is none, or it is damaged. What was yielded before is not to be trusted then.
        """
        entry = self.entry(path)
        size, checksum = 0, 0
        # What fits into one piece is read and inflated by one call: fewer turns at the interpreter's lock.
        raw = self._raw(entry, step=max(entry.compressed_size, 1) if entry.size < at_once else _READ)
        try:
            for piece in inflated(raw, min(at_once, entry.size + 1)) if entry.method == DEFLATED else raw:
                size += len(piece)
                if size > entry.size:
                    break
                checksum = crc32(piece, checksum)
                yield piece
        except DeflateError as error:
            self._damaged(entry, MemberFault.DAMAGED, f"is damaged ({error})", error)
        if size != entry.size:
            self._damaged(entry, MemberFault.SIZE, "has another size than the archive's directory says")
        if checksum != entry.checksum:
            self._damaged(entry, MemberFault.DAMAGED, "is damaged (it has another checksum)")

    def start(self, path: str) -> bytes:
        """Return the first bytes of a member, 512 at most; nothing tells whether they are damaged.

        Raises:
            BadInputError: there is none, or its beginning is damaged.
        """
        entry = self.entry(path)
        piece = next(self._raw(entry, step=_START), b"")
        try:
            return new_inflater().decompress(piece, _START) if entry.method == DEFLATED else piece
        except DeflateError as error:
            self._damaged(entry, MemberFault.DAMAGED, f"is damaged ({error})", error)

    def load(self, path: str, each: Callable[[bytes], None] | None = None) -> memoryview:
        """Return the content of a member as a whole: in memory, or, where it is large, in the caller's scratch.

        Arguments:
            path: of the member.
            each: is given its content as it comes, piece by piece, such as a hash.

        Raises:
            BadInputError: there is none, or it is damaged.
        """
        size = self.entry(path).size
        if size < _LARGEST_PIECE:
            content = b"".join(self.pieces(path, at_once=_LARGEST_PIECE))
            if each is not None:
                each(content)
            return memoryview(content)
        in_memory = size <= _LARGEST_IN_MEMORY or self._scratch is None
        room: bytearray | mmap = bytearray(size) if in_memory or self._scratch is None else self._scratch(size)
        at = released = 0
        with memoryview(room) as view:
            for piece in self.pieces(path):
                view[at : at + len(piece)] = piece
                at += len(piece)
                if each is not None:
                    each(piece)
                if at - released >= _RELEASE:
                    released = release(view, released, at)
            release(view, released, at)
        return memoryview(room).toreadonly()

    def load_into(self, room: memoryview, path: str, each: Callable[[bytes], None] | None = None) -> memoryview:
        """Return the content of a member as a whole, in the beginning of a room that the caller uses again.

        Memory that was used before is in place already: fresh memory costs about as much as inflating.

        Arguments:
            room: at least as large as the member.
            path: of the member.
            each: is given its content as it comes, piece by piece, such as a hash.

        Raises:
            BadInputError: there is none, or it is damaged.
        """
        at = 0
        for piece in self.pieces(path):
            end = at + len(piece)
            room[at:end] = piece
            at = end
            if each is not None:
                each(piece)
        return room[:at].toreadonly()

    def entry(self, path: str) -> Entry:
        """Return the row of the archive's directory for a member.

        Raises:
            BadInputError: there is none.
        """
        entry = self._entries.get(path)
        if entry is None:
            self._refuse(f"{path} is not in it")
        return entry

    def raw(self, path: str) -> Iterator[bytes]:
        """Yield the bytes of a member as they stand in the archive, compressed or not.

        Only a member whose `pieces` were read to their end is good for copying: the checksum is of what comes out.

        Raises:
            BadInputError: its own header contradicts the directory, or it is cut off.
        """
        return self._raw(self.entry(path))

    def identity(self) -> tuple[str, str]:
        """Return Name and Version of METADATA (core metadata specification), "" where there is none.

        Raises:
            BadInputError: METADATA is damaged.
        """
        try:
            fields = dict(reversed(header_fields(self.text("METADATA"))))
        except ValueError as error:
            self._refuse(f"its METADATA cannot be read: {error}", error)
        return fields.get("name", ""), fields.get("version", "")

    def wheel_metadata(self) -> WheelMetadata:
        """Return what the WHEEL file says."""
        return WheelMetadata.parse(self.text("WHEEL"))

    def record(self) -> "tuple[RecordRow, ...]":
        """Return the rows of RECORD."""
        from crosswheel.wheel.record import parse_record

        return parse_record(self.text("RECORD"))

    def text(self, name: str) -> bytes:
        """Return one of the files of .dist-info.

        Raises:
            BadInputError: there is none, or it is damaged, or so long that it can be none.
        """
        path = f"{self.dist_info}/{name}"
        if self.entry(path).size > _LARGEST_TEXT:
            self._refuse(f"{path} in it claims {self.members[path].size} bytes")
        return self.read(path)

    def _raw(self, entry: Entry, *, step: int = _READ) -> Iterator[bytes]:
        """Yield a member's bytes as they stand in the archive."""
        # Most members are small: their header and they themselves come with one reading.
        near = min(step, entry.compressed_size) if min(step, entry.compressed_size) <= _NEAR else 0
        with self._lock:
            self._file.seek(entry.offset)
            head = self._file.read(LOCAL_HEADER + len(entry.raw_name) + _EXTRA + near)
        at = self._content_offset(entry, head)
        end = at + entry.compressed_size
        if near and (piece := head[at - entry.offset : min(at + near, end) - entry.offset]):
            at += len(piece)
            yield piece
        while at < end:
            with self._lock:
                self._file.seek(at)
                piece = self._file.read(min(step, end - at))
            if not piece:
                self._damaged(entry, MemberFault.DAMAGED, "is cut off")
            at += len(piece)
            yield piece

    def _content_offset(self, entry: Entry, head: bytes) -> int:
        """Return where in the file a member's bytes begin, once its own header was held against the directory."""
        from crosswheel.wheel.local import header_fault, header_size

        if len(head) < LOCAL_HEADER:
            self._damaged(entry, MemberFault.DAMAGED, "has no header of its own where the directory says")
        size = header_size(head)
        if size > len(head):
            with self._lock:
                self._file.seek(entry.offset)
                head = self._file.read(size)
        if fault := header_fault(head[:size], entry):
            self._damaged(entry, *fault)
        return entry.offset + size

    def _find_dist_info(self) -> str:
        found = {path.split("/")[0] for path in self._entries if path.split("/")[0].endswith(".dist-info")}
        if len(found) != 1:
            self._refuse(f"it has {len(found)} .dist-info folders, not one")
        (folder,) = found
        missing = [name for name in ("METADATA", "WHEEL", "RECORD") if f"{folder}/{name}" not in self._entries]
        if missing:
            self._refuse(f"{folder}/{missing[0]} is missing")
        name, _, version = folder.removesuffix(".dist-info").rpartition("-")
        if not (same_project(name, self.name.distribution) and same_version(version, self.name.version)):
            self._refuse(f"its {folder} belongs to another project or version than its file name says")
        return folder

    def _refuse(self, why: str, cause: Exception | None = None) -> NoReturn:
        raise BadInputError(
            f"{self.name} is not a wheel that can be used", why=why, hint="build it or fetch it again"
        ) from cause

    def _damaged(self, entry: Entry, kind: MemberFault, reason: str, cause: Exception | None = None) -> NoReturn:
        raise DamagedMemberError(str(self.name), MemberProblem(path=entry.path, kind=kind, reason=reason)) from cause


def release(content: memoryview, start: int, end: int) -> int:
    """Give the memory of a part of a scratch back, and return up to where that went; its content stays in the file.

    Arguments:
        content: what `load` or `load_into` returned, whole; of memory itself nothing is given back.
        start: where the part begins, a multiple of the page size.
        end: where it ends.
    """
    import mmap

    room = content.obj
    if len(content) <= _LARGEST_IN_MEMORY or not isinstance(room, mmap.mmap) or not hasattr(room, "madvise"):
        return end
    whole = end // mmap.PAGESIZE * mmap.PAGESIZE
    if whole > start:
        room.madvise(mmap.MADV_DONTNEED, start, whole - start)
    return whole


def read_wheel(file: BinaryIO, name: str | WheelName, *, scratch: Scratch | None = None) -> WheelReader:
    """Return a reader of the wheel; see `WheelReader`."""
    return WheelReader(file, name, scratch=scratch)
