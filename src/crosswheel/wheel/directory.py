"""The directory of a zip archive (APPNOTE.TXT 6.3), read for what a wheel may be: nothing in it is believed."""

import stat
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO, NamedTuple

_END = struct.Struct("<4s4H2LH")
_END_64_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_ROW = struct.Struct("<4s6H3L5H2L")
_LONGEST_COMMENT = 0xFFFF
LARGE = 0xFFFFFFFF
"""What stands in a field of 4 bytes where ZIP64 has the number."""
_MANY = 0xFFFF
_MOST_MEMBERS = 200_000
_LARGEST_DIRECTORY = 64 * 1024 * 1024
STORED, DEFLATED = 0, 8
LOCAL_HEADER = 30
"""Bytes of a local header ahead of the name."""
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # also strong encryption, and a masked header
_UTF8_NAME = 0x800
# Deflate gives at most 1032 bytes for one (zlib, "Maximum Compression Factor"): whoever claims more lies.
_DEFLATE_FACTOR = 1032
_SLACK = 1024
# What grows so much, and to so much, holds nothing that anybody would install.
_BOMB_FACTOR, _BOMB_SIZE = 200, 256 * 1024 * 1024
ZIP64_EXTRA = 0x0001
_UNICODE_PATH = 0x7075
SECOND_NAME = "has a second name, which some installers use"
_NOWHERE = frozenset({"", ".", ".."})
_FORBIDDEN = frozenset("\\:").union(map(chr, range(32)), "\x7f")


class MemberFault(Enum):
    """What can be wrong with a member of an archive, whatever its content is."""

    HOSTILE = "hostile"
    """Its name is absolute, leads outside, or holds what file systems forbid."""
    DUPLICATE = "duplicate"
    """Another member has its name."""
    SPECIAL = "special"
    """A link or a device."""
    ENCRYPTED = "encrypted"
    METHOD = "method"
    """It is compressed by a method that not every installer reads."""
    OVERLAP = "overlap"
    """It shares bytes with another member, or with the directory."""
    SIZE = "size"
    """It claims, or turned out to have, a size that cannot be."""
    DAMAGED = "damaged"
    """Its content is cut off or has another checksum, or its own header contradicts the directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberProblem:
    """One member that is not as an archive's member has to be.

    Arguments:
        path: its name as the directory has it.
        kind: of fault.
        reason: what is wrong, as a part of a sentence that begins with the path.
    """

    path: str
    kind: MemberFault
    reason: str


class Entry(NamedTuple):
    """One row of the directory.

    Arguments:
        path: its name; a folder's ends with a slash.
        raw_name: as it stands.
        method: of compression.
        flags: general purpose bits.
        checksum: CRC-32.
        compressed_size: in bytes.
        size: in bytes, inflated.
        mode: Unix permissions and kind; 0 where there are none.
        offset: of its local header in the file.
        renamed: whether another field of the row gives it a second name.
        limit: where the next member, or the directory, begins.
    """

    path: str
    raw_name: bytes
    method: int
    flags: int
    checksum: int
    compressed_size: int
    size: int
    mode: int
    offset: int
    renamed: bool
    limit: int


class DirectoryError(ValueError):
    """The file is no zip archive, or its directory is damaged; the message is a part of a sentence."""


def read_directory(file: BinaryIO) -> tuple[Mapping[str, Entry], tuple[MemberProblem, ...]]:
    """Return the files of an archive by name, in the directory's order, and the members that are left out.

    Of members that share a name the last stays, which is the one that Python's zipfile reads.

    Raises:
        DirectoryError: there is no directory, it is cut off, or it contradicts its own end.
    """
    start, content, count = _find(file)
    entries, problems = _checked(tuple(_rows(content, count, start)))
    return entries, tuple(problems)


def _find(file: BinaryIO) -> tuple[int, bytes, int]:
    """Return where the directory begins, its bytes, and how many rows it is said to have."""
    length = file.seek(0, 2)
    tail_at = max(length - _END.size - _LONGEST_COMMENT, 0)
    file.seek(tail_at)
    tail = file.read(length - tail_at)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or at + _END.size > len(tail):
        raise DirectoryError("its end is missing")
    _, disk, first_disk, count_here, count, size, offset, comment = _END.unpack_from(tail, at)
    if at + _END.size + comment != len(tail):
        raise DirectoryError("something follows its end")
    end = tail_at + at
    locator_at = end - _END_64_LOCATOR.size
    if locator_at >= 0 and (_MANY in (disk, first_disk, count_here, count) or LARGE in (size, offset)):
        file.seek(locator_at)
        locator = file.read(_END_64_LOCATOR.size)
        if locator[:4] == b"PK\6\7":
            _, _, end, _ = _END_64_LOCATOR.unpack(locator)
            disk, first_disk, count_here, count, size, offset = _end_64(file, end, locator_at)
    if disk or first_disk or count_here != count:
        raise DirectoryError("it is one part of several")
    if offset + size != end:
        raise DirectoryError(f"its directory is said to be at bytes {offset} to {offset + size}, but it ends at {end}")
    if count > _MOST_MEMBERS or size > _LARGEST_DIRECTORY:
        raise DirectoryError(f"it has more than {_MOST_MEMBERS} members, or names without end")
    file.seek(offset)
    content = file.read(size)
    if len(content) != size:
        raise DirectoryError("its directory is cut off")
    return offset, content, count


def _end_64(file: BinaryIO, at: int, locator_at: int) -> tuple[int, int, int, int, int, int]:
    if at + _END_64.size > locator_at:
        raise DirectoryError("its ZIP64 end is not ahead of where that is told")
    file.seek(at)
    content = file.read(_END_64.size)
    if len(content) < _END_64.size or content[:4] != b"PK\6\6":
        raise DirectoryError("its ZIP64 end is missing")
    _, _, _, _, disk, first_disk, count_here, count, size, offset = _END_64.unpack(content)
    return disk, first_disk, count_here, count, size, offset


def _rows(content: bytes, count: int, end: int) -> Iterator[Entry]:
    at = 0
    for _ in range(count):
        if at + _ROW.size > len(content):
            raise DirectoryError("its directory is cut off")
        (
            magic, _, _, flags, method, _, _, checksum, compressed_size, size,
            name_length, extra_length, comment_length, _, _, attributes, offset,
        ) = _ROW.unpack_from(content, at)  # fmt: skip
        if magic != b"PK\1\2":
            raise DirectoryError("its directory is damaged")
        at += _ROW.size
        raw_name, extra = content[at : at + name_length], content[at + name_length : at + name_length + extra_length]
        at += name_length + extra_length + comment_length
        if at > len(content):
            raise DirectoryError("its directory is cut off")
        if LARGE in (compressed_size, size, offset):
            size, compressed_size, offset = _large(extra, size, compressed_size, offset)
        if flags & _UTF8_NAME:
            path = raw_name.decode("utf-8", "backslashreplace")  # a backslash makes it a hostile one
        else:
            path = raw_name.decode("cp437") if not raw_name.isascii() else raw_name.decode("ascii")
        renamed = bool(extra) and is_renaming(extra, raw_name)
        yield Entry(
            path, raw_name, method, flags, checksum, compressed_size, size, attributes >> 16, offset, renamed, end
        )  # fmt: skip
    if at != len(content):
        raise DirectoryError("its directory has more rows than its end tells")


def extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the kinds and contents of the parts of an extra field (4.5.1); what is left over at its end is none."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        yield kind, extra[at + 4 : at + 4 + length]
        at += 4 + length


def is_renaming(extra: bytes, raw_name: bytes) -> bool:
    """Return whether a field gives a member another name than its header does (4.6.9).

    Arguments:
        extra: the extra field of a local header, or of a row of the directory.
        raw_name: the member's name.
    """
    return any(kind == _UNICODE_PATH and field[5:] != raw_name for kind, field in extra_fields(extra))


def _large(extra: bytes, size: int, compressed_size: int, offset: int) -> tuple[int, int, int]:
    """Return the three numbers, each from the ZIP64 field where the row says that it did not fit (4.5.3)."""
    for kind, field in extra_fields(extra):
        if kind == ZIP64_EXTRA:
            numbers = iter(struct.unpack_from(f"<{len(field) // 8}Q", field))
            try:
                return (
                    next(numbers) if size == LARGE else size,
                    next(numbers) if compressed_size == LARGE else compressed_size,
                    next(numbers) if offset == LARGE else offset,
                )
            except StopIteration:
                raise DirectoryError("a ZIP64 field in its directory is cut off") from None
    return size, compressed_size, offset


def _checked(rows: Sequence[Entry]) -> tuple[dict[str, Entry], list[MemberProblem]]:
    problems: list[MemberProblem] = []
    good: dict[str, Entry] = {}
    named: dict[str, Entry] = {}

    def tell(entry: Entry, kind: MemberFault, reason: str) -> None:
        problems.append(MemberProblem(path=entry.path, kind=kind, reason=reason))

    for entry, overlaps in _with_limits(rows):
        name = entry.path.removesuffix("/")
        if name in named:
            tell(entry, MemberFault.DUPLICATE, "is in it more than once")
        named[name] = entry
        if (problem := _fault(entry)) is not None:
            tell(entry, *problem)
        elif overlaps:
            tell(entry, MemberFault.OVERLAP, "shares bytes with another member or with the directory")
        elif name == entry.path:
            good[name] = entry
    return good, problems


def _with_limits(rows: Sequence[Entry]) -> Iterator[tuple[Entry, bool]]:
    """Yield the rows in their order, each with the end that it may reach, and whether it reaches further."""
    ordered = sorted(range(len(rows)), key=lambda number: rows[number].offset)
    limits = [0] * len(rows)
    overlapping = [False] * len(rows)
    reached, reached_by = 0, -1
    for place, number in enumerate(ordered):
        row = rows[number]
        following = rows[ordered[place + 1]].offset if place + 1 < len(ordered) else row.limit
        limits[number] = following
        end = row.offset + LOCAL_HEADER + len(row.raw_name) + row.compressed_size
        if end > following:
            overlapping[number] = True
        if row.offset < reached:
            overlapping[number] = overlapping[reached_by] = True
        if end > reached:
            reached, reached_by = end, number
    for row, limit, overlaps in zip(rows, limits, overlapping, strict=True):
        yield Entry(*row[:-1], limit), overlaps


def _fault(entry: Entry) -> tuple[MemberFault, str] | None:
    name = entry.path.removesuffix("/")
    if not _NOWHERE.isdisjoint(name.split("/")) or not _FORBIDDEN.isdisjoint(name):
        return MemberFault.HOSTILE, "has a name that is absolute, leads outside or holds forbidden characters"
    if entry.renamed:
        return MemberFault.HOSTILE, SECOND_NAME
    if stat.S_IFMT(entry.mode) not in (0, stat.S_IFREG if name == entry.path else stat.S_IFDIR):
        return MemberFault.SPECIAL, "is a link or a device"
    return _packing_fault(entry)


def _packing_fault(entry: Entry) -> tuple[MemberFault, str] | None:
    if entry.flags & _ENCRYPTED:
        return MemberFault.ENCRYPTED, "is encrypted"
    # Not every installer reads others, and no bound is known to what they may grow to.
    if entry.method not in (STORED, DEFLATED):
        return (
            MemberFault.METHOD,
            f"is compressed by method {entry.method}, which is neither stored nor deflated",
        )
    lies = entry.size != entry.compressed_size
    if entry.method == DEFLATED:
        lies = entry.size > entry.compressed_size * _DEFLATE_FACTOR + _SLACK
        lies |= entry.size > _BOMB_SIZE and entry.size > entry.compressed_size * _BOMB_FACTOR
    if lies:
        return MemberFault.SIZE, f"claims to grow from {entry.compressed_size} to {entry.size} bytes"
    return None
