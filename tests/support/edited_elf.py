"""Small lies and faults put into a healthy ELF file: 64-bit little-endian ones."""

import struct

_PROGRAM_HEADERS_AT, _PROGRAM_HEADER_SIZE, _ALIGN_AT = 64, 56, 48


def _headers(data: bytes) -> list[tuple[int, int]]:
    (count,) = struct.unpack_from("<H", data, 56)
    starts = [_PROGRAM_HEADERS_AT + _PROGRAM_HEADER_SIZE * number for number in range(count)]
    return [(struct.unpack_from("<I", data, start)[0], start) for start in starts]


def with_executable_stack(data: bytes) -> bytes:
    """Return the file with PT_GNU_STACK made executable."""
    edited = bytearray(data)
    for kind, start in _headers(data):
        if kind == 0x6474E551:
            struct.pack_into("<I", edited, start + 4, 7)
    return bytes(edited)


def without_stack(data: bytes) -> bytes:
    """Return the file with PT_GNU_STACK made a row that means nothing."""
    edited = bytearray(data)
    for kind, start in _headers(data):
        if kind == 0x6474E551:
            struct.pack_into("<I", edited, start, 0)
    return bytes(edited)


def with_alignment(data: bytes, align: int) -> bytes:
    """Return the file with every loaded segment's alignment changed."""
    edited = bytearray(data)
    for kind, start in _headers(data):
        if kind == 1:
            struct.pack_into("<Q", edited, start + _ALIGN_AT, align)
    return bytes(edited)


def with_text_relocations(data: bytes) -> bytes:
    """Return the file with DF_TEXTREL in its DT_FLAGS."""
    edited = bytearray(data)
    ((offset, size),) = [struct.unpack_from("<Q16xQ", data, start + 8) for kind, start in _headers(data) if kind == 2]
    for at in range(offset, offset + size, 16):
        if struct.unpack_from("<Q", data, at)[0] == 30:
            struct.pack_into("<Q", edited, at + 8, 4)
    return bytes(edited)


def with_weak_symbol(data: bytes, name: str, version: str) -> bytes:
    """Return the file with a symbol, and the only need of a version, made weak: the loader goes on without them.

    Its memory and its bytes begin at one place, as those of the files that are recorded do.
    """
    edited = bytearray(data)
    ((offset, size),) = [struct.unpack_from("<Q16xQ", data, start + 8) for kind, start in _headers(data) if kind == 2]
    entries = dict(struct.unpack_from("<QQ", data, at) for at in range(offset, offset + size, 16))
    symbols, strings = entries[6], entries[5]
    for at in range(symbols, strings, 24):
        (place,) = struct.unpack_from("<I", data, at)
        if data[strings + place :].startswith(name.encode() + b"\0"):
            edited[at + 4] = edited[at + 4] & 0xF | 0x20
            break
    needs = entries[0x6FFFFFFE]
    (first,) = struct.unpack_from("<I", data, needs + 8)
    (place,) = struct.unpack_from("<I", data, needs + first + 8)
    assert data[strings + place :].startswith(version.encode() + b"\0")
    struct.pack_into("<H", edited, needs + first + 4, 2)
    return bytes(edited)


def with_instruction_set(data: bytes, bits: int) -> bytes:
    """Return the file with GNU_PROPERTY_X86_ISA_1_NEEDED, in a note that stands where PT_GNU_EH_FRAME was."""
    edited = bytearray(data) + bytes(-len(data) % 8)
    at = len(edited)
    edited += struct.pack("<III4sIIIxxxx", 4, 16, 5, b"GNU\0", 0xC0008002, 4, bits)
    for kind, start in _headers(data):
        if kind == 0x6474E550:
            struct.pack_into("<IIQQQQQQ", edited, start, 0x6474E553, 4, at, at, at, 32, 32, 8)
    return bytes(edited)
