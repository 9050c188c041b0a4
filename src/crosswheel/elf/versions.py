"""Symbol versions: what a file asks of its libraries, and what it defines (GNU extension; LSB 5.0 core, 10.7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crosswheel.elf.dynamic import Dynamic
from crosswheel.elf.view import View, malformed

_INDEX_BITS = 0x7FFF  # bit 15 hides a version, the rest is its index
_WEAK = 2  # VER_FLG_WEAK
_BASE = 1  # VER_FLG_BASE: the name of the file itself


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionNeed:
    """One version that is asked of one library.

    Arguments:
        library: SONAME.
        version: such as "GLIBC_2.17".
        index: by which symbols refer to it.
        weak: whether the loader only warns when it is missing.
    """

    library: str
    version: str
    index: int
    weak: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDefinition:
    """One version that the file defines.

    Arguments:
        version: its name.
        index: by which symbols refer to it.
        is_base: whether it is the name of the file itself.
    """

    version: str
    index: int
    is_base: bool


def read_version_needs(view: View, dynamic: Dynamic) -> tuple[VersionNeed, ...]:
    """Return the versions asked of each library, in the file's order.

    Raises:
        MalformedElfError: the lists leave the file or do not end.
    """
    needs: list[VersionNeed] = []
    if dynamic.needs_at is None:
        return ()
    head, entry = view.layout("HHIII", "HHIII"), view.layout("IHHII", "IHHII")
    at = dynamic.needs_at
    for left in range(_bounded(dynamic.needs_count), 0, -1):
        _, count, file, first, following = view.record(head, at, "a version need")
        library = dynamic.strings.text(file)
        entry_at = at + first
        for entries_left in range(count, 0, -1):
            _, flags, other, name, step = view.record(entry, entry_at, "a needed version")
            needs.append(
                VersionNeed(
                    library=library,
                    version=dynamic.strings.text(name),
                    index=other & _INDEX_BITS,
                    weak=bool(flags & _WEAK),
                )
            )
            _bounded(len(needs))
            if not step and entries_left > 1:
                raise malformed("the list of needed versions ends before its count")
            entry_at += step
        if not following and left > 1:
            raise malformed("the list of version needs ends before its count")
        at += following
    return tuple(needs)


def needs_by_library(needs: Sequence[VersionNeed]) -> Mapping[str, tuple[str, ...]]:
    """Return the versions that must be there, by library; a library of which only weak ones are asked has none."""
    strong: dict[str, list[str]] = {need.library: [] for need in needs}
    for need in needs:
        if not need.weak:
            strong[need.library].append(need.version)
    return {library: tuple(versions) for library, versions in strong.items()}


def read_version_definitions(view: View, dynamic: Dynamic) -> tuple[VersionDefinition, ...]:
    """Return the versions that the file defines, in its order.

    Raises:
        MalformedElfError: the list leaves the file or does not end.
    """
    definitions: list[VersionDefinition] = []
    if dynamic.definitions_at is None:
        return ()
    head, name = view.layout("HHHHIII", "HHHHIII"), view.layout("II", "II")
    at = dynamic.definitions_at
    for left in range(_bounded(dynamic.definitions_count), 0, -1):
        _, flags, index, count, _, first, following = view.record(head, at, "a version definition")
        if count:  # the first is the version, those after it are the versions that it inherits
            text, _ = view.record(name, at + first, "a version's name")
            definitions.append(
                VersionDefinition(
                    version=dynamic.strings.text(text), index=index & _INDEX_BITS, is_base=bool(flags & _BASE)
                )
            )
        if not following and left > 1:
            raise malformed("the list of version definitions ends before its count")
        at += following
    return tuple(definitions)


def _bounded(count: int) -> int:
    if count > _INDEX_BITS:
        raise malformed(f"{count} versions are more than indexes can tell apart")
    return count
