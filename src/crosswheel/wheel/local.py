"""A member's own header, held against the archive's directory: installers that read as they download believe it."""

import struct

from crosswheel.wheel.directory import (
    LARGE,
    LOCAL_HEADER,
    SECOND_NAME,
    ZIP64_EXTRA,
    Entry,
    MemberFault,
    extra_fields,
    is_renaming,
)

# Flags, method, checksum, sizes, lengths of the name and of the extra field (APPNOTE.TXT 4.3.7).
_HEADER = struct.Struct("<4s2xHH4xIIIHH")
_DESCRIBED_LATER = 0x8
_UTF8_NAME = 0x800
_TWO_NUMBERS = 16
_DESCRIPTORS = frozenset({12, 16, 20, 24})
"""Sizes of a data descriptor: with or without signature, numbers of 4 or 8 bytes (4.3.9)."""

Fault = tuple[MemberFault, str]


def header_size(head: bytes) -> int:
    """Return how many bytes there are ahead of a member's content.

    Arguments:
        head: from the beginning of its header; at least `LOCAL_HEADER` bytes.
    """
    name_length, extra_length = _HEADER.unpack_from(head)[-2:]
    return LOCAL_HEADER + int(name_length) + int(extra_length)


def header_fault(head: bytes, entry: Entry) -> Fault | None:
    """Return what is wrong with a member's own header; None for nothing.

    Arguments:
        head: the whole header, as long as `header_size` says.
        entry: the member's row in the directory.
    """
    magic, flags, method, checksum, compressed_size, size, name_length, _ = _HEADER.unpack_from(head)
    name = head[LOCAL_HEADER : LOCAL_HEADER + name_length]
    extra = head[LOCAL_HEADER + name_length :]
    if magic != b"PK\3\4" or len(head) < header_size(head):
        return MemberFault.DAMAGED, "has no header of its own where the directory says"
    if name != entry.raw_name or method != entry.method or (flags ^ entry.flags) & ~_UTF8_NAME:
        return MemberFault.DAMAGED, "has another name, method or flags in its own header than in the directory"
    if LARGE in (compressed_size, size):
        fields = [field for kind, field in extra_fields(extra) if kind == ZIP64_EXTRA and len(field) >= _TWO_NUMBERS]
        numbers = fields[0] if fields else bytes(_TWO_NUMBERS)
        size, compressed_size = struct.unpack_from("<QQ", numbers)
    told = (checksum, compressed_size, size)
    later = flags & _DESCRIBED_LATER
    if told != (entry.checksum, entry.compressed_size, entry.size) and not (later and not any(told)):
        return MemberFault.SIZE, "has another size or checksum in its own header than in the directory"
    gap = entry.limit - (entry.offset + header_size(head) + entry.compressed_size)
    if gap < 0:
        return MemberFault.OVERLAP, "shares bytes with another member or with the directory"
    if gap and not (later and gap in _DESCRIPTORS):
        return MemberFault.OVERLAP, f"is followed by {gap} bytes that the directory does not speak of"
    return (MemberFault.HOSTILE, SECOND_NAME) if is_renaming(extra, entry.raw_name) else None
