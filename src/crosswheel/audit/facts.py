"""What is in a wheel: read once, member by member."""

import mmap
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import PurePosixPath
from threading import Condition, Thread
from typing import TYPE_CHECKING

from crosswheel.bounded import Allowance
from crosswheel.elf import ElfFile, MalformedElfError, is_elf, parse_elf
from crosswheel.errors import BadInputError
from crosswheel.wheel import DamagedMemberError, Member, MemberProblem, WheelMetadata, WheelName, WheelReader
from crosswheel.wheel.reader import AT_ONCE

if TYPE_CHECKING:
    from crosswheel.macho import MachFile
    from crosswheel.pe import PeFile
    from crosswheel.wheel import RecordProblem, RecordRow
    from crosswheel.wheel.record import RowCheck

# With which files for Windows and macOS begin (IMAGE_DOS_SIGNATURE; MH_MAGIC, FAT_MAGIC, of either class and order).
_FOREIGN = (b"MZ", b"\xca\xfe\xba", b"\xfe\xed\xfa", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe")
_START = 512  # bytes that tell what a file is
_ROOM = 128 * 1024 * 1024
_DESK = 48 * 1024 * 1024  # the largest member whose memory a thread keeps for the next
_LARGEST_DOCUMENT = 4 * 1024 * 1024
# Bytes of memory that what is told of a wheel's machine code may take: of a million symbols with names of a hundred
# letters. The largest wheels that are published have some hundred thousands.
_ALLOWANCE = 256 * 1024 * 1024
_TEXT_COST = 64  # bytes of memory of a text beside its letters


class Depth(Enum):
    """How much of a wheel is read."""

    TAGS = "tags"
    """What decides on platform tags: machine code, less its defined symbols and strings; no hashes."""
    SYMBOLS = "symbols"
    """The same with the defined symbols: the load proof asks for them."""
    ALL = "all"


@dataclass(frozen=True, kw_only=True)
class WheelFacts:
    """What is in a wheel.

    Arguments:
        name: its file name.
        wheel_metadata: its WHEEL file.
        metadata_name: Name in METADATA, "" for none.
        metadata_version: Version in METADATA, "" for none.
        members: its files by path.
        member_problems: members that no installer should read, and why; they are not among `members`, unless only
            reading them showed it.
        elf_files: facts by path.
        mach_files: facts by path, one for each machine.
        pe_files: facts by path.
        malformed: why a file that begins as machine code is none, by path.
        sanitized: what tells of a sanitizer, by path.
        build_paths: folders of a build machine that stand in strings of machine code, a few of each file, by path.
        opened_libraries: libraries that a file names in a string, does not need, and probably opens at run time, by
            path.
        documents: contents of `.dist-info/sboms/*` (PEP 770) of up to 4 MB, by path.
        record_problems: differences between RECORD and the files.
    """

    name: WheelName
    wheel_metadata: WheelMetadata
    metadata_name: str
    metadata_version: str
    members: Mapping[str, Member]
    member_problems: tuple[MemberProblem, ...]
    elf_files: Mapping[str, ElfFile]
    mach_files: "Mapping[str, tuple[MachFile, ...]]"
    pe_files: "Mapping[str, PeFile]"
    malformed: Mapping[str, str]
    sanitized: Mapping[str, str]
    build_paths: Mapping[str, tuple[str, ...]]
    opened_libraries: Mapping[str, tuple[str, ...]]
    documents: Mapping[str, bytes]
    record_problems: "tuple[RecordProblem, ...]"

    @cached_property
    def libraries(self) -> Mapping[str, str]:
        """The paths of the wheel's ELF files by what the loader may call them: SONAME and file name."""
        named: dict[str, str] = {}
        for path, file in self.elf_files.items():
            for name in (PurePosixPath(path).name, file.soname):
                if name:
                    named.setdefault(name, path)
        return named


@dataclass(slots=True, kw_only=True)
class _Seen:
    """What one member has to tell."""

    member_problem: MemberProblem | None = None
    record_problem: "RecordProblem | None" = None
    elf: ElfFile | None = None
    mach: "tuple[MachFile, ...] | None" = None
    pe: "PeFile | None" = None
    malformed: str | None = None
    sanitized: str = ""
    build_paths: tuple[str, ...] = ()
    opened_libraries: tuple[str, ...] = ()


def read_facts(
    reader: WheelReader,
    *,
    depth: Depth = Depth.ALL,
    threads: int = 2,
    known: WheelFacts | None = None,
    unchanged: Collection[str] = frozenset(),
) -> WheelFacts:
    """Return what is in a wheel.

    Arguments:
        reader: of the wheel.
        depth: how much is read; what is left out is empty in the answer.
        threads: how many members are read at a time.
        known: facts of the wheel that this one was made from, read as deeply.
        unchanged: members that are byte for byte, and in RECORD, what they are in that one: they are not read again.

    Raises:
        BadInputError: one of the files in .dist-info that say what it is, is damaged; or what its machine code tells
            takes hundreds of megabytes of memory.
    """
    allowance = Allowance(_ALLOWANCE, lambda: _too_much(reader.name))
    rows: Mapping[str, RecordRow] = {}
    problems: tuple[RecordProblem, ...] = ()
    if depth is Depth.ALL:
        from crosswheel.wheel.record import by_path, record_problems

        listed = reader.record()
        rows = by_path(listed)
        problems = record_problems(listed, reader.members, reader.dist_info)
    before = {} if known is None else {path: _seen_before(known, path) for path in unchanged}
    looking = _Looking(reader=reader, rows=rows, depth=depth, allowance=allowance)
    seen = looking.at_all(threads, before)
    name, version = reader.identity()
    sboms = f"{reader.dist_info}/sboms/"
    return WheelFacts(
        name=reader.name,
        wheel_metadata=reader.wheel_metadata(),
        metadata_name=name,
        metadata_version=version,
        members=reader.members,
        member_problems=(*reader.problems, *(one.member_problem for one in seen.values() if one.member_problem)),
        elf_files={path: one.elf for path, one in seen.items() if one.elf is not None},
        mach_files={path: one.mach for path, one in seen.items() if one.mach is not None},
        pe_files={path: one.pe for path, one in seen.items() if one.pe is not None},
        malformed={path: one.malformed for path, one in seen.items() if one.malformed is not None},
        sanitized={path: one.sanitized for path, one in seen.items() if one.sanitized},
        build_paths={path: one.build_paths for path, one in seen.items() if one.build_paths},
        opened_libraries={path: one.opened_libraries for path, one in seen.items() if one.opened_libraries},
        documents={
            path: looking.document(path)
            for path, one in seen.items()
            if path.startswith(sboms)
            and reader.members[path].size <= _LARGEST_DOCUMENT
            and one.member_problem is None
            and depth is Depth.ALL
        },
        record_problems=(*problems, *(one.record_problem for one in seen.values() if one.record_problem)),
    )


class _Room:
    """Bytes of members that may be in memory at a time, for all threads together; one alone may be larger."""

    def __init__(self) -> None:
        self._taken = 0
        self._change = Condition()

    @contextmanager
    def take(self, size: int) -> Iterator[None]:
        with self._change:
            self._change.wait_for(lambda: not self._taken or self._taken + size <= _ROOM)
            self._taken += size
        try:
            yield
        finally:
            with self._change:
                self._taken -= size
                self._change.notify_all()


class _Desk:
    """Where one thread lays one member after the other: fresh memory for each costs about as much as inflating it."""

    __slots__ = ("_room",)

    def __init__(self) -> None:
        self._room = memoryview(b"")

    def of(self, size: int) -> memoryview:
        """Return room for so many bytes; what was in it before is gone."""
        if len(self._room) < size:
            self._room = memoryview(b"")  # the old one goes first
            room = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            if hasattr(mmap, "MADV_HUGEPAGE"):
                room.madvise(mmap.MADV_HUGEPAGE)
            self._room = memoryview(room)
        return self._room


def _in_threads(work: Callable[[int], None], threads: int, stop: Callable[[], None]) -> None:
    """Work in so many threads, this one, number 0, among them; what one raises stops all, and is raised."""
    # An executor does the same, and loads the module for logs.
    raised: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 it is raised again in the caller's thread
            raised.append(error)
        finally:
            stop()

    others = [Thread(target=guarded, args=(number,)) for number in range(1, threads)]
    for one in others:
        one.start()
    guarded(0)
    for one in others:
        one.join()
    # The error must not hold a ring of itself, this list and the memory that it was about: where garbage collection
    # breaks a ring of views of memory, Python 3.11 may crash (cpython issue 77894).
    try:
        if raised:
            raise raised[0]
    finally:
        raised.clear()


def _seen_before(known: WheelFacts, path: str) -> _Seen:
    return _Seen(
        elf=known.elf_files.get(path),
        mach=known.mach_files.get(path),
        pe=known.pe_files.get(path),
        malformed=known.malformed.get(path),
        sanitized=known.sanitized.get(path, ""),
        build_paths=known.build_paths.get(path, ()),
        opened_libraries=known.opened_libraries.get(path, ()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looking:
    """Looks at the members of one wheel, in several threads.

    Arguments:
        reader: of the wheel.
        rows: of RECORD, by path.
        depth: how much is read.
        allowance: memory for what the members tell.
        room: memory for the members themselves.
    """

    reader: WheelReader
    rows: "Mapping[str, RecordRow]"
    depth: Depth
    allowance: Allowance
    room: _Room = field(default_factory=_Room)

    def at_all(self, threads: int, before: Mapping[str, _Seen]) -> Mapping[str, _Seen]:
        members = self.reader.members
        waiting = deque(sorted(members.keys() - before.keys(), key=lambda path: (members[path].size, path)))
        found = dict(before)

        def work(number: int) -> None:
            # One takes the smallest, the others the largest: threads that inflate at length leave each other alone,
            # where two with small ones would wait for each other at the interpreter's lock after each of them.
            take = waiting.popleft if number == 1 else waiting.pop
            desk = _Desk()
            while True:
                try:
                    path = take()
                except IndexError:
                    return
                found[path] = self._at(path, desk)

        _in_threads(work, threads, waiting.clear)
        return {path: found[path] for path in members}

    def document(self, path: str) -> bytes:
        self.allowance.take(self.reader.members[path].size)
        return self.reader.read(path)

    def _at(self, path: str, desk: _Desk) -> _Seen:
        reader, member, row, seen = self.reader, self.reader.members[path], self.rows.get(path), _Seen()
        check = None if row is None else _check_of(row, reader.dist_info)
        each = None if check is None else check.update
        try:
            # Small ones are read at once; of large ones, and of all where nothing is hashed, the beginning first.
            if member.size < AT_ONCE and self.depth is Depth.ALL:
                self._parse(seen, reader.load(path, each))
            elif not _is_code(memoryview(reader.start(path))):
                if self.depth is Depth.ALL:
                    for piece in reader.pieces(path):
                        if each is not None:
                            each(piece)
            elif member.size <= _DESK:
                self._parse(seen, reader.load_into(desk.of(member.size), path, each))
            else:
                # In scratch only a few pieces of it are in memory.
                with self.room.take(min(member.size + member.compressed_size, _ROOM // 2)):
                    self._parse(seen, reader.load(path, each))
            if check is not None:
                seen.record_problem = check.problem()
        except DamagedMemberError as error:
            return _Seen(member_problem=error.problem)
        return seen

    def _parse(self, seen: _Seen, content: memoryview) -> None:
        if not _is_code(content):
            return
        start = bytes(content[:_START])
        try:
            if is_elf(start):
                seen.elf = parse_elf(content, exports=self.depth is not Depth.TAGS, allowance=self.allowance)
            else:
                _parse_foreign(seen, start, content)
        except MalformedElfError as error:
            seen.malformed = error.why
        self.allowance.take(sum(len(text) + _TEXT_COST for text in _foreign_texts(seen)))
        if seen.elf is not None and self.depth is Depth.ALL:
            from crosswheel.audit.texts import build_paths, opened_libraries, sanitizer_trace

            seen.sanitized = sanitizer_trace(seen.elf, content)
            seen.build_paths = build_paths(seen.elf, content)
            seen.opened_libraries = opened_libraries(seen.elf, content)


def _check_of(row: "RecordRow", dist_info: str) -> "RowCheck":
    from crosswheel.wheel.record import RowCheck

    return RowCheck(row, dist_info)


def _is_code(content: memoryview) -> bool:
    start = bytes(content[:_START])
    if not start.startswith(_FOREIGN):
        return is_elf(start)
    from crosswheel.macho import is_macho
    from crosswheel.pe import is_pe

    return is_macho(start) or is_pe(start)


def _foreign_texts(seen: _Seen) -> Iterator[str]:
    for mach in seen.mach or ():
        yield from (*mach.needed, *mach.run_paths, *mach.initializers)
    if seen.pe is not None:
        yield from (*seen.pe.needed, *seen.pe.delayed, *seen.pe.initializers)


def _too_much(name: WheelName) -> BadInputError:
    return BadInputError(
        f"{name} is refused",
        why=f"what the tables of its machine code tell takes more than {_ALLOWANCE >> 20} MB of memory: more symbols "
        "and names than any library has that is made for use",
        hint="hide symbols that nobody else uses (-fvisibility=hidden), or split the wheel",
    )


def _parse_foreign(seen: _Seen, start: bytes, content: memoryview) -> None:
    from crosswheel.macho import MalformedMachoError, is_macho, parse_macho
    from crosswheel.pe import MalformedPeError, parse_pe

    try:
        if is_macho(start):
            seen.mach = parse_macho(content)
        else:
            seen.pe = parse_pe(content)
    except (MalformedMachoError, MalformedPeError) as error:
        seen.malformed = error.why
