"""From the bytes of a PE file to facts."""

import bisect
from collections.abc import Iterator
from dataclasses import dataclass

from crosswheel.bounded import BoundedBytes
from crosswheel.pe.value import MalformedPeError, PeFile

_SIGNATURE = b"PE\0\0"
_DOS_SIZE = 64
# Where the PE header begins is told by four bytes. Real ones are in the first kilobytes; text that begins with MZ, or a
# 16-bit program, has something else there.
_FARTHEST_HEADER = 1 << 20
_DLL = 0x2000  # IMAGE_FILE_DLL
_PE32, _PE32_PLUS = 0x10B, 0x20B
_EXPORTS, _IMPORTS, _LOAD_CONFIG, _DELAYED, _MANAGED = 0, 1, 10, 13, 14  # data directories
_MAXIMUM_NAME = 4096  # bytes
_MAXIMUM_LIBRARIES = 4096  # Windows itself has about that many
_MAXIMUM_EXPORTS = 0x10000  # ordinals have 16 bits
_MAXIMUM_NAMES = 1 << 22  # bytes of those that are kept, together
_BEGINNINGS = (b"PyInit_", b"PyInitU_", b"init")
_HYBRID_AT = 0xC8  # CHPEMetadataPointer of IMAGE_LOAD_CONFIG_DIRECTORY64
_IL_ONLY, _REQUIRES_32 = 1, 2  # COMIMAGE_FLAGS_


def is_pe(start: bytes) -> bool:
    """Tell whether a file that begins with these bytes is, or pretends to be, a PE file.

    Arguments:
        start: its first 64 bytes or more; from about 300 on the answer is sure.
    """
    if start[:2] != b"MZ" or len(start) < _DOS_SIZE:
        return False
    at = int.from_bytes(start[60:64], "little")
    signature = start[at : at + 4]
    return at <= _FARTHEST_HEADER and _SIGNATURE.startswith(signature)


def parse_pe(data: bytes | memoryview) -> PeFile:
    """Return the facts about a PE file, of 32 or 64 bits.

    Arguments:
        data: the whole file.

    Raises:
        MalformedPeError: it is none, it is cut off, or one of its headers lies.
    """
    view = BoundedBytes(data=memoryview(data), byte_order="little", refuse=_malformed)
    if bytes(view.piece(0, _DOS_SIZE, "the DOS header")[:2]) != b"MZ":
        raise _malformed("it does not begin with the DOS header")
    (at,) = view.record("I", 60, "the DOS header")
    if bytes(view.piece(at, 4, "the PE header")) != _SIGNATURE:
        raise _malformed("it has no PE header")
    machine, count, _, _, _, optional_size, flags = view.record("HHIIIHH", at + 4, "the PE header")
    image = _read_image(view, at + 24, optional_size, count)
    managed = _is_managed(image)
    subsystem_at = at + 24 + 68
    (subsystem,) = view.record("H", subsystem_at, "the optional header")
    major, minor = view.record("HH", at + 24 + 48, "the optional header")
    return PeFile(
        machine=machine,
        architecture=_architecture(machine, hybrid=_is_hybrid(image)),
        bits=64 if image.is_wide else 32,
        is_library=bool(flags & _DLL),
        is_managed=managed,
        subsystem=subsystem,
        minimum_os=(major, minor),
        needed=tuple(dict.fromkeys(_imported(image))),
        delayed=tuple(dict.fromkeys(_delayed(image))),
        initializers=tuple(sorted(set(_initializers(image)))),
    )


def _malformed(why: str) -> MalformedPeError:
    return MalformedPeError("a PE file is damaged", why=why, hint="build it or fetch it again")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Image:
    """A file, and where its parts are loaded to.

    Arguments:
        view: the file.
        is_wide: whether addresses have 64 bits.
        base: address that the image would be loaded to.
        header_size: bytes that are loaded to the addresses that are their offsets.
        sections: address, size and offset in the file of each section, by address.
        directories: address and size of each data directory, from the image's base.
    """

    view: BoundedBytes
    is_wide: bool
    base: int
    header_size: int
    sections: tuple[tuple[int, int, int], ...]
    directories: tuple[tuple[int, ...], ...]

    def directory(self, number: int) -> tuple[int, int] | None:
        """Return where a data directory is loaded to and its size; None where there is none."""
        if number >= len(self.directories) or not self.directories[number][0]:
            return None
        return self.directories[number][0], self.directories[number][1]

    def offset(self, address: int, what: str) -> int:
        """Return where in the file the byte is that is loaded to an address from the image's base."""
        place = bisect.bisect_right(self.sections, address, key=lambda section: section[0]) - 1
        if place >= 0:
            start, size, offset = self.sections[place]
            if address - start < size:
                return address - start + offset
        if 0 <= address < self.header_size:
            return address
        raise _malformed(f"{what} is said to be at address {address:#x}, which is in no section")

    def text(self, address: int, what: str) -> str:
        """Return the text that is loaded to an address."""
        return self.view.text(self.offset(address, what), _MAXIMUM_NAME, what)


def _read_image(view: BoundedBytes, at: int, size: int, count: int) -> _Image:
    (magic,) = view.record("H", at, "the optional header")
    if magic not in (_PE32, _PE32_PLUS):
        raise _malformed(f"its optional header is of the unknown kind {magic:#x}")
    wide = magic == _PE32_PLUS
    directories_at = 112 if wide else 96
    if size < directories_at:
        raise _malformed(f"its optional header is said to have {size} bytes")
    (base,) = view.record("Q" if wide else "I", at + (24 if wide else 28), "the optional header")
    (header_size,) = view.record("I", at + 60, "the optional header")
    (number,) = view.record("I", at + directories_at - 4, "the optional header")
    number = min(number, 16, (size - directories_at) // 8)  # the loader, too, takes 16 at most
    sections = tuple(view.table("8xIIII16x", at + size, count, "the section table"))
    for _, _, raw_size, offset in sections:
        if raw_size and offset:  # without a place in the file it is memory that begins as zeros
            view.piece(offset, raw_size, "a section")
    return _Image(
        view=view,
        is_wide=wide,
        base=base,
        header_size=header_size,
        sections=tuple(sorted((address, raw_size, offset) for _, address, raw_size, offset in sections)),
        directories=tuple(view.table("II", at + directories_at, number, "the data directories")),
    )


def _architecture(machine: int, *, hybrid: bool) -> str:
    if hybrid and machine in (0x8664, 0xAA64):
        return "win_arm64ec" if machine == 0x8664 else "win_arm64x"  # noqa: PLR2004 IMAGE_FILE_MACHINE_AMD64
    return {0x14C: "win32", 0x8664: "win_amd64", 0xAA64: "win_arm64"}.get(machine, f"machine {machine:#x}")


def _is_hybrid(image: _Image) -> bool:
    """Tell whether the load configuration names code of a second machine (ARM64EC, ARM64X)."""
    place = image.directory(_LOAD_CONFIG)
    if place is None or not image.is_wide:
        return False
    at = image.offset(place[0], "the load configuration")
    (size,) = image.view.record("I", at, "the load configuration")
    if size < _HYBRID_AT + 8:
        return False
    return image.view.record("Q", at + _HYBRID_AT, "the load configuration") != (0,)


def _is_managed(image: _Image) -> bool:
    """Tell whether it has code of .NET alone, which every machine runs."""
    place = image.directory(_MANAGED)
    if place is None:
        return False
    (flags,) = image.view.record("16xI", image.offset(place[0], "the header of .NET"), "the header of .NET")
    return bool(flags & _IL_ONLY) and not flags & _REQUIRES_32


def _imported(image: _Image) -> Iterator[str]:
    place = image.directory(_IMPORTS)
    if place is None:
        return
    at = image.offset(place[0], "the list of imported libraries")
    for number in range(_MAXIMUM_LIBRARIES + 1):
        row = image.view.record("IIIII", at + 20 * number, "the list of imported libraries")
        if not row[3]:
            return
        yield image.text(row[3], "the name of an imported library")
    raise _malformed("the list of imported libraries does not end")


def _delayed(image: _Image) -> Iterator[str]:
    place = image.directory(_DELAYED)
    if place is None:
        return
    at = image.offset(place[0], "the list of delayed libraries")
    for number in range(_MAXIMUM_LIBRARIES + 1):
        attributes, name = image.view.record("II24x", at + 32 * number, "the list of delayed libraries")
        if not name:
            return
        # Visual C++ 6 wrote whole addresses; since then bit 0 says that they count from the image's base.
        yield image.text(name if attributes & 1 else name - image.base, "the name of a delayed library")
    raise _malformed("the list of delayed libraries does not end")


def _initializers(image: _Image) -> Iterator[str]:
    place = image.directory(_EXPORTS)
    if place is None:
        return
    at = image.offset(place[0], "the list of exported names")
    count, _, names = image.view.record("24xIII", at, "the list of exported names")
    if not count:
        return
    if count > _MAXIMUM_EXPORTS:
        raise _malformed(f"it is said to export {count} names")
    table_at = image.offset(names, "the table of exported names")
    left = _MAXIMUM_NAMES
    for (address,) in image.view.table("I", table_at, count, "the table of exported names"):
        name_at = image.offset(address, "an exported name")
        if bytes(image.view.data[name_at : name_at + 9]).startswith(_BEGINNINGS):
            name = image.view.text(name_at, _MAXIMUM_NAME, "an exported name")
            left -= len(name)
            if left < 0:
                raise _malformed("its exported names overlap without end")
            yield name
