"""From the bytes of a Mach-O file to facts, one value for each machine that it has code for."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from crosswheel.bounded import BoundedBytes
from crosswheel.macho.exports import table_initializers, trie_initializers
from crosswheel.macho.value import MachFile, MalformedMachoError

_THIN: dict[bytes, tuple[Literal[32, 64], Literal["little", "big"]]] = {
    b"\xfe\xed\xfa\xce": (32, "big"),
    b"\xce\xfa\xed\xfe": (32, "little"),
    b"\xfe\xed\xfa\xcf": (64, "big"),
    b"\xcf\xfa\xed\xfe": (64, "little"),
}
_FAT, _FAT_64 = b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"
# Java's class files begin with the same four bytes, then with a version that was never below 45.
_FIRST_JAVA = 43
# What fat files of object code also hold: static libraries, LLVM's bitcode bare and wrapped. No loader reads it.
_NOT_LOADED = (b"!<arch>\n", b"BC\xc0\xde", b"\xde\xc0\x17\x0b")
_MAXIMUM_NAME = 4096  # bytes; PATH_MAX of macOS is 1024
_MAXIMUM_COMMANDS = 1 << 20  # bytes of them together; real files have some kilobytes
_SUBTYPE = 0x00FFFFFF  # the highest byte tells capabilities

_REQUIRED = 0x80000000  # LC_REQ_DYLD
_SYMBOL_TABLE, _ID, _SIGNATURE, _BUILD_VERSION = 0x2, 0xD, 0x1D, 0x32
_DYLD_INFO, _EXPORTS_TRIE, _RUN_PATH = 0x22, 0x33 | _REQUIRED, 0x1C | _REQUIRED
_SEGMENT, _SEGMENT_64 = 0x1, 0x19
_WEAK = 0x18 | _REQUIRED
_LOADS = (0xC, 0x20, _WEAK, 0x1F | _REQUIRED, 0x23 | _REQUIRED)  # plain, lazy, weak, re-exported, upward
_MINIMUMS = (0x24, 0x25, 0x2F, 0x30)  # LC_VERSION_MIN_ of macOS, iOS, tvOS, watchOS


def is_macho(start: bytes) -> bool:
    """Tell whether a file that begins with these bytes is, or pretends to be, a Mach-O file.

    Arguments:
        start: its first 8 bytes or more.
    """
    if start[:4] in (_FAT, _FAT_64):
        return len(start) >= 8 and int.from_bytes(start[4:8], "big") < _FIRST_JAVA  # noqa: PLR2004 magic and count
    return start[:4] in _THIN


def parse_macho(data: bytes | memoryview) -> tuple[MachFile, ...]:
    """Return the facts about a Mach-O file, thin or fat (universal), of either class and byte order.

    Arguments:
        data: the whole file.

    Returns:
        One value for each machine, in the file's order. Static libraries and bitcode in a fat file are left out.

    Raises:
        MalformedMachoError: it is none, it is cut off, or one of its headers lies.
    """
    view = BoundedBytes(data=memoryview(data), byte_order="big", refuse=_malformed)
    magic = bytes(view.piece(0, 4, "the magic number"))
    if magic in _THIN:
        return (_parse_slice(view.data),)
    if not is_macho(bytes(data[:8])):
        raise _malformed("it does not begin with a magic number of Mach-O")
    wide = magic == _FAT_64
    (count,) = view.record("I", 4, "the number of machines")
    table = view.table("IIQQII" if wide else "IIIII", 8, count, "the table of machines")
    rows = sorted((row[2], row[3], row[0]) for row in table)
    if any(start + size > other for (start, size, _), (other, _, _) in pairwise(rows)):
        raise _malformed("the codes of two machines overlap")
    pieces = [(cpu, view.piece(start, size, "the code of one machine")) for start, size, cpu in rows]
    return tuple(_parse_slice(piece, cpu) for cpu, piece in pieces if not bytes(piece[:8]).startswith(_NOT_LOADED))


def _malformed(why: str) -> MalformedMachoError:
    return MalformedMachoError("a Mach-O file is damaged", why=why, hint="build it or fetch it again")


@dataclass(slots=True)
class _Commands:
    """What the load commands say, gathered while they are read."""

    platform: int | None = None
    minimum_os: tuple[int, int, int] | None = None
    install_name: str | None = None
    needed: dict[str, None] = field(default_factory=dict)
    weak: set[str] = field(default_factory=set)
    run_paths: list[str] = field(default_factory=list)
    is_signed: bool = False
    trie: tuple[int, int] = (0, 0)
    table: tuple[int, ...] = (0, 0, 0, 0)
    segments: list[tuple[int, ...]] = field(default_factory=list)


def _parse_slice(data: memoryview, promised: int | None = None) -> MachFile:
    magic = bytes(data[:4])
    if magic not in _THIN:
        raise _malformed("the code of one machine does not begin with a magic number of Mach-O")
    bits, byte_order = _THIN[magic]
    view = BoundedBytes(data=data, byte_order=byte_order, refuse=_malformed)
    cpu, subtype, kind, count, size, _ = view.record("IIIIII", 4, "the header")
    if promised not in (None, cpu):
        raise _malformed(f"code for {_architecture(cpu, subtype)} is listed as code for {_architecture(promised, 0)}")
    at = 28 if bits == 32 else 32  # noqa: PLR2004 bits
    commands = _read_commands(view, at, count, at + size)
    for start, length in commands.segments:
        view.piece(start, length, "a segment")
    return MachFile(
        architecture=_architecture(cpu, subtype & _SUBTYPE),
        bits=bits,
        byte_order=byte_order,
        type=kind,
        platform=commands.platform,
        minimum_os=commands.minimum_os,
        install_name=commands.install_name,
        needed=tuple(commands.needed),
        weak=frozenset(commands.weak),
        run_paths=tuple(commands.run_paths),
        is_signed=commands.is_signed,
        initializers=_initializers(view, commands, wide=bits == 64),  # noqa: PLR2004 bits
    )


def _architecture(cpu: int, subtype: int) -> str:
    wide = 0x01000000
    special = {(7 | wide, 8): "x86_64h", (12 | wide, 2): "arm64e"}
    names = {7: "i386", 7 | wide: "x86_64", 12: "arm", 12 | wide: "arm64", 12 | 2 * wide: "arm64_32"}
    names |= {18: "ppc", 18 | wide: "ppc64"}
    return special.get((cpu, subtype)) or names.get(cpu, f"cpu {cpu}")


def _read_commands(view: BoundedBytes, at: int, count: int, end: int) -> _Commands:
    view.piece(at, end - at, "the load commands")
    if end - at > _MAXIMUM_COMMANDS:
        raise _malformed(f"its load commands are said to have {end - at} bytes")
    found = _Commands()
    for _ in range(count):  # each has 8 bytes or more, so that the file's size bounds them
        command, size = view.record("II", at, "a load command")
        if size < 8 or at + size > end:  # noqa: PLR2004 its own head
            raise _malformed(f"a load command is said to have {size} bytes, where {end - at} are left")
        body = BoundedBytes(data=view.data[at : at + size], byte_order=view.byte_order, refuse=_malformed)
        _read_command(body, command, found)
        at += size
    return found


def _read_command(body: BoundedBytes, command: int, found: _Commands) -> None:
    if command in _LOADS:
        name = _name(body)
        found.needed[name] = None
        if command == _WEAK:
            found.weak.add(name)
    elif command == _ID:
        found.install_name = _name(body)
    elif command == _RUN_PATH:
        found.run_paths.append(_name(body))
    elif command == _SIGNATURE:
        found.is_signed = True
    elif command == _BUILD_VERSION or command in _MINIMUMS:
        _read_minimum(body, command, found)
    else:
        _read_place(body, command, found)


def _read_minimum(body: BoundedBytes, command: int, found: _Commands) -> None:
    if command == _BUILD_VERSION:
        platform, version = body.record("II", 8, "the build version")
        # A zippered library has a second such command, for Mac Catalyst.
        if found.platform is None or platform == 1:
            found.platform, found.minimum_os = platform, _version(version)
    elif found.platform is None:
        (version,) = body.record("I", 8, "the minimum version")
        found.minimum_os = _version(version)


def _read_place(body: BoundedBytes, command: int, found: _Commands) -> None:
    if command == _SEGMENT:
        found.segments.append(body.record("II", 32, "the place of a segment"))
    elif command == _SEGMENT_64:
        found.segments.append(body.record("QQ", 40, "the place of a segment"))
    elif command == _SYMBOL_TABLE:
        found.table = body.record("IIII", 8, "the place of the symbol table")
    elif command & ~_REQUIRED == _DYLD_INFO:
        offset, size = body.record("II", 40, "the place of the exported names")
        found.trie = (offset, size)
    elif command == _EXPORTS_TRIE:
        offset, size = body.record("II", 8, "the place of the exported names")
        found.trie = (offset, size)


def _name(body: BoundedBytes) -> str:
    (offset,) = body.record("I", 8, "the place of a name")
    # The command ends where the name does, which then need not end with a zero.
    raw = bytes(body.piece(offset, max(len(body.data) - offset, 0), "a name in a load command"))
    name = raw.partition(b"\0")[0]
    if len(name) > _MAXIMUM_NAME:
        raise _malformed(f"a name in a load command has {len(name)} bytes")
    return name.decode("utf-8", "backslashreplace")


def _version(packed: int) -> tuple[int, int, int]:
    return (packed >> 16, packed >> 8 & 0xFF, packed & 0xFF)


def _initializers(view: BoundedBytes, commands: _Commands, *, wide: bool) -> tuple[str, ...]:
    offset, size = commands.trie
    if size:
        return trie_initializers(view, offset, size)
    return table_initializers(view, commands.table, wide=wide)
