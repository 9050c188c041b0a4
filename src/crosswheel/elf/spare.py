"""Names in the dynamic strings that nothing speaks of any longer: an old run path would name its folders for ever."""

import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence

from crosswheel.elf.layout import (
    DT_NEEDED,
    DT_RPATH,
    DT_RUNPATH,
    DT_SONAME,
    DT_STRTAB,
    DT_VERNEED,
    DynamicEntry,
    Layout,
)
from crosswheel.elf.same import Range

_SYMBOLS_AT, _VERSIONS_AT = 6, 0x6FFFFFFC  # DT_SYMTAB, DT_VERDEF
# DT_CONFIG, DT_DEPAUDIT, DT_AUDIT, DT_AUXILIARY, DT_USED, DT_FILTER
_NAMES = (
    DT_NEEDED,
    DT_SONAME,
    DT_RPATH,
    DT_RUNPATH,
    0x6FFFFEFA,
    0x6FFFFEFB,
    0x6FFFFEFC,
    *range(0x7FFFFFFD, 0x80000000),
)
_STRINGS, _DYNAMIC, _SYMBOLS, _DEFINITIONS, _NEEDS = 3, 6, 11, 0x6FFFFFFD, 0x6FFFFFFE  # SHT_


def spare_run_paths(layout: Layout, entries: Sequence[DynamicEntry], version_needs: Iterable[int]) -> tuple[Range, ...]:
    """Return the places in the dynamic strings of run paths that are no longer used; no other name is in them.

    Linkers let names share their tails, so a symbol may be named by the end of a run path. Only where the section
    headers tell of all who have names there, is any place given.

    Arguments:
        layout: of the file as it was.
        entries: of its new dynamic section.
        version_needs: offsets of the new names of libraries that versions are asked of.
    """
    old = {entry.value for entry in layout.dynamic if entry.tag in (DT_RPATH, DT_RUNPATH)}
    old -= {entry.value for entry in entries if entry.tag in (DT_RPATH, DT_RUNPATH)}
    columns = _speakers(layout) if old else None
    if columns is None:
        return ()
    table = layout.strings()
    own = [entry.value for entry in entries if entry.tag in _NAMES]
    used = (own, list(version_needs), *columns)
    found = []
    for start in sorted(old):
        end = table.find(b"\0", start)
        if end < 0 or (start and table[start - 1]):  # it is itself the end of a longer name
            continue
        end = min((number for column in used for number in column if start <= number < end), default=end)
        if start < end:
            found.append((start, end))
    return tuple(found)


def blanked(table: bytes, places: Iterable[Range]) -> bytes:
    """Return a table of strings with zeros in these places."""
    content = bytearray(table)
    for start, end in places:
        content[start:end] = bytes(end - start)
    return bytes(content)


def _speakers(layout: Layout) -> list[Sequence[int]] | None:
    """The numbers that may be offsets in the dynamic strings; None where the section headers do not tell them all."""
    at, size = layout.strings_at()
    home = next(
        (
            number
            for number, row in enumerate(layout.sections)
            if (row.kind, row.offset, row.size, row.address) == (_STRINGS, at, size, layout.single(DT_STRTAB))
        ),
        None,
    )
    if home is None:
        return None
    speakers = [row for row in layout.sections if row.link == home and row.kind != _DYNAMIC]
    told = {(row.kind, row.address) for row in speakers}
    for kind, tag in ((_SYMBOLS, _SYMBOLS_AT), (_NEEDS, DT_VERNEED), (_DEFINITIONS, _VERSIONS_AT)):
        if (address := layout.single(tag)) is not None and (kind, address) not in told:
            return None
    if any(row.kind not in (_SYMBOLS, _NEEDS, _DEFINITIONS) for row in speakers):
        return None
    return [column for row in speakers for column in _numbers(layout, row.offset, row.size, row.kind)]


def _numbers(layout: Layout, offset: int, size: int, kind: int) -> Iterator[Sequence[int]]:
    """The names of symbols; of lists of versions every number, since whatever is a name there is one."""
    piece = layout.view.piece(offset, size // 4 * 4, "a section").cast("I")
    step = (6 if layout.view.is_wide else 4) if kind == _SYMBOLS else 1  # Elf64_Sym, Elf32_Sym begin with the name
    numbers = array("I", piece[::step].tobytes())
    if layout.view.byte_order != sys.byteorder:
        numbers.byteswap()
    yield numbers
