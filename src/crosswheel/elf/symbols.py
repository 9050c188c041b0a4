"""The dynamic symbol table."""

import struct
from collections.abc import Sequence
from functools import partial
from itertools import repeat

from crosswheel.elf.dynamic import Dynamic
from crosswheel.elf.value import DynamicSymbol
from crosswheel.elf.versions import VersionDefinition, VersionNeed
from crosswheel.elf.view import View, malformed

_LOCAL, _WEAK = 0, 2  # STB_
_VISIBLE = (0, 3)  # STV_DEFAULT, STV_PROTECTED
_INDEX_BITS = 0x7FFF
_GLOBAL_VERSION = 1  # 0 is local, 1 is global: neither has a name
_NOBODY = (None, None)
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
    layout = view.layout("IIIBBH", "IBBHQQ")
    rows = view.table(layout, dynamic.symbols_at, count, "the dynamic symbol table")
    versions = _version_indexes(view, dynamic, count) or repeat(_GLOBAL_VERSION, count)
    asked: dict[int, tuple[str | None, str | None]] = {need.index: (need.version, need.library) for need in needs}
    own = {definition.index: definition.version for definition in definitions}
    # A version script may name a symbol that nothing defines: nobody else is asked for the version.
    asked = {0: _NOBODY, _GLOBAL_VERSION: _NOBODY} | dict.fromkeys(own, _NOBODY) | asked
    text = dynamic.strings.text
    wide = view.is_wide
    imported: list[DynamicSymbol] = []
    exported: list[DynamicSymbol] = []
    # Hundreds of thousands of rows in a large wheel: what is told of each is made without the checks of a call.
    symbol = partial(tuple.__new__, DynamicSymbol)
    for row, number in zip(rows, versions, strict=True):
        if wide:
            name, info, other, section, _, _ = row
        else:
            name, _, _, info, other, section = row
        if section == 0:
            if info >> 4 == _LOCAL:
                continue
            version_of = asked.get(number & _INDEX_BITS)
            if version_of is None:
                raise malformed(
                    f"an undefined symbol has version number {number}, which is not in the list of versions"
                )
            imported.append(symbol((text(name), *version_of, info >> 4 == _WEAK, info & 15)))
        elif exports and other & 3 in _VISIBLE and info >> 4 != _LOCAL:
            exported.append(symbol((text(name), own.get(number & _INDEX_BITS), None, info >> 4 == _WEAK, info & 15)))
    return tuple(imported), tuple(exported)


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
