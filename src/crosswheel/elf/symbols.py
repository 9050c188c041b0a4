"""The dynamic symbol table."""

import struct
import sys
from array import array
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import compress
from typing import NamedTuple

from crosswheel.elf.dynamic import Dynamic
from crosswheel.elf.value import DynamicSymbol
from crosswheel.elf.versions import VersionDefinition, VersionNeed
from crosswheel.elf.view import View, malformed

_WEAK = 2  # STB_
_FIRST_GLOBAL = 16  # in st_info: STB_LOCAL is 0, the kind is in the four lowest bits
_IS_WEAK = tuple(info >> 4 == _WEAK for info in range(256))
_KINDS = tuple(info & 15 for info in range(256))
_VISIBLE = (0, 3)  # STV_DEFAULT, STV_PROTECTED
_INDEX_BITS = 0x7FFF
_MOST_SYMBOLS = 1 << 20  # the largest libraries of wheels have some hundred thousands; each costs memory
_GLOBAL_VERSION = 1  # 0 is local, 1 is global: neither has a name
_WIDE_HASH_MACHINES = (22, 0x9026)  # s390x and alpha keep 8 bytes a row in a 64-bit DT_HASH


def read_symbols(
    view: View,
    dynamic: Dynamic,
    needs: Sequence[VersionNeed],
    definitions: Sequence[VersionDefinition],
    section_symbols: int,
    *,
    exports: bool,
) -> tuple[tuple[DynamicSymbol, ...], tuple[DynamicSymbol, ...]]:
    """Return the undefined and the defined dynamic symbols.

    Arguments:
        view: the file.
        dynamic: its dynamic section.
        needs: versions that undefined symbols may have.
        definitions: versions that defined symbols may have.
        section_symbols: number of symbols that the section table tells; 0 when it tells none.
        exports: whether the defined ones are asked for.

    Raises:
        MalformedElfError: the table leaves the file, or a name or version is not there.
    """
    if dynamic.symbols_at is None:
        return (), ()
    # GNU's hash table leaves out undefined symbols where nothing is defined. The section table counts all of them, but
    # the loader never reads it: so believe whichever tells more. The loader prefers GNU's to the older hash table, and
    # lld 22 writes the older one wrong for s390x: read it only where it is needed.
    count = max(section_symbols, _gnu_hash_count(view, dynamic))
    if dynamic.gnu_hash_at is None or not section_symbols:
        count = max(count, _hash_count(view, dynamic))
    if count > _MOST_SYMBOLS:
        raise malformed(f"it is said to have {count} dynamic symbols")
    rows = _rows(view, dynamic.symbols_at, count)
    versions = _version_indexes(view, dynamic, count) or (_GLOBAL_VERSION,) * count
    # Hundreds of thousands of rows in a large wheel: column by column takes a third of the time of row by row.
    undefined = [not section and info >= _FIRST_GLOBAL for section, info in zip(rows.sections, rows.infos, strict=True)]
    own: dict[int, str | None] = {definition.index: definition.version for definition in definitions}
    # A version script may name a symbol that nothing defines: nobody else is asked for the version.
    nobody = dict.fromkeys((0, _GLOBAL_VERSION, *own), (None, None))
    asked = nobody | {need.index: (need.version, need.library) for need in needs}
    imports = _symbols(dynamic, rows, versions, undefined, asked)
    if not exports:
        return imports, ()
    defined = [
        bool(section) and info >= _FIRST_GLOBAL and other & 3 in _VISIBLE
        for section, info, other in zip(rows.sections, rows.infos, rows.others, strict=True)
    ]
    found = {number & _INDEX_BITS: (own.get(number & _INDEX_BITS), None) for number in set(versions)}
    return imports, _symbols(dynamic, rows, versions, defined, found)


class _Rows(NamedTuple):
    """The columns of a symbol table: st_name, st_info, st_other, st_shndx."""

    names: Sequence[int]
    infos: bytes
    others: bytes
    sections: Sequence[int]


def _rows(view: View, offset: int, count: int) -> _Rows:
    size, info_at = (24, 4) if view.is_wide else (16, 12)
    table = view.piece(offset, size * count, "the dynamic symbol table")
    return _Rows(
        names=_numbers(view, table.cast("I")[:: size // 4]),
        infos=bytes(table[info_at::size]),
        others=bytes(table[info_at + 1 :: size]),
        sections=_numbers(view, table.cast("H")[info_at // 2 + 1 :: size // 2]),
    )


def _numbers(view: View, column: memoryview) -> Sequence[int]:
    numbers = array(column.format, column.tobytes())
    if view.byte_order != sys.byteorder:
        numbers.byteswap()
    return numbers


def _symbols(
    dynamic: Dynamic,
    rows: _Rows,
    versions: Sequence[int],
    chosen: Sequence[bool],
    known: Mapping[int, tuple[str | None, str | None]],
) -> tuple[DynamicSymbol, ...]:
    numbers, infos = list(compress(versions, chosen)), bytes(compress(rows.infos, chosen))
    unknown = {number & _INDEX_BITS for number in set(numbers)} - known.keys()
    if unknown:
        raise malformed(f"an undefined symbol has version number {min(unknown)}, which is not in the list of versions")
    version_of = {number: known[number & _INDEX_BITS][0] for number in set(numbers)}
    library_of = {number: known[number & _INDEX_BITS][1] for number in set(numbers)}
    columns = zip(
        dynamic.strings.texts(tuple(compress(rows.names, chosen))),
        map(version_of.__getitem__, numbers),
        map(library_of.__getitem__, numbers),
        map(_IS_WEAK.__getitem__, infos),
        map(_KINDS.__getitem__, infos),
        strict=True,
    )
    # As a call of the class does, without its checks.
    return tuple(map(partial(tuple.__new__, DynamicSymbol), columns))


def _version_indexes(view: View, dynamic: Dynamic, count: int) -> Sequence[int]:
    if dynamic.versions_at is None:
        return ()
    return _numbers(view, view.piece(dynamic.versions_at, 2 * count, "the symbol version table").cast("H"))


def _hash_count(view: View, dynamic: Dynamic) -> int:
    if dynamic.hash_at is None:
        return 0
    machine: int = view.record(view.layout("H", "H"), 18, "the header")[0]
    wide = view.is_wide and machine in _WIDE_HASH_MACHINES
    return view.record(view.layout("II", "QQ" if wide else "II"), dynamic.hash_at, "the hash table")[1]


def _gnu_hash_count(view: View, dynamic: Dynamic) -> int:
    """Return the number of symbols that the GNU hash table reaches: the end of the chain that begins last."""
    if dynamic.gnu_hash_at is None:
        return 0
    at = dynamic.gnu_hash_at
    buckets, first, words, _ = view.record(view.layout("IIII", "IIII"), at, "the GNU hash table")
    at += 16 + words * view.elf_class // 8
    starts = view.piece(at, 4 * buckets, "the buckets of the GNU hash table")
    last = max(_numbers(view, starts.cast("I")), default=0)
    if last < first:
        return first
    chains_at = at + 4 * buckets
    word = struct.Struct("<I" if view.byte_order == "little" else ">I")
    for number, (value,) in enumerate(word.iter_unpack(_whole_words(view, chains_at + 4 * (last - first))), start=last):
        if value & 1:
            return number + 1
    raise malformed("a chain of the GNU hash table does not end")


def _whole_words(view: View, offset: int) -> memoryview:
    rest = view.piece(offset, max(len(view.data) - offset, 0), "a chain of the GNU hash table")
    return rest[: len(rest) // 4 * 4]
