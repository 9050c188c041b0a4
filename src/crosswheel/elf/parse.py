"""From the bytes of an ELF file to facts."""

import re
from typing import Literal

from crosswheel.bounded import Allowance
from crosswheel.elf.dynamic import read_dynamic
from crosswheel.elf.notes import arm_attributes, x86_isa_needed
from crosswheel.elf.symbols import read_symbols
from crosswheel.elf.value import ElfFile, Segment, SegmentType
from crosswheel.elf.versions import needs_by_library, read_version_definitions, read_version_needs
from crosswheel.elf.view import STRING_TABLE_READS, View, malformed

_MAGIC = b"\x7fELF"
_IDENTIFICATION_SIZE = 16
_MORE_SEGMENTS = 0xFFFF  # PN_XNUM: the true number is in the first section's sh_info
_MORE_SECTIONS = 0xFFFF  # SHN_XINDEX: the true index is in the first section's sh_link
_SECTION_PROGBITS = 1
_SECTION_SYMTAB, _SECTION_STRTAB, _SECTION_NOBITS, _SECTION_DYNSYM = 2, 3, 8, 11
_ALLOCATED, _CODE = 2, 4  # SHF_ALLOC, SHF_EXECINSTR
_EXECUTE = 1  # PF_X
_SANITIZER = re.compile(rb"\0(__ubsan_handle_[a-z0-9_]{1,80})(?=\0)")
_MOST_HANDLERS = 1000  # there are some fifty
_ROW_COST = 400  # bytes of memory that a row of the tables of segments and sections takes


def is_elf(start: bytes) -> bool:
    """Tell whether a file that begins with these bytes is, or pretends to be, an ELF file."""
    return start[:4] == _MAGIC


def parse_elf(data: bytes | memoryview, *, exports: bool = True, allowance: Allowance | None = None) -> ElfFile:
    """Return the facts about an ELF file of either class and byte order.

    The dynamic section is read as the loader reads it, by segments; the section table only tells names, whether the
    file was stripped, and the number of symbols where no hash table tells it.

    Arguments:
        data: the whole file.
        exports: whether the defined symbols, and handlers of sanitizers among them, are asked for: most of the work.
        allowance: memory that the facts may take; None for any.

    Raises:
        MalformedElfError: it is none, it is cut off, or one of its headers lies.
        BadInputError: the facts take more memory than they may.
    """
    view, os_abi = _identify(memoryview(data), allowance)
    header = view.record(view.layout("HHIIIIIHHHHHH", "HHIQQQIHHHHHH"), _IDENTIFICATION_SIZE, "the header")
    kind, machine, _, _, segments_at, sections_at, flags, _, segment_size, segment_count, section_size, count, names = (
        header
    )
    sections = _read_sections(view, sections_at, section_size, count)
    if segment_count == _MORE_SEGMENTS and sections:
        segment_count = sections[0][7]
    segments = _read_segments(view, segments_at, segment_size, segment_count)
    dynamic = read_dynamic(view, segments)
    needs = read_version_needs(view, dynamic)
    definitions = read_version_definitions(view, dynamic)
    section_symbols = max((row[5] // row[9] for row in sections if row[1] == _SECTION_DYNSYM and row[9]), default=0)
    undefined, defined = read_symbols(view, dynamic, needs, definitions, section_symbols, exports=exports)
    section_names = _section_names(view, sections, names)
    interpreter = next((segment for segment in segments if segment.type == SegmentType.INTERP), None)
    stack = next((segment for segment in segments if segment.type == SegmentType.GNU_STACK), None)
    return ElfFile(
        elf_class=view.elf_class,
        byte_order=view.byte_order,
        machine=machine,
        flags=flags,
        os_abi=os_abi,
        type=kind,
        segments=segments,
        sections=section_names,
        interpreter=None if interpreter is None else _text(view, interpreter),
        is_dynamic=dynamic.present,
        needed=dynamic.needed,
        soname=dynamic.soname,
        rpath=dynamic.rpath,
        runpath=dynamic.runpath,
        imports=undefined,
        exports=defined,
        version_needs=needs_by_library(needs),
        version_definitions=tuple(definition.version for definition in definitions if not definition.is_base),
        has_text_relocations=dynamic.has_text_relocations,
        stack_flags=None if stack is None else stack.flags,
        has_symbol_table=any(row[1] == _SECTION_SYMTAB for row in sections),
        sanitizer_handlers=_sanitizer_handlers(view, sections) if exports else (),
        x86_isa_needed=x86_isa_needed(view, machine, segments),
        arm_attributes=arm_attributes(view, machine, sections),
        data_areas=_data_areas(segments, sections, section_names),
    )


def _identify(data: memoryview, allowance: Allowance | None) -> tuple[View, int]:
    if len(data) < _IDENTIFICATION_SIZE or not is_elf(bytes(data[:4])):
        raise malformed("it does not begin with the ELF identification")
    classes: dict[int, Literal[32, 64]] = {1: 32, 2: 64}
    orders: dict[int, Literal["little", "big"]] = {1: "little", 2: "big"}
    if data[4] not in classes or data[5] not in orders:
        raise malformed(f"class {data[4]} or byte order {data[5]} does not exist")
    return View(data=data, elf_class=classes[data[4]], byte_order=orders[data[5]], allowance=allowance), data[7]


def _read_segments(view: View, offset: int, size: int, count: int) -> tuple[Segment, ...]:
    if not count:
        return ()
    layout = view.layout("IIIIIIII", "IIQQQQQQ")
    if size != layout.size:
        raise malformed(f"a program header is said to have {size} bytes instead of {layout.size}")
    rows = view.table(layout, offset, count, "the program header table")
    view.allow(_ROW_COST * count)
    segments = []
    for row in rows:
        if view.is_wide:
            kind, flags, start, address, _, file_size, memory_size, align = row
        else:
            kind, start, address, _, file_size, memory_size, flags, align = row
        if kind == SegmentType.LOAD:
            view.piece(start, file_size, "a loaded segment")
        segments.append(
            Segment(
                type=kind,
                flags=flags,
                offset=start,
                address=address,
                file_size=file_size,
                memory_size=memory_size,
                align=align,
            )
        )
    return tuple(segments)


def _read_sections(view: View, offset: int, size: int, count: int) -> tuple[tuple[int, ...], ...]:
    """Return the rows: name, type, flags, address, offset, size, link, info, align, entry size."""
    if not offset:
        return ()
    layout = view.layout("IIIIIIIIII", "IIQQQQIIQQ")
    if size != layout.size:
        raise malformed(f"a section header is said to have {size} bytes instead of {layout.size}")
    # More than 0xfeff sections: their number is in the first one's sh_size.
    count = count or view.record(layout, offset, "the first section header")[5]
    table = view.table(layout, offset, count, "the section header table")
    view.allow(_ROW_COST * count)
    rows = tuple(table)
    for row in rows:
        if row[1] not in (0, _SECTION_NOBITS):
            view.piece(row[4], row[5], "a section")
    return rows


def _section_names(view: View, sections: tuple[tuple[int, ...], ...], names: int) -> tuple[str, ...]:
    if names == _MORE_SECTIONS and sections:
        names = sections[0][6]
    if not sections or not names:
        return ()
    if names >= len(sections):
        raise malformed(f"section {names} is said to hold the names of the {len(sections)} sections")
    strings = view.strings(sections[names][4], sections[names][5], "the section names")
    return tuple(strings.texts([row[0] for row in sections]))


def _data_areas(
    segments: tuple[Segment, ...], sections: tuple[tuple[int, ...], ...], names: tuple[str, ...]
) -> tuple[tuple[int, int], ...]:
    found = [
        (row[4], row[5])
        for row, name in zip(sections, names, strict=False)
        if row[1] == _SECTION_PROGBITS
        and ((row[2] & (_ALLOCATED | _CODE) == _ALLOCATED and not name.startswith(".eh_frame")) or name == ".comment")
    ]
    if not found:  # without a section table code and data cannot be told apart where an old linker put both together
        loaded = [segment for segment in segments if segment.type == SegmentType.LOAD]
        data = [segment for segment in loaded if not segment.flags & _EXECUTE]
        apart = len(data) > len(loaded) // 2
        found = [(segment.offset, segment.file_size) for segment in (data if apart else loaded)]
    # Sections of a hostile file may overlap without end: what two share is looked through once.
    areas: list[tuple[int, int]] = []
    reached = 0
    for start, size in sorted(found):
        begin = max(start, reached)
        if start + size > begin:
            areas.append((begin, start + size - begin))
            reached = start + size
    return tuple(areas)


def _sanitizer_handlers(view: View, sections: tuple[tuple[int, ...], ...]) -> tuple[str, ...]:
    tables = {(row[4], row[5]) for row in sections if row[1] == _SECTION_STRTAB}
    if sum(size for _, size in tables) > STRING_TABLE_READS * len(view.data):
        raise malformed("its string tables overlap without end")
    found: set[bytes] = set()
    for at, size in sorted(tables):
        for match in _SANITIZER.finditer(view.piece(at, size, "a string table")):
            found.add(match[1])
            if len(found) >= _MOST_HANDLERS:
                break
    return tuple(sorted(name.decode() for name in found))


def _text(view: View, segment: Segment) -> str:
    return (
        bytes(view.piece(segment.offset, segment.file_size, "the interpreter's name"))
        .split(b"\0")[0]
        .decode("utf-8", "backslashreplace")
    )
