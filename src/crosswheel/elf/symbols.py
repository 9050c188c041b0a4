"""The dynamic symbol table."""

import struct
from collections.abc import Mapping, Sequence
from functools import partial

from crosswheel.elf.dynamic import Dynamic
from crosswheel.elf.value import DynamicSymbol
from crosswheel.elf.versions import VersionDefinition, VersionNeed
from crosswheel.elf.view import View, malformed

_WEAK = 2  # STB_
_FIRST_GLOBAL = 16  # in st_info: STB_LOCAL is 0, the kind is in the four lowest bits
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
    layout = view.layout("IIIBBH", "IBBHQQ")
    info_at, other_at, section_at = (1, 2, 3) if view.is_wide else (3, 4, 5)
    rows = list(view.table(layout, dynamic.symbols_at, count, "the dynamic symbol table"))
    versions = _version_indexes(view, dynamic, count) or (_GLOBAL_VERSION,) * count
    # Hundreds of thousands of rows in a large wheel: comprehensions take half of the time of a loop.
    undefined = [
        (row[0], number & _INDEX_BITS, row[info_at])
        for row, number in zip(rows, versions, strict=True)
        if not row[section_at] and row[info_at] >= _FIRST_GLOBAL
    ]
    defined = [
        (row[0], number & _INDEX_BITS, row[info_at])
        for row, number in zip(rows if exports else (), versions if exports else (), strict=True)
        if row[section_at] and row[info_at] >= _FIRST_GLOBAL and row[other_at] & 3 in _VISIBLE
    ]
    own: dict[int, str | None] = {definition.index: definition.version for definition in definitions}
    # A version script may name a symbol that nothing defines: nobody else is asked for the version.
    nobody = dict.fromkeys((0, _GLOBAL_VERSION, *own), (None, None))
    asked = nobody | {need.index: (need.version, need.library) for need in needs}
    unknown = {number for _, number, _ in undefined} - asked.keys()
    if unknown:
        raise malformed(f"an undefined symbol has version number {min(unknown)}, which is not in the list of versions")
    return (
        _symbols(dynamic, undefined, asked),
        _symbols(dynamic, defined, {number: (own.get(number), None) for _, number, _ in defined}),
    )


def _symbols(
    dynamic: Dynamic,
    rows: Sequence[tuple[int, int, int]],
    versions: Mapping[int, tuple[str | None, str | None]],
) -> tuple[DynamicSymbol, ...]:
    names = dynamic.strings.texts([row[0] for row in rows])
    pairs = [versions[row[1]] for row in rows]
    columns = zip(
        names,
        [pair[0] for pair in pairs],
        [pair[1] for pair in pairs],
        [row[2] >> 4 == _WEAK for row in rows],
        [row[2] & 15 for row in rows],
        strict=True,
    )
    # As a call of the class does, without its checks.
    return tuple(map(partial(tuple.__new__, DynamicSymbol), columns))


def _version_indexes(view: View, dynamic: Dynamic, count: int) -> tuple[int, ...]:
    if dynamic.versions_at is None:
        return ()
    layout = view.layout(f"{count}H", f"{count}H")
    return view.record(layout, dynamic.versions_at, "the symbol version table")


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
    starts = view.table(view.layout("I", "I"), at, buckets, "the buckets of the GNU hash table")
    last = max((start for (start,) in starts), default=0)
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
