"""The instruction set that a file says it needs: GNU properties (x86), build attributes (ARM)."""

from collections.abc import Iterator, Sequence

from crosswheel.elf.value import ArmAttributes, Segment, SegmentType
from crosswheel.elf.view import View, malformed

_PROPERTY_NOTE = 5  # NT_GNU_PROPERTY_TYPE_0
_X86_ISA_NEEDED = 0xC0008002  # GNU_PROPERTY_X86_ISA_1_NEEDED
_X86_MACHINES = (3, 62)
_ARM = 40
_ARM_ATTRIBUTES = 0x70000003  # SHT_ARM_ATTRIBUTES
_FILE_SCOPE = 1
_CPU_ARCHITECTURE, _VFP_ARGUMENTS, _COMPATIBILITY, _FIRST_BY_PARITY = 6, 28, 32, 33
_TEXT_TAGS = (4, 5, 67)  # Tag_CPU_raw_name, Tag_CPU_name, Tag_conformance


def x86_isa_needed(view: View, machine: int, segments: Sequence[Segment]) -> int:
    """Return the bits of GNU_PROPERTY_X86_ISA_1_NEEDED, 0 for none (Linux extensions to gABI; x86-64 psABI).

    Arguments:
        view: the file.
        machine: e_machine.
        segments: the program header table; PT_GNU_PROPERTY is read, or PT_NOTE where linkers were older.

    Raises:
        MalformedElfError: the notes are not in the file.
    """
    if machine not in _X86_MACHINES:
        return 0
    found = 0
    kinds = {segment.type for segment in segments}
    kind = SegmentType.GNU_PROPERTY if SegmentType.GNU_PROPERTY in kinds else SegmentType.NOTE
    for segment in segments:
        if segment.type == kind:
            content = view.piece(segment.offset, segment.file_size, "a note")
            for description in _property_notes(view, bytes(content), 8 if view.is_wide else 4):
                found |= _isa_bits(view, description)
    return found


def _property_notes(view: View, content: bytes, alignment: int) -> Iterator[bytes]:
    at = 0
    while at + 12 <= len(content):
        name_size, size, kind = (_word(view, content, at + step) for step in (0, 4, 8))
        # The three words and the name "GNU\0" are 16 bytes: the content of the notes that matter begins aligned.
        start = at + 12 + (name_size + 3) // 4 * 4
        if kind == _PROPERTY_NOTE and content[at + 12 : at + 16] == b"GNU\0":
            yield content[start : start + size]
            at = start + (size + alignment - 1) // alignment * alignment
        else:
            at = start + (size + 3) // 4 * 4


def _isa_bits(view: View, content: bytes) -> int:
    alignment = 8 if view.is_wide else 4
    at, found = 0, 0
    while at + 8 <= len(content):
        kind, size = _word(view, content, at), _word(view, content, at + 4)
        if kind == _X86_ISA_NEEDED and size == 4 and at + 12 <= len(content):  # noqa: PLR2004 one word
            found |= _word(view, content, at + 8)
        at += 8 + (size + alignment - 1) // alignment * alignment
    return found


def _word(view: View, content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + 4], view.byte_order)


def arm_attributes(view: View, machine: int, sections: Sequence[tuple[int, ...]]) -> ArmAttributes | None:
    """Return what .ARM.attributes says of the whole file; None where there is no such section.

    Arguments:
        view: the file.
        machine: e_machine.
        sections: rows of the section header table.

    Raises:
        MalformedElfError: the section's lengths contradict each other.
    """
    if machine != _ARM or view.is_wide:
        return None
    row = next((row for row in sections if row[1] == _ARM_ATTRIBUTES), None)
    if row is None:
        return None
    content = bytes(view.piece(row[4], row[5], "the ARM attributes"))
    if content[:1] != b"A":
        return None
    values: dict[int, int] = {}
    at = 1
    while at + 4 <= len(content):
        length = _word(view, content, at)
        vendor_end = content.find(b"\0", at + 4)
        if length < 5 or at + length > len(content) or not 0 <= vendor_end < at + length:  # noqa: PLR2004 itself and a NUL
            raise malformed("the lengths in its ARM attributes contradict each other")
        if content[at + 4 : vendor_end] == b"aeabi":
            values |= _aeabi(view, content[vendor_end + 1 : at + length])
        at += length
    return ArmAttributes(values.get(_CPU_ARCHITECTURE, 0), values.get(_VFP_ARGUMENTS, 0) == 1)


def _aeabi(view: View, content: bytes) -> dict[int, int]:
    values: dict[int, int] = {}
    at = 0
    while at + 5 <= len(content):
        size = _word(view, content, at + 1)
        if size < 5 or at + size > len(content):  # noqa: PLR2004 a tag and the size itself
            raise malformed("the lengths in its ARM attributes contradict each other")
        if content[at] == _FILE_SCOPE:
            values |= _attributes(content[at + 5 : at + size])
        at += size
    return values


def _attributes(content: bytes) -> dict[int, int]:
    values: dict[int, int] = {}
    at = 0
    while at < len(content):
        tag, at = _number(content, at)
        if tag == _COMPATIBILITY:
            _, at = _number(content, at)
        # From 33 on an odd tag has text, an even one a number.
        if tag in _TEXT_TAGS or tag == _COMPATIBILITY or (tag >= _FIRST_BY_PARITY and tag % 2):
            at = content.find(b"\0", at) + 1
            if not at:
                raise malformed("a text in its ARM attributes does not end")
        else:
            values[tag], at = _number(content, at)
    return values


def _number(content: bytes, at: int) -> tuple[int, int]:
    """Return a number in LEB128, unsigned, and where the next begins."""
    value = shift = 0
    while at < len(content):
        value |= (content[at] & 0x7F) << shift
        at += 1
        if not content[at - 1] & 0x80:
            return value, at
        shift += 7
        if shift > 63:  # noqa: PLR2004 no attribute needs more bits
            break
    raise malformed("a number in its ARM attributes does not end")
