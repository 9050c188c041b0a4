"""What of an ELF file is not loaded: moved as it is, or left out as GNU strip leaves it out."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crosswheel.elf.layout import NO_BITS, Layout, SectionRow
from crosswheel.elf.same import without
from crosswheel.errors import RefusedError

_SYMBOLS, _STRINGS, _RELA, _REL, _GROUP, _MORE_INDEXES = 2, 3, 4, 9, 17, 18  # SHT_
_INFO_IS_SECTION = 0x40  # SHF_INFO_LINK
_DEBUG = (
    b".debug",
    b".zdebug",
    b".stab",
    b".line",
    b".gdb_index",
    b".gnu_debugdata",
    b".gnu_debugaltlink",
    b".gnu.debuglto_",
    b".gnu.linkonce.wi.",
    b".llvm_addrsig",
)
_LARGEST_ALIGN = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """What comes behind the loaded bytes of a file.

    Arguments:
        pieces: bytes up to the section header table.
        sections: the section header table.
        sections_at: its offset in the new file; 0 when there is none.
        names: number of the section with the names.
        behind: bytes behind the section header table.
        moved: new offsets of sections by their old ones.
        drops: whether sections were left out.
    """

    pieces: tuple[bytes | memoryview, ...]
    sections: tuple[SectionRow, ...]
    sections_at: int
    names: int
    behind: tuple[bytes | memoryview, ...] = ()
    moved: Mapping[int, int]
    drops: bool


def loaded_end(layout: Layout, *, strip: bool) -> int:
    """Return the offset behind all that is loaded, at which a file can be cut.

    Arguments:
        layout: the file.
        strip: whether sections are left out, so that only those that stay must not be cut through.

    Raises:
        RefusedError: something is appended behind the file that no header tells of, which may say where it is.
    """
    header = layout.header
    end = max(header.size, header.segments_at + header.segment_count * header.segment_size)
    end = max(end, *(row.end for row in layout.loads), *(row.end for row in layout.sections if row.is_loaded), 0)
    if not layout.sections:
        return len(layout.view.data)
    table = (header.sections_at, header.sections_at + header.section_count * header.section_size)
    places = [(row.offset, row.end) for row in layout.sections if row.file_size]
    _check_nothing_behind(layout, max(end, table[1], *(place[1] for place in places), 0))
    if strip:
        places = [(row.offset, row.end) for row in layout.sections if row.file_size and _stays(layout, row)]
    else:
        places.append(table)
    for start, stop in sorted(places):
        if start < end:
            end = max(end, stop)
    return end


def moved_tail(layout: Layout, sections: Sequence[SectionRow], cut: int, start: int) -> Tail:
    """Return what is behind the loaded bytes, as it is, only further back.

    Arguments:
        layout: the file.
        sections: its section headers, those of tables that moved with their new places.
        cut: where the loaded bytes end.
        start: where the new ones end.
    """
    header = layout.header
    if not sections:
        return Tail(pieces=(), sections=(), sections_at=header.sections_at, names=header.names, moved={}, drops=False)
    align = max((row.align for row in layout.sections if _follows(row, cut)), default=1)
    align = max(8, min(align, _LARGEST_ALIGN))
    shift = _aligned(start - cut, align)
    rows, moved = [], {}
    for old, row in zip(layout.sections, sections, strict=True):
        if _follows(old, cut):
            moved[old.offset] = old.offset + shift
            rows.append(row._replace(offset=old.offset + shift))
        else:
            rows.append(row)
    table_at, data = header.sections_at, layout.view.data
    padding = bytes(shift - (start - cut))
    if table_at < cut:
        return Tail(
            pieces=(padding, data[cut:]),
            sections=tuple(rows),
            sections_at=table_at,
            names=header.names,
            moved=moved,
            drops=False,
        )
    return Tail(
        pieces=(padding, data[cut:table_at]),
        sections=tuple(rows),
        sections_at=table_at + shift,
        names=header.names,
        behind=(data[table_at + header.section_count * header.section_size :],),
        moved=moved,
        drops=False,
    )


def stripped_tail(layout: Layout, sections: Sequence[SectionRow], cut: int, start: int) -> Tail:
    """Return what stays of that which is not loaded: notes, attributes, the compiler's name, the names of sections.

    Sections that are left out ahead of a loaded one leave an empty row: dynamic symbols tell their section by number,
    and their bytes are not touched.

    Arguments:
        layout: the file.
        sections: its section headers, those of tables that moved with their new places.
        cut: where the loaded bytes end.
        start: where the new ones end.
    """
    last = max((number for number, row in enumerate(layout.sections) if row.is_loaded), default=0)
    numbers: dict[int, int] = {}
    for number, row in enumerate(layout.sections):
        if number <= last or _stays(layout, row):
            numbers[number] = len(numbers)
    names = _Names()
    kept = {number for number in numbers if number == 0 or _stays(layout, layout.sections[number])}
    rows: list[SectionRow] = []
    pieces: list[bytes | memoryview] = []
    moved: dict[int, int] = {}
    at = start
    for number in numbers:
        old, row = layout.sections[number], sections[number]
        if number not in kept:
            rows.append(SectionRow(0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
            continue
        row = _renumbered(row, numbers, kept)._replace(name=names.place(layout.section_name(old)) if number else 0)
        if number != layout.header.names and _follows(old, cut):
            padding = -at % max(1, min(row.align, _LARGEST_ALIGN))
            pieces += [bytes(padding), layout.view.data[old.offset : old.end]]
            moved[old.offset] = at + padding
            row = row._replace(offset=at + padding)
            at += padding + old.file_size
        rows.append(row)
    table = names.table if layout.header.names else b""
    if table:
        named = numbers[layout.header.names]
        rows[named] = rows[named]._replace(offset=at, size=len(table))
    padding = -(at + len(table)) % 8
    return Tail(
        pieces=(*pieces, table, bytes(padding)),
        sections=tuple(rows),
        sections_at=at + len(table) + padding,
        names=numbers[layout.header.names] if table else 0,
        moved=moved,
        drops=True,
    )


def stripped_holes(layout: Layout, cut: int) -> dict[int, bytes]:
    """Return zeros, by offset, for what is left out but lies between loaded bytes: they compress to nothing."""
    stay = [(row.offset, row.end) for row in layout.programs if row.file_size]
    stay += [(row.offset, row.end) for row in layout.sections if row.file_size and _stays(layout, row)]
    holes = list(without((0, cut), stay))
    starts = [start for start, _ in holes]
    blank = {}
    for row in layout.sections:
        if row.file_size and 0 < row.offset < cut and not _stays(layout, row):
            at = bisect_right(starts, row.offset) - 1
            if at >= 0 and row.end <= holes[at][1]:
                blank[row.offset] = bytes(row.file_size)
    return blank


def _stays(layout: Layout, row: SectionRow) -> bool:
    if row.is_loaded or row is layout.sections[layout.header.names]:
        return True
    if row.kind in (0, _SYMBOLS, _STRINGS, _RELA, _REL, _GROUP, _MORE_INDEXES):
        return False
    return not layout.section_name(row).startswith(_DEBUG)


def _follows(row: SectionRow, cut: int) -> bool:
    """Tell whether a section has bytes behind the loaded ones."""
    return row.kind not in (0, NO_BITS) and row.offset >= cut and not (row.is_loaded and not row.size)


def _renumbered(row: SectionRow, numbers: Mapping[int, int], kept: set[int]) -> SectionRow:
    def new(number: int) -> int:
        return numbers[number] if number in kept else 0

    is_section = row.kind in (_RELA, _REL) or row.flags & _INFO_IS_SECTION
    return row._replace(link=new(row.link), info=new(row.info) if is_section else row.info)


def _check_nothing_behind(layout: Layout, end: int) -> None:
    data = layout.view.data
    if any(any(data[at : at + 65536]) for at in range(end, len(data), 65536)):
        raise RefusedError(
            "an ELF file cannot be edited",
            why=f"{len(data) - end} bytes are appended to it that no header tells of, and they may say where they are",
            hint="leave it as it is, or edit it before the bytes are appended",
        )


def _aligned(number: int, align: int) -> int:
    return -(-number // align) * align


class _Names:
    """The names of sections that stay."""

    def __init__(self) -> None:
        self.table = b"\0"

    def place(self, name: bytes) -> int:
        at = self.table.find(name + b"\0")
        if at < 0:
            at = len(self.table)
            self.table += name + b"\0"
        return at
