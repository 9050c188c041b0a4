"""Whether the section headers of an edited file still tell the truth, for debuggers, readelf and strip."""

from collections.abc import Iterator

from crosswheel.elf.layout import DT_STRTAB, NO_BITS, Layout, SectionRow
from crosswheel.elf.same import differences

_SYMBOLS, _STRINGS, _DYNAMIC = 2, 3, 6  # SHT_


def section_differences(old: Layout, new: Layout, *, strip: bool) -> Iterator[str]:
    """Return what is wrong with the section headers, as sentences.

    Arguments:
        old: the file as it was.
        new: the edited file.
        strip: whether sections that are not loaded were to be left out.

    Raises:
        MalformedElfError: a section header points outside the file.
    """
    if not old.sections or not new.sections:
        if old.sections or new.sections:
            yield "one has section headers, the other has none"
        return
    yield from _table_place(old, new)
    last = max((number for number, row in enumerate(old.sections) if row.is_loaded), default=0)
    if len(new.sections) <= last:
        yield "section headers are missing"
        return
    moved = _moved_tables(old, new)
    for number, row in enumerate(old.sections):
        if row.is_loaded:
            yield from _loaded(old, new, row, new.sections[number], moved.get((row.kind, row.address)))
    if strip:
        yield from _stripped(old, new, last)
    else:
        yield from _kept(old, new)


def _table_place(old: Layout, new: Layout) -> Iterator[str]:
    start = new.header.sections_at
    end = start + len(new.sections) * new.header.section_size
    if old.header.sections_at >= max(row.end for row in old.loads) and any(
        row.offset < end and start < row.end for row in new.loads
    ):
        yield "the section header table lies over a loaded segment"
    if new.section_name(new.sections[new.header.names]) != old.section_name(old.sections[old.header.names]):
        yield "the names of the sections are in another section"


def _moved_tables(old: Layout, new: Layout) -> dict[tuple[int, int], tuple[int, int]]:
    """Return address and size of the tables that are elsewhere, by the kind of their section and old address."""
    before, after = old.dynamic_row, new.dynamic_row
    if before is None or after is None:
        return {}
    moved = {}
    strings = old.single(DT_STRTAB), new.single(DT_STRTAB)
    if strings[0] is not None and strings[1] is not None and strings[0] != strings[1]:
        moved[_STRINGS, strings[0]] = (strings[1], new.strings_at()[1])
    if before.address != after.address:
        moved[_DYNAMIC, before.address] = (after.address, after.file_size)
    return moved


def _loaded(
    old: Layout, new: Layout, row: SectionRow, found: SectionRow, moved: tuple[int, int] | None
) -> Iterator[str]:
    name = old.section_name(row)
    what = f"the section header of {name.decode('ascii', 'backslashreplace')}"
    wanted = row._replace(name=found.name, offset=found.offset)
    if moved:
        wanted = wanted._replace(address=moved[0], size=moved[1])
    # A section that is not loaded may have another number, or be left out.
    was, link = _name_of(old, row.link), _name_of(new, found.link)
    linked = found.link == row.link or (found.link == 0 and not was) or (was == link and bool(row.link))
    if found._replace(link=row.link) != wanted or new.section_name(found) != name or not linked:
        yield f"{what} is not as it was"
    elif found.file_size and found.offset != new.offset_of(found.address, found.file_size, "a section"):
        yield f"{what} tells another place than the one it is loaded from"
    elif found.kind == NO_BITS and found.offset != row.offset:
        yield f"{what} has another offset"


def _name_of(layout: Layout, number: int) -> bytes:
    """Return the name of a loaded section; b"" for one that a strip may leave out."""
    if number >= len(layout.sections) or not layout.sections[number].is_loaded:
        return b""
    return layout.section_name(layout.sections[number])


def _kept(old: Layout, new: Layout) -> Iterator[str]:
    if len(old.sections) != len(new.sections):
        yield f"there are {len(new.sections)} sections instead of {len(old.sections)}"
        return
    for row, found in zip(old.sections, new.sections, strict=True):
        if not row.is_loaded:
            yield from _same(old, new, row, found, exact=True)
            if old.section_name(row) != new.section_name(found):
                yield "names of sections differ"


def _stripped(old: Layout, new: Layout, last: int) -> Iterator[str]:
    before: dict[bytes, list[SectionRow]] = {}  # two may have one name
    for row in old.sections:
        if not row.is_loaded:
            before.setdefault(old.section_name(row), []).append(row)
    for number, row in enumerate(new.sections):
        loaded = number <= last and old.sections[number].is_loaded  # up to the last loaded one, numbers stay
        if loaded or (number and row == SectionRow(*[0] * 10)):
            continue
        name = new.section_name(row)
        text = name.decode("ascii", "backslashreplace")
        if row.kind == _SYMBOLS or name.startswith((b".debug", b".zdebug")):
            yield f"{text} is still there"
        elif not before.get(name):
            yield f"a section {text} was added"
        elif number != new.header.names:
            yield from _same(old, new, before[name].pop(0), row, exact=False)
        else:
            yield from _same_row_of_names(new, before[name].pop(0), row)
    for name, rows in before.items():
        if name.startswith((b".note", b".ARM.attributes", b".riscv.attributes")) and any(row.size for row in rows):
            yield f"{name.decode('ascii', 'backslashreplace')} was left out"


def _same_row_of_names(new: Layout, row: SectionRow, found: SectionRow) -> Iterator[str]:
    """The names are fewer; what else the row says stays, and the table of sections is not over them."""
    if found[1:4] + found[6:] != row[1:4] + row[6:] or found.offset < new.header.sections_at < found.end:
        yield "the section header of the names of sections is not as it was"


def _same(old: Layout, new: Layout, row: SectionRow, found: SectionRow, *, exact: bool) -> Iterator[str]:
    """Tell whether a section that is not loaded is as it was, but for its place."""
    text = old.section_name(row).decode("ascii", "backslashreplace")
    wanted = row._replace(name=found.name, offset=found.offset)
    if not exact:  # sections that others speak of may have other numbers, or be left out
        wanted = wanted._replace(link=found.link if row.link else 0, info=found.info if row.info else 0)
    if wanted != found:
        yield f"the section header of {text} is not as it was"
    elif row.file_size:
        first = old.view.piece(row.offset, row.file_size, "a section")
        if differences(first, new.view.piece(found.offset, found.file_size, "a section")):
            yield f"the section {text} is not as it was"
