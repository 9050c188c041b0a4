"""Writing a wheel: the same input gives the same bytes."""

import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import BinaryIO

from crosswheel.errors import BadInputError
from crosswheel.wheel.deflate import BLOCK, Deflater, blocks
from crosswheel.wheel.directory import DEFLATED, STORED
from crosswheel.wheel.engine import crc32
from crosswheel.wheel.reader import WheelReader
from crosswheel.wheel.record import RecordRow, format_record, row_with, unhashed

# MS-DOS time, the zip format's, begins and ends there.
_FIRST = datetime(1980, 1, 1, tzinfo=UTC)
_LAST = datetime(2107, 12, 31, 23, 59, 58, tzinfo=UTC)
_UTF8_NAME = 0x800
_UNIX = 3
_VERSION, _VERSION_ZIP64 = 20, 45
_LARGE, _MANY = 0xFFFFFFFF, 0xFFFF
# What deflate cannot make smaller grows by 5 bytes for each 16 KiB or more, and by one empty block for each of ours.
_GROWTH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedMember:
    """A file that is taken over from another wheel as it is, compressed bytes and all.

    Arguments:
        path: from the root of both wheels.
        reader: the wheel that holds it.
        row: of RECORD, where its content was held against that already; None to have it read, and a row made.
    """

    path: str
    reader: WheelReader
    row: RecordRow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """A file that is new, or whose content changed.

    Arguments:
        path: from the root of the wheel.
        content: its bytes.
        executable: whether it may be executed.
    """

    path: str
    content: bytes
    executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedMember:
    """A file whose content is made when it is written.

    Arguments:
        path: from the root of the wheel.
        chunks: gives its bytes in order; called once, when it is its turn.
        size: how many they are.
        executable: whether it may be executed.
    """

    path: str
    chunks: Callable[[], Iterator[bytes | memoryview]]
    size: int
    executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    name: bytes
    method: int
    checksum: int
    compressed_size: int
    size: int
    mode: int
    offset: int


def write_wheel(
    file: BinaryIO,
    members: Iterable[CopiedMember | NewMember | EditedMember],
    *,
    dist_info: str,
    source_date_epoch: int,
    threads: int = 2,
) -> None:
    """Write a wheel: sorted, `.dist-info` last and RECORD, made anew, the very last (PEP 427's advice).

    Permissions become 0644 or 0755, every date the given one (not before 1980, where the zip format begins). RECORD
    and its signatures among the members are left out. Whatever the sizes, a few mebibytes of them are in memory.

    Arguments:
        file: open for writing, at its start, seekable.
        members: the files.
        dist_info: name of the .dist-info folder.
        source_date_epoch: seconds since 1970, UTC (reproducible-builds.org, SOURCE_DATE_EPOCH).
        threads: how many compress and check at a time; the bytes do not depend on it.

    Raises:
        BadInputError: two members have the same path, one that is copied is damaged, or its wheel is not sound.
    """
    chosen: dict[str, CopiedMember | NewMember | EditedMember] = {}
    for member in members:
        if member.path in chosen:
            raise _unwritable(f"{member.path} would be in it twice")
        if member.path not in unhashed(dist_info):
            chosen[member.path] = member
    for reader in {id(one.reader): one.reader for one in chosen.values() if isinstance(one, CopiedMember)}.values():
        reader.require_sound()
    ordered = sorted(chosen.values(), key=lambda member: (member.path.startswith(f"{dist_info}/"), member.path))
    writer = _Writer(file, _dos_time(source_date_epoch))
    with ThreadPoolExecutor(threads) as pool:
        deflater = Deflater(pool, 2 * threads)
        rows: list[RecordRow | Future[RecordRow]] = []
        try:
            rows = [_write(writer, member, pool, deflater) for member in ordered]
            whole = [row if isinstance(row, RecordRow) else row.result() for row in rows]
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
        record = f"{dist_info}/RECORD"
        whole.append(RecordRow(path=record, hash="", size=""))
        _write(writer, NewMember(path=record, content=format_record(whole)), pool, deflater)
    writer.finish()


def _write(
    writer: "_Writer", member: CopiedMember | NewMember | EditedMember, pool: Executor, deflater: Deflater
) -> RecordRow | Future[RecordRow]:
    if isinstance(member, CopiedMember) and member.row is not None:
        writer.copy(member)
        return member.row
    if isinstance(member, CopiedMember):
        # Another thread reads its content, for its hash and its checksum: this one need not wait for what that tells.
        checked = pool.submit(_row_of_copy, member)
        writer.copy(member)
        return checked
    chunks = iter((member.content,)) if isinstance(member, NewMember) else member.chunks()
    size = len(member.content) if isinstance(member, NewMember) else member.size
    return writer.add(member.path, size, chunks, deflater, 0o755 if member.executable else 0o644)


def _row_of_copy(member: CopiedMember) -> RecordRow:
    digest, size = hashlib.sha256(usedforsecurity=False), 0
    for piece in member.reader.pieces(member.path):
        digest.update(piece)
        size += len(piece)
    return row_with(member.path, digest.digest(), size)


def _unwritable(why: str) -> BadInputError:
    return BadInputError("a wheel cannot be written", why=why)


class _Hashed:
    """Blocks that are counted and hashed as they pass."""

    def __init__(self, content: Iterator[bytes]) -> None:
        self._content = content
        self._digest = hashlib.sha256(usedforsecurity=False)
        self.size = 0
        self.checksum = 0

    def __iter__(self) -> Iterator[bytes]:
        for block in self._content:
            self.size += len(block)
            self.checksum = crc32(block, self.checksum)
            self._digest.update(block)
            yield block

    def row(self, path: str) -> RecordRow:
        return row_with(path, self._digest.digest(), self.size)


class _Writer:
    """A zip archive as it grows (APPNOTE.TXT 6.3), ZIP64 where needed; nothing in it depends on the machine."""

    def __init__(self, file: BinaryIO, time: tuple[int, int]) -> None:
        self._file = file
        self._time, self._date = time
        self._offset = 0
        self._rows: list[_Row] = []

    def copy(self, member: CopiedMember) -> None:
        entry = member.reader.entry(member.path)
        row = _Row(
            name=member.path.encode(),
            method=entry.method,
            checksum=entry.checksum,
            compressed_size=entry.compressed_size,
            size=entry.size,
            mode=0o755 if entry.mode & 0o111 else 0o644,
            offset=self._offset,
        )
        self._put(self._header(row, large=max(row.size, row.compressed_size) >= _LARGE))
        for piece in member.reader.raw(member.path):
            self._put(piece)
        self._rows.append(row)

    def add(
        self, path: str, size: int, chunks: Iterable[bytes | memoryview], deflater: Deflater, mode: int
    ) -> RecordRow:
        content = _Hashed(blocks(chunks))
        row = _Row(
            name=path.encode(),
            method=DEFLATED,
            checksum=0,
            compressed_size=0,
            size=size,
            mode=mode,
            offset=self._offset,
        )
        if size <= BLOCK:  # small enough to look whether it grows
            plain = b"".join(content)
            packed = b"".join(deflater.deflate([plain]))
            stored = len(packed) >= len(plain)
            row = replace(row, method=STORED if stored else DEFLATED)
            stream: Iterable[bytes] = (plain if stored else packed,)
        else:
            stream = deflater.deflate(content)
        # The sizes that the header has to tell are known behind it only.
        large = size + size // _GROWTH >= _LARGE
        self._put(self._header(row, large=large))
        start = self._offset
        for piece in stream:
            self._put(piece)
        if content.size != size:
            raise _unwritable(f"{path} was said to have {size} bytes, and has {content.size}")
        row = replace(row, checksum=content.checksum, compressed_size=self._offset - start)
        self._file.seek(row.offset)
        self._file.write(self._header(row, large=large))
        self._file.seek(self._offset)
        self._rows.append(row)
        return content.row(path)

    def _header(self, row: _Row, *, large: bool) -> bytes:
        # Where one of the two does not fit, a local header has both of them in the ZIP64 field (APPNOTE.TXT 4.5.3).
        extra = _zip64((row.size, row.compressed_size) if large else ())
        sizes = (_LARGE, _LARGE) if large else (row.compressed_size, row.size)
        return b"PK\3\4" + self._common(row, sizes, extra) + row.name + extra

    def finish(self) -> None:
        start = self._offset
        for row in self._rows:
            extra = _zip64(tuple(number for number in (row.size, row.compressed_size, row.offset) if number >= _LARGE))
            sizes = (min(row.compressed_size, _LARGE), min(row.size, _LARGE))
            head = b"PK\1\2" + bytes((_VERSION_ZIP64 if extra else _VERSION, _UNIX))
            tail = struct.pack("<HHHII", 0, 0, 0, (0o100000 | row.mode) << 16, min(row.offset, _LARGE))
            self._put(head + self._common(row, sizes, extra) + tail + row.name + extra)
        size, count, end = self._offset - start, len(self._rows), self._offset
        if count >= _MANY or end >= _LARGE:
            fields = (44, _UNIX << 8 | _VERSION_ZIP64, _VERSION_ZIP64, 0, 0, count, count, size, start)
            self._put(struct.pack("<4sQHHIIQQQQ", b"PK\6\6", *fields))
            self._put(struct.pack("<4sIQI", b"PK\6\7", 0, end, 1))
        few = min(count, _MANY)
        self._put(struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, few, few, min(size, _LARGE), min(start, _LARGE), 0))

    def _common(self, row: _Row, sizes: tuple[int, int], extra: bytes) -> bytes:
        """Return the fields that a local header and a row of the directory share."""
        return struct.pack(
            "<HHHHHIIIHH",
            _VERSION_ZIP64 if extra else _VERSION,
            0 if row.name.isascii() else _UTF8_NAME,
            row.method,
            self._time,
            self._date,
            row.checksum,
            *sizes,
            len(row.name),
            len(extra),
        )

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._offset += len(data)


def _zip64(numbers: tuple[int, ...]) -> bytes:
    if not numbers:
        return b""
    return struct.pack(f"<HH{len(numbers)}Q", 1, 8 * len(numbers), *numbers)


def _dos_time(epoch: int) -> tuple[int, int]:
    """Return the time and the date of the zip format; out of its range the nearest that it has."""
    moment = min(max(epoch, int(_FIRST.timestamp())), int(_LAST.timestamp()))
    at = datetime.fromtimestamp(moment, UTC)
    return at.hour << 11 | at.minute << 5 | at.second // 2, (at.year - _FIRST.year) << 9 | at.month << 5 | at.day
