"""The proof of an edit: both files are read again, and whatever the change does not explain is told.

Nothing here asks how the edit was made. Since the dynamic symbols, their versions, their hash tables, the relocations
and the lists of functions to run are loaded bytes at addresses that the dynamic section tells, the same bytes and the
same entries are the same symbols and relocations; only names need a second look, for the table of strings may move.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from crosswheel.elf.change import ElfChange
from crosswheel.elf.compare_sections import section_differences
from crosswheel.elf.layout import (
    DT_NEEDED,
    DT_RPATH,
    DT_RUNPATH,
    DT_SONAME,
    DT_STRSZ,
    DT_STRTAB,
    PHDR,
    Layout,
    ProgramRow,
    dynamic_layout,
    read_layout,
)
from crosswheel.elf.same import Range, differences, is_zero, without
from crosswheel.elf.spare import blanked, spare_run_paths
from crosswheel.elf.value import SegmentType
from crosswheel.errors import RefusedError

_IDENTIFICATION_SIZE = 16
_NAMES = (DT_NEEDED, DT_SONAME, DT_RPATH, DT_RUNPATH)
_FLAGS = (4, 6)  # of an added segment: it is read, and written where the dynamic section is
_SMALLEST_PAGE = 4096


def compare_elf(before: bytes | memoryview, after: bytes | memoryview, change: ElfChange) -> tuple[str, ...]:
    """Return every difference between two files that a change does not explain, as sentences; () is the proof.

    Arguments:
        before: the file as it was.
        after: the edited file.
        change: what was asked for.

    Raises:
        RefusedError: the file as it was is none that can be edited.
    """
    old = read_layout(before)
    try:
        return tuple(_differences(old, read_layout(after), change))
    except RefusedError as error:
        return (f"it cannot be read again: {error.why or error.what}",)


def _differences(old: Layout, new: Layout, change: ElfChange) -> Iterator[str]:
    yield from _header(old, new)
    yield from _loads(old, new)
    yield from _other_segments(old, new)
    yield from _tables_place(old, new)
    spare = _spare(old, new)
    yield from _loaded_bytes(old, new, spare)
    if (old.dynamic_row is None) != (new.dynamic_row is None):
        yield "one has a dynamic section, the other has none"
    elif old.dynamic_row is not None:
        yield from _dynamic(old, new, change)
        yield from _strings(old, new, spare)
        yield from _version_needs(old, new, change)
    yield from _added_segment(old, new)
    yield from section_differences(old, new, strip=change.strip)


def _header(old: Layout, new: Layout) -> Iterator[str]:
    if old.view.data[:_IDENTIFICATION_SIZE].tobytes() != new.view.data[:_IDENTIFICATION_SIZE].tobytes():
        yield "the identification differs"
    for name in ("type", "machine", "version", "entry", "flags", "size", "segment_size", "section_size"):
        ours, theirs = getattr(old.header, name), getattr(new.header, name)
        if ours != theirs and not (name == "section_size" and not new.sections):
            yield f"the header's {name} is {theirs:#x} instead of {ours:#x}"


def _loads(old: Layout, new: Layout) -> Iterator[str]:
    there = {row.address: row for row in new.loads}
    for row in old.loads:
        found = there.pop(row.address, None)
        if found is None or found._replace(offset=row.offset) != row:
            yield f"the segment at {row.address:#x} is no longer loaded as it was"
    added = list(there.values())
    aligned = {row.address for row in old.loads if _is_aligned(row)}
    for row in new.loads:
        if (row in added or row.address in aligned) and not _is_aligned(row):
            yield f"the segment at {row.address:#x} is not aligned"
    spans = sorted((row.offset, row.end) for row in new.loads if row.file_size)
    shared = {(row.offset, row.end) for row in old.loads}
    for one, other in pairwise(spans):
        if other[0] < one[1] and not {one, other} <= shared:
            yield "two loaded segments have the same bytes of the file"
    if len(added) > 1:
        yield f"{len(added)} segments were added"
    elif added:
        yield from _added_row(new, added[0])


def _added_row(new: Layout, row: ProgramRow) -> Iterator[str]:
    if row.flags not in _FLAGS or row.physical != row.address or row.memory_size != row.file_size:
        yield f"the segment that was added at {row.address:#x} is not as such a segment has to be"
    if row != new.loads[-1] or row.align < _SMALLEST_PAGE:
        yield "the segment that was added is not behind the others, on a page of its own"
    elif len(new.loads) > 1 and row.address - row.address % row.align < new.loads[-2].memory_end:
        yield f"the segment that was added at {row.address:#x} shares a page with another"


def _is_aligned(row: ProgramRow) -> bool:
    power = row.align & (row.align - 1) == 0
    return power and (row.align < 2 or (row.address - row.offset) % row.align == 0)  # noqa: PLR2004 0 and 1 ask nothing


def _other_segments(old: Layout, new: Layout) -> Iterator[str]:
    own = (SegmentType.LOAD, SegmentType.DYNAMIC, PHDR)
    ours, theirs = ([row for row in layout.programs if row.kind not in own] for layout in (old, new))
    tables = [[(row.flags, row.align) for row in layout.programs if row.kind == PHDR] for layout in (old, new)]
    if tables[0] != tables[1]:
        yield "the row of PT_PHDR differs"
    if [row._replace(offset=0) for row in ours] != [row._replace(offset=0) for row in theirs]:
        yield "the rows of the program header table that tell of no loaded segment differ"
        return
    for row, found in zip(ours, theirs, strict=True):
        first = old.view.piece(row.offset if row.file_size else 0, row.file_size, "a segment")
        second = new.view.piece(found.offset if found.file_size else 0, found.file_size, "a segment")
        if row.memory_size and any(load.offset <= row.offset and row.end <= load.end for load in old.loads):
            if row.file_size and found.offset != new.offset_of(row.address, row.file_size, "a segment"):
                yield f"a segment of type {row.kind:#x} is no longer where it is loaded"
        elif differences(first, second):
            yield f"the bytes of a segment of type {row.kind:#x} differ"
        elif row.file_size == 0 and found.offset != row.offset:
            yield f"a segment of type {row.kind:#x} without bytes has another offset"
    kinds = [[row.kind for row in layout.programs] for layout in (old, new)]
    if [kind for kind in kinds[0] if kind != SegmentType.LOAD] != [k for k in kinds[1] if k != SegmentType.LOAD]:
        yield "the order of the program header table differs"


def _tables_place(old: Layout, new: Layout) -> Iterator[str]:
    """The loader is told where the program header table is in memory, and it has to be there."""
    header, size = new.header, new.header.segment_count * new.header.segment_size
    homes = [row for row in new.loads if row.offset <= header.segments_at and header.segments_at + size <= row.end]
    was = old.header.segments_at + old.header.segment_count * old.header.segment_size
    was_loaded = any(row.offset <= old.header.segments_at and was <= row.end for row in old.loads)
    if not homes:
        if was_loaded:
            yield "the program header table is no longer loaded"
        return
    home = homes[0]
    address = home.address + header.segments_at - home.offset
    for row in new.programs:
        if row.kind == PHDR and row[2:7] != (header.segments_at, address, address, size, size):
            yield "PT_PHDR does not tell where the program header table is"
    first = new.loads[0]
    if new.is_program and address - header.segments_at != first.address - first.offset:
        yield "kernels before 5.18 would look for the program header table in another place"


def _spare(old: Layout, new: Layout) -> tuple[Range, ...]:
    """The places in the old strings of run paths that the new file does not speak of."""
    if old.dynamic_row is None or new.dynamic_row is None:
        return ()
    return spare_run_paths(old, new.dynamic, [need.name for need in new.version_needs()])


def _loaded_bytes(old: Layout, new: Layout, spare: Iterable[Range]) -> Iterator[str]:
    places = {row.address: row.offset for row in new.loads}
    explained, blank = _explained(old, new, spare)
    data, other = old.view.data, new.view.data
    for row in old.loads:
        if row.address not in places:
            continue
        shift = places[row.address] - row.offset
        for start, end in without((row.offset, row.end), [*explained, *blank]):
            for at in differences(data[start:end], other[start + shift : end + shift]):
                yield f"loaded bytes differ behind address {at + start - row.offset + row.address:#x}"
        for start, end in blank:
            if row.offset <= start and end <= row.end:
                piece = other[start + shift : end + shift]
                if not is_zero(piece) and differences(data[start:end], piece):
                    yield f"{end - start} bytes that nothing uses any longer are neither as they were nor blank"


def _explained(old: Layout, new: Layout, spare: Iterable[Range]) -> tuple[list[Range], list[Range]]:
    """Return the places that are compared by their meaning, and those that nothing uses any longer."""
    tables = (old.header.segments_at, old.header.segments_at + len(old.programs) * old.header.segment_size)
    sections = (old.header.sections_at, old.header.sections_at + len(old.sections) * old.header.section_size)
    explained: list[Range] = [(0, old.header.size), sections]
    blank: list[Range] = []
    (explained if new.header.segments_at == old.header.segments_at else blank).append(tables)
    if old.dynamic_row is None or new.dynamic_row is None:
        return explained, blank
    if old.dynamic_row.address == new.dynamic_row.address:
        row, used = old.dynamic_row, max(len(old.dynamic), len(new.dynamic))
        explained.append((row.offset, min(row.end, row.offset + (used + 1) * dynamic_layout(old.view).size)))
    at, size = old.strings_at()
    if old.single(DT_STRTAB) != new.single(DT_STRTAB):
        blank.append((at, at + size))
    else:
        blank += [(at + start, at + end) for start, end in spare]
    explained += [(need.at, need.at + 4) for need in old.version_needs()]
    return explained, blank


def _dynamic(old: Layout, new: Layout, change: ElfChange) -> Iterator[str]:
    needed = [change.needed.get(name, name) for name in _texts(old, DT_NEEDED)]
    there = set(needed)
    needed += [name for name in dict.fromkeys(change.add_needed) if name not in there]
    soname = _texts(old, DT_SONAME) if change.soname is None else [change.soname]
    rpath, runpath = _texts(old, DT_RPATH), _texts(old, DT_RUNPATH)
    if change.run_path is not None:
        rpath, runpath = ([change.run_path] if change.run_path else []), []
    for tag, what, wanted in (
        (DT_NEEDED, "needed libraries", needed),
        (DT_SONAME, "own name", soname),
        (DT_RPATH, "DT_RPATH", rpath),
        (DT_RUNPATH, "DT_RUNPATH", runpath),
    ):
        if (found := _texts(new, tag)) != wanted:
            yield f"its {what} should be {wanted}, but {found} is there"
    moved = (*_NAMES, DT_STRTAB, DT_STRSZ)
    if [entry for entry in old.dynamic if entry.tag not in moved] != [
        entry for entry in new.dynamic if entry.tag not in moved
    ]:
        yield "the dynamic section differs in entries that were not to be changed"
    before, after = old.dynamic_row, new.dynamic_row
    if before and after:
        size = before.file_size if after.address == before.address else after.file_size
        told = before._replace(
            offset=after.offset,
            address=after.address,
            physical=after.address if after.address != before.address else before.physical,
            file_size=size,
            memory_size=size if after.address != before.address else before.memory_size,
        )
        if after != told:
            yield "the row of the dynamic section contradicts itself"


def _strings(old: Layout, new: Layout, spare: Iterable[Range]) -> Iterator[str]:
    before, after = old.strings(), new.strings()
    if not after.startswith(before) and not after.startswith(blanked(before, spare)):
        yield "the names of dynamic symbols and versions are not as they were"
    elif not after.endswith(b"\0"):
        yield "the last dynamic string does not end"


def _version_needs(old: Layout, new: Layout, change: ElfChange) -> Iterator[str]:
    before, after = ([_text(layout.strings(), need.name) for need in layout.version_needs()] for layout in (old, new))
    wanted = [change.needed.get(name, name) for name in before]
    if wanted != after:
        yield f"versions should be asked of {wanted}, but are asked of {after}"


def _added_segment(old: Layout, new: Layout) -> Iterator[str]:
    """Whatever the added segment holds has to be a table that moved; the rest of it is blank."""
    addresses = {row.address for row in old.loads}
    for row in new.loads:
        if row.address in addresses:
            continue
        start = new.header.segments_at
        tables: list[Range] = [(start, start + len(new.programs) * new.header.segment_size)]
        if new.dynamic_row is not None:
            tables += [(new.dynamic_row.offset, new.dynamic_row.end)]
            at, size = new.strings_at()
            tables += [(at, at + size)]
        inside = sorted(table for table in tables if row.offset <= table[0] and table[1] <= row.end)
        if any(second[0] < first[1] for first, second in pairwise(inside)):
            yield "two tables of the added segment lie over each other"
        if not all(is_zero(new.view.data[start:end]) for start, end in without((row.offset, row.end), inside)):
            yield "the added segment has bytes that belong to no table"


def _texts(layout: Layout, tag: int) -> list[str]:
    strings = layout.strings()
    return [_text(strings, entry.value) for entry in layout.dynamic if entry.tag == tag]


def _text(strings: bytes, offset: int) -> str:
    return strings[offset:].partition(b"\0")[0].decode("utf-8", "backslashreplace")
