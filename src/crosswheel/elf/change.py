"""What is asked of an edit, and what it makes of the dynamic section and its strings."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crosswheel.elf.layout import (
    DT_NEEDED,
    DT_RPATH,
    DT_RUNPATH,
    DT_SONAME,
    DynamicEntry,
    Layout,
    VersionNeedPlace,
)
from crosswheel.elf.same import Range
from crosswheel.elf.spare import blanked, spare_run_paths
from crosswheel.elf.view import malformed
from crosswheel.errors import RefusedError, UsageError

_TEXT = ("utf-8", "backslashreplace")  # as the parser writes names


@dataclass(frozen=True, slots=True, kw_only=True)
class ElfChange:
    """What is to be changed in an ELF file.

    The run path is written as DT_RPATH, as auditwheel does. DT_RUNPATH is searched behind LD_LIBRARY_PATH, so that a
    library of the same name elsewhere (of an HPC module, of conda) would win over the wheel's own; and it holds for the
    file's own needs only. glibc ignores DT_RPATH where there is a DT_RUNPATH beside it, so both are replaced; musl
    takes them for the same.

    Arguments:
        needed: new names of libraries, by their old ones: in DT_NEEDED and in the version requirements. A name that the
            file does not speak of changes nothing, so that one mapping serves all files of a wheel.
        add_needed: libraries that are to be needed besides, behind those that are; not those that it needs already.
        soname: its own new name (DT_SONAME); None to leave it.
        run_path: where its libraries are looked for, such as "$ORIGIN/../x.libs"; "" for nowhere, None to leave it.
        strip: whether what is not loaded is left out: symbols, debug information.

    Raises:
        UsageError: a name is empty, or has a NUL character in it.
    """

    needed: Mapping[str, str] = field(default_factory=dict)
    add_needed: tuple[str, ...] = ()
    soname: str | None = None
    run_path: str | None = None
    strip: bool = False

    def __post_init__(self) -> None:
        names = [*self.needed.values(), *self.add_needed, *([] if self.soname is None else [self.soname])]
        if not all(names) or any("\0" in name for name in (*names, self.run_path or "")):
            raise UsageError(
                "an ELF file cannot be edited so",
                why=f"one of these names is empty or has a NUL character in it: {names}",
                hint="give whole names of libraries",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicEdit:
    """What becomes of the dynamic section.

    Arguments:
        entries: all of it, without the end mark.
        strings: the table of strings that it needs; None for the one that is there.
        version_needs: places of names of libraries, with the new offsets of the names.
        blanked: places in the strings of what nothing speaks of any longer.
    """

    entries: tuple[DynamicEntry, ...]
    strings: bytes | None
    version_needs: tuple[VersionNeedPlace, ...]
    blanked: tuple[Range, ...] = ()


def edit_dynamic(layout: Layout, change: ElfChange) -> DynamicEdit:
    """Return what the change makes of the dynamic section.

    Raises:
        MalformedElfError: a name is not in the strings.
        RefusedError: the file has no dynamic section, but the change is about what stands there.
    """
    if layout.dynamic_row is None:
        if change.add_needed or change.soname is not None or change.run_path:
            raise RefusedError(
                "an ELF file cannot be edited",
                why="it is linked statically: it has no dynamic section, so nothing can be told to the loader",
                hint="leave it as it is",
            )
        return DynamicEdit(entries=(), strings=None, version_needs=())
    table = _StringTable(layout.strings())
    entries = [_renamed(entry, table, change.needed) for entry in layout.dynamic]
    _add_needs(entries, table, change)
    if change.soname is not None:
        _set(entries, (DT_SONAME,), DT_SONAME, table.place(change.soname))
    if change.run_path is not None:
        path_at = table.place(change.run_path) if change.run_path else None
        _set(entries, (DT_RPATH, DT_RUNPATH), DT_RPATH, path_at)
    needs = tuple(
        VersionNeedPlace(need.at, table.place(new))
        for need in layout.version_needs()
        if (new := change.needed.get(table.text(need.name))) is not None
    )
    places = spare_run_paths(layout, entries, [need.name for need in needs])
    strings = None if table.grown is None else blanked(table.grown, places)
    return DynamicEdit(entries=tuple(entries), strings=strings, version_needs=needs, blanked=places)


def _renamed(entry: DynamicEntry, table: "_StringTable", names: Mapping[str, str]) -> DynamicEntry:
    new = names.get(table.text(entry.value)) if entry.tag == DT_NEEDED else None
    return entry if new is None else DynamicEntry(DT_NEEDED, table.place(new))


def _add_needs(entries: list[DynamicEntry], table: "_StringTable", change: ElfChange) -> None:
    """Put new needs behind the last one: the loader searches them in this order."""
    there = {table.text(entry.value) for entry in entries if entry.tag == DT_NEEDED}
    at = max((number + 1 for number, entry in enumerate(entries) if entry.tag == DT_NEEDED), default=0)
    added = [name for name in dict.fromkeys(change.add_needed) if name not in there]
    entries[at:at] = [DynamicEntry(DT_NEEDED, table.place(name)) for name in added]


def _set(entries: list[DynamicEntry], tags: tuple[int, ...], tag: int, value: int | None) -> None:
    """Replace the entries with these tags by one, in the first one's place; None takes them out."""
    at = next((number for number, entry in enumerate(entries) if entry.tag in tags), len(entries))
    entries[:] = [entry for entry in entries if entry.tag not in tags]
    if value is not None:
        entries.insert(at, DynamicEntry(tag, value))


class _StringTable:
    """The old strings, all at their old offsets, and new ones behind them."""

    def __init__(self, old: bytes) -> None:
        self._old = old
        self._new = b"" if old.endswith(b"\0") else b"\0"
        self._is_grown = False

    @property
    def grown(self) -> bytes | None:
        """All strings; None when none was added."""
        return self._old + self._new if self._is_grown else None

    def text(self, offset: int) -> str:
        table, at = (self._old, offset) if offset < len(self._old) else (self._new, offset - len(self._old))
        end = table.find(b"\0", at)
        if end < 0 or at >= len(table):
            raise malformed("a name begins or ends outside of the dynamic string table")
        return table[at:end].decode(*_TEXT)

    def place(self, text: str) -> int:
        """Return the offset of a string, which may be the end of a longer one."""
        wanted = text.encode() + b"\0"
        if (at := self._old.find(wanted)) >= 0:
            return at
        if (at := self._new.find(wanted)) < 0:
            at = len(self._new)
            self._new += wanted
            self._is_grown = True
        return len(self._old) + at
