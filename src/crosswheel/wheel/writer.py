"""Writing a wheel: the same input gives the same bytes."""

import struct
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from crosswheel.errors import BadInputError
from crosswheel.wheel.reader import WheelReader
from crosswheel.wheel.record import RecordRow, format_record, row_of, unhashed

# Everybody's zlib gives nearly the same size above 6; 9 costs twice the time for less than a percent.
_LEVEL = 6
# MS-DOS time, the zip format's, begins and ends there.
_FIRST = datetime(1980, 1, 1, tzinfo=UTC)
_LAST = datetime(2107, 12, 31, 23, 59, 58, tzinfo=UTC)
_UTF8_NAME = 0x800
_UNIX = 3
_VERSION, _VERSION_ZIP64 = 20, 45
_LARGE, _MANY = 0xFFFFFFFF, 0xFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedMember:
    """A file that is taken over from another wheel as it is.

    Arguments:
        path: from the root of both wheels.
        reader: the wheel that holds it.
    """

    path: str
    reader: WheelReader


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
class _Row:
    name: bytes
    method: int
    checksum: int
    compressed_size: int
    size: int
    mode: int
    offset: int


def write_wheel(
    file: BinaryIO, members: Iterable[CopiedMember | NewMember], *, dist_info: str, source_date_epoch: int
) -> None:
    """Write a wheel: sorted, `.dist-info` last and RECORD, made anew, the very last (PEP 427's advice).

    Permissions become 0644 or 0755, every date the given one (not before 1980, where the zip format begins). RECORD
    and its signatures among the members are left out.

    Arguments:
        file: open for writing, at its start; need not be seekable.
        members: the files.
        dist_info: name of the .dist-info folder.
        source_date_epoch: seconds since 1970, UTC (reproducible-builds.org, SOURCE_DATE_EPOCH).

    Raises:
        BadInputError: two members have the same path, one that is copied is damaged, or its wheel is not sound.
    """
    chosen: dict[str, CopiedMember | NewMember] = {}
    for member in members:
        if isinstance(member, CopiedMember):
            member.reader.require_sound()
        if member.path in chosen:
            raise BadInputError("a wheel cannot be written", why=f"{member.path} would be in it twice")
        if member.path not in unhashed(dist_info):
            chosen[member.path] = member
    ordered = sorted(chosen.values(), key=lambda member: (member.path.startswith(f"{dist_info}/"), member.path))
    writer = _Writer(file, _dos_time(source_date_epoch))
    rows = [_write(writer, member) for member in ordered]
    record = f"{dist_info}/RECORD"
    rows.append(RecordRow(path=record, hash="", size=""))
    _write(writer, NewMember(path=record, content=format_record(rows)))
    writer.finish()


def _write(writer: "_Writer", member: CopiedMember | NewMember) -> RecordRow:
    if isinstance(member, CopiedMember):
        content = member.reader.read(member.path)
        executable = member.reader.members[member.path].executable
    else:
        content, executable = member.content, member.executable
    deflated = member.reader.deflated(member.path) if isinstance(member, CopiedMember) else None
    raw = None if deflated is None else b"".join(deflated)
    if raw is None:
        compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        raw = compressor.compress(content) + compressor.flush()
    writer.add(member.path, content, raw, 0o755 if executable else 0o644)
    return row_of(member.path, content)


class _Writer:
    """A zip archive as it grows (APPNOTE.TXT 6.3), ZIP64 where needed; nothing in it depends on the machine."""

    def __init__(self, file: BinaryIO, time: tuple[int, int]) -> None:
        self._file = file
        self._time, self._date = time
        self._offset = 0
        self._rows: list[_Row] = []

    def add(self, path: str, content: bytes, deflated: bytes, mode: int) -> None:
        stored = len(deflated) >= len(content)
        row = _Row(
            name=path.encode(),
            method=zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED,
            checksum=zlib.crc32(content),
            compressed_size=len(content) if stored else len(deflated),
            size=len(content),
            mode=mode,
            offset=self._offset,
        )
        # Where one of the two does not fit, a local header has both of them in the ZIP64 field (APPNOTE.TXT 4.5.3).
        large = max(row.size, row.compressed_size) >= _LARGE
        extra = _zip64((row.size, row.compressed_size) if large else ())
        sizes = (_LARGE, _LARGE) if large else (row.compressed_size, row.size)
        self._put(b"PK\3\4" + self._common(row, sizes, extra) + row.name + extra)
        self._put(content if stored else deflated)
        self._rows.append(row)

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
