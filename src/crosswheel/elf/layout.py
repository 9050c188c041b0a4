"""An ELF file's tables as rows that can be changed and written back."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

from crosswheel.elf.value import SegmentType
from crosswheel.elf.view import STRING_TABLE_READS, View, malformed
from crosswheel.errors import RefusedError

PHDR = 6  # PT_PHDR: where the program header table itself is loaded to
NO_BITS = 8  # SHT_NOBITS: a section without bytes in the file
ALLOCATED = 2  # SHF_ALLOC: a section that is loaded
_MANY_SEGMENTS = 256  # linkers write about a dozen; from 0xffff on, the number is elsewhere (PN_XNUM)
_MANY_SECTIONS = 0xFF00  # SHN_LORESERVE: from here on, the number is elsewhere
DT_NULL, DT_NEEDED, DT_STRTAB, DT_STRSZ, DT_SONAME, DT_RPATH, DT_RUNPATH = 0, 1, 5, 10, 14, 15, 29
DT_VERNEED, DT_VERNEEDNUM, DT_FLAGS_1 = 0x6FFFFFFE, 0x6FFFFFFF, 0x6FFFFFFB
_PROGRAM_FLAG = 0x08000000  # DF_1_PIE
_IDENTIFICATION_SIZE = 16


class Header(NamedTuple):
    """The numbers of the ELF header, in its order (gABI, chapter 4: Elf32_Ehdr, Elf64_Ehdr)."""

    type: int
    machine: int
    version: int
    entry: int
    segments_at: int
    sections_at: int
    flags: int
    size: int
    segment_size: int
    segment_count: int
    section_size: int
    section_count: int
    names: int


class ProgramRow(NamedTuple):
    """One row of the program header table, in the order of the 64-bit one (Elf64_Phdr)."""

    kind: int
    flags: int
    offset: int
    address: int
    physical: int
    file_size: int
    memory_size: int
    align: int

    @property
    def end(self) -> int:
        """Where its bytes end in the file."""
        return self.offset + self.file_size

    @property
    def memory_end(self) -> int:
        """Where it ends in memory."""
        return self.address + self.memory_size


class SectionRow(NamedTuple):
    """One row of the section header table (Elf32_Shdr, Elf64_Shdr)."""

    name: int
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    align: int
    entry_size: int

    @property
    def is_loaded(self) -> bool:
        """Whether it is part of the program's memory."""
        return bool(self.flags & ALLOCATED)

    @property
    def file_size(self) -> int:
        """How many bytes it has in the file."""
        return 0 if self.kind in (0, NO_BITS) else self.size

    @property
    def end(self) -> int:
        """Where its bytes end in the file."""
        return self.offset + self.file_size


class DynamicEntry(NamedTuple):
    """One entry of the dynamic section."""

    tag: int
    value: int


class VersionNeedPlace(NamedTuple):
    """Where a library's name stands in the version requirements.

    Arguments:
        at: offset of vn_file in the file.
        name: offset of the name in the dynamic strings.
    """

    at: int
    name: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The tables of one file.

    Arguments:
        view: its bytes.
        header: the ELF header.
        programs: the program header table.
        sections: the section header table; () when there is none.
        section_names: their names, by sh_name; none where there is no table of names.
        dynamic: the dynamic section up to its end mark; () when there is none.
        dynamic_row: its row in the program header table.
    """

    view: View
    header: Header
    programs: tuple[ProgramRow, ...]
    sections: tuple[SectionRow, ...]
    section_names: Mapping[int, bytes]
    dynamic: tuple[DynamicEntry, ...]
    dynamic_row: ProgramRow | None

    @property
    def loads(self) -> tuple[ProgramRow, ...]:
        """The segments that are loaded."""
        return tuple(row for row in self.programs if row.kind == SegmentType.LOAD)

    @property
    def is_program(self) -> bool:
        """Whether a kernel may start it: it tells such a file where its program headers are."""
        kinds = {row.kind for row in self.programs}
        pie = any(entry.tag == DT_FLAGS_1 and entry.value & _PROGRAM_FLAG for entry in self.dynamic)
        return self.header.type == 2 or SegmentType.INTERP in kinds or pie  # noqa: PLR2004 ET_EXEC

    def single(self, tag: int) -> int | None:
        """Return the value of the one dynamic entry with that tag; None where there is none.

        Raises:
            MalformedElfError: there are two.
        """
        values = [entry.value for entry in self.dynamic if entry.tag == tag]
        if len(values) > 1:
            raise malformed(f"the dynamic section has {len(values)} entries with tag {tag:#x}, where one is allowed")
        return values[0] if values else None

    def offset_of(self, address: int, size: int, what: str) -> int:
        """Return where in the file the bytes are that are loaded to that address.

        Raises:
            MalformedElfError: they are not all in one loaded segment.
        """
        for row in self.loads:
            if row.address <= address and address + size <= row.address + row.file_size:
                return address - row.address + row.offset
        raise malformed(f"{what} at address {address:#x} is in no loaded segment")

    def strings_at(self) -> tuple[int, int]:
        """Return where in the file the dynamic strings begin, and their number of bytes.

        Raises:
            MalformedElfError: there are none, or they leave the file.
        """
        address, size = self.single(DT_STRTAB), self.single(DT_STRSZ)
        if address is None or not size:
            raise malformed("the dynamic section tells of no strings")
        return self.offset_of(address, size, "the dynamic string table"), size

    def strings(self) -> bytes:
        """Return the dynamic strings."""
        at, size = self.strings_at()
        return bytes(self.view.piece(at, size, "the dynamic strings"))

    def version_needs(self) -> Iterator[VersionNeedPlace]:
        """Return where the names of libraries are that versions are asked of.

        Raises:
            MalformedElfError: the list leaves the file or ends before its count.
        """
        address, count = self.single(DT_VERNEED), self.single(DT_VERNEEDNUM) or 0
        if address is None:
            return
        row = self.view.layout("HHIII", "HHIII")
        at = self.offset_of(address, 0, "the version requirements")
        for left in range(count, 0, -1):
            _, _, name, _, step = self.view.record(row, at, "a version requirement")
            yield VersionNeedPlace(at + 4, name)
            if step < row.size and left > 1:
                raise malformed("the list of version requirements ends before its count")
            at += step

    def section_name(self, section: SectionRow) -> bytes:
        """Return the name of one of its sections; b"" where there are no names."""
        return self.section_names.get(section.name, b"")


def read_layout(data: bytes | memoryview) -> Layout:
    """Return the tables of a shared object or program.

    Arguments:
        data: the whole file.

    Raises:
        MalformedElfError: it is no ELF file, or a table lies.
        RefusedError: it is an ELF file of a kind that nobody loads, such as an object file.
    """
    view = _view(memoryview(data).cast("B"))
    header = Header(*view.record(header_layout(view), _IDENTIFICATION_SIZE, "the header"))
    if header.type not in (2, 3):
        raise _refused(f"its type is {header.type}: neither a program nor a shared object")
    if header.segment_count >= _MANY_SEGMENTS or max(header.section_count, header.names) >= _MANY_SECTIONS:
        raise _refused("it has more segments than any linker writes, or more sections than its header can count")
    programs = _programs(view, header)
    found = [row for row in programs if row.kind == SegmentType.DYNAMIC and row.file_size]
    if len(found) > 1:
        raise malformed("it has two dynamic sections")
    row = found[0] if found else None
    sections = _sections(view, header)
    return Layout(
        view=view,
        header=header,
        programs=programs,
        sections=sections,
        section_names=_section_names(view, sections, header.names),
        dynamic=() if row is None else _dynamic(view, row, programs),
        dynamic_row=row,
    )


def header_layout(view: View) -> struct.Struct:
    """Return the layout of the header, behind its identification."""
    return view.layout("HHIIIIIHHHHHH", "HHIQQQIHHHHHH")


def pack_header(view: View, header: Header) -> bytes:
    """Return the bytes of the header, with the file's identification."""
    return bytes(view.data[:_IDENTIFICATION_SIZE]) + header_layout(view).pack(*header)


def pack_programs(view: View, rows: Sequence[ProgramRow]) -> bytes:
    """Return the bytes of a program header table.

    Raises:
        RefusedError: a number is too large for the file's class.
    """
    layout = _program_layout(view)
    return b"".join(_packed(layout, row if view.is_wide else (row[0], *row[2:7], row[1], row[7])) for row in rows)


def pack_sections(view: View, rows: Sequence[SectionRow]) -> bytes:
    """Return the bytes of a section header table.

    Raises:
        RefusedError: a number is too large for the file's class.
    """
    layout = _section_layout(view)
    return b"".join(_packed(layout, row) for row in rows)


def pack_dynamic(view: View, entries: Sequence[DynamicEntry], size: int = 0) -> bytes:
    """Return the bytes of a dynamic section, with its end mark, filled up with end marks to `size`.

    Raises:
        RefusedError: a number is too large for the file's class.
    """
    layout = dynamic_layout(view)
    packed = b"".join(_packed(layout, entry) for entry in (*entries, DynamicEntry(DT_NULL, 0)))
    return packed.ljust(size, b"\0")


def dynamic_layout(view: View) -> struct.Struct:
    """Return the layout of a dynamic entry."""
    return view.layout("II", "QQ")


def _packed(layout: struct.Struct, numbers: Sequence[int]) -> bytes:
    try:
        return layout.pack(*numbers)
    except struct.error as error:
        raise _refused("an address or offset becomes too large for its class") from error


def _view(data: memoryview) -> View:
    if len(data) < _IDENTIFICATION_SIZE or bytes(data[:4]) != b"\x7fELF":
        raise malformed("it does not begin with the ELF identification")
    classes: dict[int, Literal[32, 64]] = {1: 32, 2: 64}
    orders: dict[int, Literal["little", "big"]] = {1: "little", 2: "big"}
    if data[4] not in classes or data[5] not in orders:
        raise malformed(f"class {data[4]} or byte order {data[5]} does not exist")
    return View(data=data, elf_class=classes[data[4]], byte_order=orders[data[5]])


def _program_layout(view: View) -> struct.Struct:
    return view.layout("IIIIIIII", "IIQQQQQQ")


def _section_layout(view: View) -> struct.Struct:
    return view.layout("IIIIIIIIII", "IIQQQQIIQQ")


def _programs(view: View, header: Header) -> tuple[ProgramRow, ...]:
    layout = _program_layout(view)
    if header.segment_count and header.segment_size != layout.size:
        raise malformed(f"a program header is said to have {header.segment_size} bytes instead of {layout.size}")
    table = view.table(layout, header.segments_at, header.segment_count, "the program header table")
    rows = tuple(ProgramRow(*(row if view.is_wide else (row[0], row[6], *row[1:6], row[7]))) for row in table)
    loads = [row for row in rows if row.kind == SegmentType.LOAD]
    if not loads:
        raise malformed("it has no loaded segment")
    for row in loads:
        view.piece(row.offset, row.file_size, "a loaded segment")
        if row.memory_size < row.file_size:
            raise malformed("a loaded segment has more bytes in the file than in memory")
    for before, after in pairwise(loads):
        if after.address < before.memory_end:
            raise malformed("its loaded segments overlap or are not in the order of their addresses")
    return rows


def _sections(view: View, header: Header) -> tuple[SectionRow, ...]:
    if not header.sections_at or not header.section_count:
        return ()
    layout = _section_layout(view)
    if header.section_size != layout.size:
        raise malformed(f"a section header is said to have {header.section_size} bytes instead of {layout.size}")
    table = view.table(layout, header.sections_at, header.section_count, "the section header table")
    rows = tuple(SectionRow(*row) for row in table)
    for row in rows:
        view.piece(row.offset if row.file_size else 0, row.file_size, "a section")
    if header.names >= len(rows):
        raise malformed(f"section {header.names} is said to hold the names of the {len(rows)} sections")
    return rows


def _section_names(view: View, rows: Sequence[SectionRow], number: int) -> Mapping[int, bytes]:
    if not rows or not number:
        return {}
    table = bytes(view.data[rows[number].offset : rows[number].end])
    names: dict[int, bytes] = {}
    left = STRING_TABLE_READS * len(table)
    for row in rows:
        end = table.find(b"\0", row.name)
        left -= max(end - row.name, 0)
        if row.name >= len(table) or end < 0 or left < 0:
            raise malformed("a section's name begins or ends outside of the section names, or they overlap without end")
        names[row.name] = table[row.name : end]
    return names


def _dynamic(view: View, row: ProgramRow, programs: Sequence[ProgramRow]) -> tuple[DynamicEntry, ...]:
    home = [
        load for load in programs if load.kind == SegmentType.LOAD and load.offset <= row.offset and row.end <= load.end
    ]
    if not any(load.address - load.offset == row.address - row.offset for load in home):
        raise malformed("the dynamic section is not where its segment is loaded")
    entries: list[DynamicEntry] = []
    layout = dynamic_layout(view)
    for tag, value in view.table(layout, row.offset, row.file_size // layout.size, "the dynamic section"):
        if tag == DT_NULL:
            return tuple(entries)
        entries.append(DynamicEntry(tag, value))
    raise malformed("the dynamic section has no end mark")


def _refused(why: str) -> RefusedError:
    return RefusedError("an ELF file cannot be edited", why=why, hint="leave it as it is, or build it again")
