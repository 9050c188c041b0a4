"""Edits of ELF files: names of libraries, run paths, and what is left out.

The old bytes stay where they are. What has to grow (the dynamic strings, the dynamic section where it has no spare
entry, the program header table) goes into one new segment behind all others, so that no address in the file changes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from crosswheel.elf.change import DynamicEdit, ElfChange, edit_dynamic
from crosswheel.elf.layout import (
    DT_STRSZ,
    DT_STRTAB,
    PHDR,
    DynamicEntry,
    Layout,
    ProgramRow,
    SectionRow,
    dynamic_layout,
    pack_dynamic,
    pack_header,
    pack_programs,
    pack_sections,
    read_layout,
)
from crosswheel.elf.strip import Tail, loaded_end, moved_tail, stripped_holes, stripped_tail
from crosswheel.elf.value import SegmentType
from crosswheel.errors import RefusedError

_CHUNK = 1 << 20
# Of the new segment: enough for its tables, which follow each other without a gap. GNU strip lays out a segment anew as
# "behind the last one, program headers, sections", and what it finds already so stays where it is.
_ALIGN = 8
_PADDING_LIMIT = 64 << 20  # bytes of zeros that a program with much uninitialized memory may grow by
_SMALL_PAGES = {3: 4096, 62: 4096}  # i386 and x86-64 have no other pages that matter to a loader
_LARGEST_PAGE = 65536  # of every other machine (aarch64, ppc64le, loongarch64 …): what kernels may be built with
_STRING_SECTION, _DYNAMIC_SECTION = 3, 6

Piece = bytes | memoryview


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedElf:
    """An edited file, as slices of the old one and new bytes between them.

    Arguments:
        pieces: its content, in order.
    """

    pieces: tuple[Piece, ...]

    @property
    def size(self) -> int:
        """Its number of bytes."""
        return sum(map(len, self.pieces))

    def chunks(self) -> Iterator[Piece]:
        """Return its content, in pieces of at most a mebibyte."""
        for piece in self.pieces:
            view = memoryview(piece)
            for start in range(0, len(view), _CHUNK):
                yield view[start : start + _CHUNK]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """What is known of the new file before its parts are put together.

    Arguments:
        cut: where the old file's loaded bytes end.
        patches: what is written over in them, by offset.
        programs: the program header table.
        new: the new segment, with the zeros ahead of it.
        tables_at: offset of the program header table.
        tail: what is not loaded.
    """

    cut: int
    patches: dict[int, bytes]
    programs: tuple[ProgramRow, ...]
    new: tuple[Piece, ...]
    tables_at: int
    tail: Tail


def edit_elf(data: bytes | memoryview, change: ElfChange) -> EditedElf:
    """Return an ELF file with a change made to it; a file of any architecture, shared object or program.

    Nothing that is loaded moves: only what the change asks for, and the tables that tell of it, are written anew. A
    shared object can be stripped afterwards; a program must not be, since GNU strip would put its new segment over the
    end of its uninitialized memory: strip it with the same change.

    Arguments:
        data: the whole file; it must stay as it is as long as the result is used.
        change: what is to be changed.

    Raises:
        MalformedElfError: it is no ELF file, or a table of it lies.
        RefusedError: it cannot be edited safely; the message says why.
    """
    layout = read_layout(data)
    edit = edit_dynamic(layout, change)
    row = layout.dynamic_row
    dynamic_moves = row is not None and (len(edit.entries) + 1) * dynamic_layout(layout.view).size > row.file_size
    strips = change.strip and bool(layout.sections)
    if edit.strings is not None or dynamic_moves:
        return _assembled(layout, _with_segment(layout, edit, dynamic_moves=dynamic_moves, strips=strips))
    patches = _small_patches(layout, edit)
    if not strips:
        return EditedElf(pieces=tuple(_patched(layout, 0, len(layout.view.data), patches)))
    cut = loaded_end(layout, strip=True)
    tail = stripped_tail(layout, layout.sections, cut, cut)
    programs = tuple(_follow(row, tail, cut) for row in layout.programs)
    at = layout.header.segments_at
    patches[at] = pack_programs(layout.view, programs)
    return _assembled(layout, _Draft(cut=cut, patches=patches, programs=programs, new=(), tables_at=at, tail=tail))


def _with_segment(layout: Layout, edit: DynamicEdit, *, dynamic_moves: bool, strips: bool) -> _Draft:
    cut = loaded_end(layout, strip=strips)
    offset, address, align = _place(layout, cut)
    old_size = len(pack_programs(layout.view, layout.programs))
    tables_size = old_size + layout.header.segment_size
    dynamic_at = _aligned(tables_size, _ALIGN)
    dynamic_size = (len(edit.entries) + 1) * dynamic_layout(layout.view).size if dynamic_moves else 0
    strings_at = dynamic_at + dynamic_size
    entries, strings = edit.entries, edit.strings or b""
    if strings:
        values = {DT_STRTAB: address + strings_at, DT_STRSZ: len(strings)}
        entries = tuple(DynamicEntry(entry.tag, values.get(entry.tag, entry.value)) for entry in entries)
    size = strings_at + len(strings)
    load = ProgramRow(SegmentType.LOAD, 6 if dynamic_moves else 4, offset, address, address, size, size, align)
    if load.memory_end > 1 << layout.view.elf_class:
        raise _refused("there is no address left behind its segments")
    programs = _new_programs(layout, load, tables_size, (dynamic_at, dynamic_size))
    sections = _new_sections(layout, load, (dynamic_at, dynamic_size), (strings_at, len(strings)))
    patches = _small_patches(layout, replace(edit, entries=entries, blanked=() if strings else edit.blanked))
    if dynamic_moves and layout.dynamic_row is not None:
        del patches[layout.dynamic_row.offset]  # the old one stays as it was, as what _DYNAMIC points to
    patches[layout.header.segments_at] = bytes(old_size)
    if strings and _owns_its_strings(layout):
        at, length = layout.strings_at()
        patches[at] = bytes(length)
    tail = (stripped_tail if strips else moved_tail)(layout, sections, cut, offset + size)
    programs = tuple(_follow(row, tail, cut) for row in programs)
    tables = pack_programs(layout.view, programs).ljust(dynamic_at, b"\0")
    dynamic = pack_dynamic(layout.view, entries) if dynamic_moves else b""
    new = (*_zeros(offset - cut), tables, dynamic, strings)
    return _Draft(cut=cut, patches=patches, programs=programs, new=new, tables_at=offset, tail=tail)


def _assembled(layout: Layout, draft: _Draft) -> EditedElf:
    """Return the file: what is loaded with its patches, the new segment, and what is not loaded."""
    tail, patches = draft.tail, dict(draft.patches)
    header = layout.header._replace(
        segments_at=draft.tables_at,
        segment_count=len(draft.programs),
        sections_at=tail.sections_at,
        section_count=len(tail.sections),
        names=tail.names,
    )
    patches[0] = pack_header(layout.view, header)
    if tail.drops:
        patches |= stripped_holes(layout, draft.cut)
    table = pack_sections(layout.view, tail.sections)
    in_loaded = tail.sections_at < draft.cut
    if table and in_loaded:
        patches[tail.sections_at] = table
    pieces = (*_patched(layout, 0, draft.cut, patches), *draft.new, *tail.pieces)
    if not in_loaded:
        pieces += (table, *tail.behind)
    return EditedElf(pieces=tuple(piece for piece in pieces if len(piece)))


def _small_patches(layout: Layout, edit: DynamicEdit) -> dict[int, bytes]:
    """Return what is written over in place, by offset: the dynamic section, names of versions, what is spare."""
    word = layout.view.layout("I", "I")
    patches = {need.at: word.pack(need.name) for need in edit.version_needs}
    if layout.dynamic_row is not None:
        row = layout.dynamic_row
        old_size = (len(layout.dynamic) + 1) * dynamic_layout(layout.view).size
        patches[row.offset] = pack_dynamic(layout.view, edit.entries, old_size)
    for start, end in edit.blanked:
        patches[layout.strings_at()[0] + start] = bytes(end - start)
    return patches


def _patched(layout: Layout, start: int, end: int, patches: dict[int, bytes]) -> Iterator[Piece]:
    for at in sorted(patches):
        if at < start or at + len(patches[at]) > end:
            raise _refused("two of its tables lie over each other")
        yield layout.view.data[start:at]
        yield patches[at]
        start = at + len(patches[at])
    yield layout.view.data[start:end]


def _place(layout: Layout, cut: int) -> tuple[int, int, int]:
    """Return where the new segment goes: offset, address, alignment.

    Kernels before 5.18 take the place of a program's header table in memory to be its offset in the file behind the
    start of the first segment, so there both have to be the same distance away; the file is filled up for that.
    """
    align = _SMALL_PAGES.get(layout.header.machine, _LARGEST_PAGE)
    address = _aligned(max(row.memory_end for row in layout.loads), align)
    offset = _aligned(cut, _ALIGN)
    if not layout.is_program:
        return offset, address + offset % align, align
    distance = layout.loads[0].address - layout.loads[0].offset
    if distance % align:
        raise _refused("it is a program whose first segment is not aligned to a page")
    offset = max(offset, address - distance)
    if offset - cut > _PADDING_LIMIT:
        raise _refused(
            f"it is a program with {offset - cut} bytes of uninitialized memory, and the file would grow by them"
        )
    return offset, offset + distance, align


def _new_programs(
    layout: Layout, load: ProgramRow, tables_size: int, dynamic: tuple[int, int]
) -> tuple[ProgramRow, ...]:
    """Return the rows with the new one behind the other loaded ones, in the order of addresses."""
    rows: list[ProgramRow] = []
    last = max(number for number, row in enumerate(layout.programs) if row.kind == SegmentType.LOAD)
    for number, row in enumerate(layout.programs):
        if row.kind == PHDR:
            rows.append(_inside(row, load, 0, tables_size))
        elif row is layout.dynamic_row and dynamic[1]:
            rows.append(_inside(row, load, *dynamic))
        else:
            rows.append(row)
        if number == last:
            rows.append(load)
    return tuple(rows)


def _inside(row: ProgramRow, load: ProgramRow, at: int, size: int) -> ProgramRow:
    address = load.address + at
    return row._replace(offset=load.offset + at, address=address, physical=address, file_size=size, memory_size=size)


def _new_sections(
    layout: Layout, load: ProgramRow, dynamic: tuple[int, int], strings: tuple[int, int]
) -> tuple[SectionRow, ...]:
    """Return the section headers, those of moved tables with their new places."""
    moved: dict[tuple[int, int | None], tuple[int, int]] = {}
    if layout.dynamic_row is not None and dynamic[1]:
        moved[_DYNAMIC_SECTION, layout.dynamic_row.address] = dynamic
    if strings[1]:
        moved[_STRING_SECTION, layout.single(DT_STRTAB)] = strings
    rows = []
    for row in layout.sections:
        if row.is_loaded and (place := moved.get((row.kind, row.address))):
            at, size = place
            rows.append(row._replace(address=load.address + at, offset=load.offset + at, size=size))
        else:
            rows.append(row)
    return tuple(rows)


def _owns_its_strings(layout: Layout) -> bool:
    """Tell whether the section headers say that the dynamic strings are all that is in their place."""
    at, size = layout.strings_at()
    inside = [row for row in layout.sections if row.file_size and row.offset < at + size and at < row.end]
    return [(row.kind, row.offset, row.size) for row in inside] == [(_STRING_SECTION, at, size)]


def _follow(row: ProgramRow, tail: Tail, cut: int) -> ProgramRow:
    """Return a row with its new offset, when it tells of something that is not loaded (attributes of RISC-V)."""
    if row.offset < cut or not row.file_size or row.kind in (SegmentType.LOAD, SegmentType.DYNAMIC, PHDR):
        return row
    if row.offset not in tail.moved:
        raise _refused("a segment that is not loaded has no section of its own")
    return row._replace(offset=tail.moved[row.offset])


def _zeros(size: int) -> Iterator[Piece]:
    block = memoryview(bytes(min(size, _CHUNK)))
    while size > 0:
        yield block[:size]
        size -= len(block)


def _aligned(number: int, align: int) -> int:
    return -(-number // align) * align


def _refused(why: str) -> RefusedError:
    return RefusedError("an ELF file cannot be edited", why=why, hint="leave it as it is, or build it again")
