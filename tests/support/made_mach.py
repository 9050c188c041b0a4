"""Mach-O files made byte by byte: what no compiler at hand writes, and lies."""

import struct

CPU = {"i386": (7, 3), "x86_64": (0x01000007, 3), "arm64": (0x0100000C, 0), "ppc": (18, 0), "ppc64": (0x01000012, 0)}
CPU |= {"arm64e": (0x0100000C, 0x80000002), "x86_64h": (0x01000007, 8), "unknown": (99, 0)}
MACOS, IOS, CATALYST = 1, 2, 6


def named(command: int, name: str, order: str = "<") -> bytes:
    """Return a command whose only content that matters is a name: a library, a run path."""
    head = 12 if command == 0x8000001C else 24
    text = name.encode() + b"\0"
    text += bytes(-len(text) % 8)
    return struct.pack(f"{order}III", command, head + len(text), head) + bytes(head - 12) + text


def needs(name: str, order: str = "<") -> bytes:
    """LC_LOAD_DYLIB."""
    return named(0xC, name, order)


def weakly_needs(name: str) -> bytes:
    """LC_LOAD_WEAK_DYLIB."""
    return named(0x80000018, name)


def run_path(name: str) -> bytes:
    """LC_RPATH."""
    return named(0x8000001C, name)


def built_for(major: int, minor: int, patch: int = 0, *, platform: int = MACOS) -> bytes:
    """LC_BUILD_VERSION."""
    return struct.pack("<IIIIII", 0x32, 24, platform, major << 16 | minor << 8 | patch, 0, 0)


def minimum(major: int, minor: int, order: str = "<") -> bytes:
    """LC_VERSION_MIN_MACOSX."""
    return struct.pack(f"{order}IIII", 0x24, 16, major << 16 | minor << 8, 0)


def mach(machine: str, *commands: bytes, kind: int = 8, order: str = "<", symbols: tuple[str, ...] = ()) -> bytes:
    """Return a thin file with these commands and exported symbols."""
    wide = machine not in ("i386", "ppc")
    table = strings = b""
    place: tuple[bytes, ...] = ()
    if symbols:
        at = (32 if wide else 28) + sum(map(len, commands)) + 24
        row = struct.Struct(f"{order}IBBH{'Q' if wide else 'I'}")
        texts = [f"_{name}".encode() + b"\0" for name in symbols]
        strings = b"\0" + b"".join(texts)
        offsets = [1 + sum(map(len, texts[:number])) for number in range(len(texts))]
        table = b"".join(row.pack(offset, 0x0F, 1, 0, 0) for offset in offsets)
        numbers = (at, len(symbols), at + len(table), len(strings))
        place = (struct.pack(f"{order}IIIIII", 2, 24, *numbers),)
    body = b"".join((*commands, *place))
    magic = 0xFEEDFACF if wide else 0xFEEDFACE
    header = (magic, *CPU[machine], kind, len(commands) + len(place), len(body), 0)
    head = struct.pack(f"{order}IIIIIII", *header) + (bytes(4) if wide else b"")
    return head + body + table + strings


def trie(*names: str) -> bytes:
    """Return a trie of exported names that has one edge for each."""
    head = b"\0" + bytes([len(names)])
    size = len(head) + sum(len(name) + 3 for name in names)  # the zero, and an offset of one byte … or two
    size += len(names)
    edges, leaves = b"", b""
    for name in names:
        target = size + len(leaves)
        edges += name.encode() + b"\0" + bytes([target & 0x7F | 0x80, target >> 7])
        leaves += b"\x02\0\0\0"
    return (head + edges).ljust(size, b"\0") + leaves


def with_trie(machine: str, content: bytes, *commands: bytes) -> bytes:
    """Return a thin file whose exported names are told by a trie."""
    at = 32 + sum(map(len, commands)) + 16
    place = struct.pack("<IIII", 0x80000033, 16, at, len(content))
    return mach(machine, *commands, place) + content
