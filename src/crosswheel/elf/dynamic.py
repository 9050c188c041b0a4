"""The dynamic section, found as the loader finds it."""

from collections.abc import Sequence
from dataclasses import dataclass

from crosswheel.elf.value import Segment, SegmentType
from crosswheel.elf.view import Strings, View, malformed

_NULL, _NEEDED, _HASH, _STRTAB, _SYMTAB, _STRSZ, _SYMENT, _SONAME = 0, 1, 4, 5, 6, 10, 11, 14
_RPATH, _TEXTREL, _RUNPATH, _FLAGS = 15, 22, 29, 30
_GNU_HASH, _VERSYM, _VERDEF, _VERDEFNUM = 0x6FFFFEF5, 0x6FFFFFF0, 0x6FFFFFFC, 0x6FFFFFFD
_VERNEED, _VERNEEDNUM = 0x6FFFFFFE, 0x6FFFFFFF
_FLAG_TEXTREL = 4
_ENTRY_COST = 50  # bytes of memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Dynamic:
    """What the dynamic section says; offsets are into the file, None where there is no such table.

    Arguments:
        present: whether there is a dynamic section at all.
        strings: its string table.
    """

    present: bool
    strings: Strings
    needed: tuple[str, ...] = ()
    soname: str | None = None
    rpath: str | None = None
    runpath: str | None = None
    has_text_relocations: bool = False
    symbols_at: int | None = None
    hash_at: int | None = None
    gnu_hash_at: int | None = None
    versions_at: int | None = None
    needs_at: int | None = None
    needs_count: int = 0
    definitions_at: int | None = None
    definitions_count: int = 0


def read_dynamic(view: View, segments: Sequence[Segment]) -> Dynamic:
    """Return what PT_DYNAMIC says; an empty value for a file that has none.

    Raises:
        MalformedElfError: it points outside the file.
    """
    segment = next((segment for segment in segments if segment.type == SegmentType.DYNAMIC), None)
    if segment is None or segment.file_size == 0:  # a separated debug file keeps the row, without bytes
        return Dynamic(present=False, strings=view.strings(0, 0, "no string table"))
    needed_at, single = _read_entries(view, segment)

    def place(tag: int) -> int | None:
        return None if tag not in single else offset_of(segments, single[tag])

    def text(tag: int) -> str | None:
        return None if tag not in single else strings.text(single[tag])

    strings_at = place(_STRTAB)
    strings_size = 0 if strings_at is None else single.get(_STRSZ, 0)
    strings = view.strings(strings_at or 0, strings_size, "the dynamic string table")
    symbol_size = view.layout("IIIBBH", "IBBHQQ").size
    if single.get(_SYMENT, symbol_size) != symbol_size:
        raise malformed(f"a dynamic symbol is said to have {single[_SYMENT]} bytes instead of {symbol_size}")
    return Dynamic(
        present=True,
        strings=strings,
        needed=tuple(strings.text(offset) for offset in needed_at),
        soname=text(_SONAME),
        rpath=text(_RPATH),
        runpath=text(_RUNPATH),
        has_text_relocations=_TEXTREL in single or bool(single.get(_FLAGS, 0) & _FLAG_TEXTREL),
        symbols_at=place(_SYMTAB),
        hash_at=place(_HASH),
        gnu_hash_at=place(_GNU_HASH),
        versions_at=place(_VERSYM),
        needs_at=place(_VERNEED),
        needs_count=single.get(_VERNEEDNUM, 0),
        definitions_at=place(_VERDEF),
        definitions_count=single.get(_VERDEFNUM, 0),
    )


def _read_entries(view: View, segment: Segment) -> tuple[list[int], dict[int, int]]:
    """Return where the names of the needed libraries are, and every other entry by its tag."""
    layout = view.layout("II", "QQ")
    needed_at: list[int] = []
    single: dict[int, int] = {}
    for tag, value in view.table(layout, segment.offset, segment.file_size // layout.size, "the dynamic section"):
        if tag == _NULL:
            break
        if tag == _NEEDED:
            view.allow(_ENTRY_COST)
            needed_at.append(value)
        else:
            single[tag] = value
    return needed_at, single


def offset_of(segments: Sequence[Segment], address: int) -> int:
    """Return where in the file the byte is that is loaded to that address.

    Raises:
        MalformedElfError: no loaded segment has it.
    """
    for segment in segments:
        if segment.type == SegmentType.LOAD and 0 <= address - segment.address < segment.file_size:
            return address - segment.address + segment.offset
    raise malformed(f"address {address:#x} of the dynamic section is in no loaded segment")
