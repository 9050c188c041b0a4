"""Carries a repair plan out, and proves what came of it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest
from typing import BinaryIO

from crosswheel.audit import Claims, Report, WheelFacts, audit_wheel, read_facts
from crosswheel.elf import EditedElf, ElfChange, compare_elf, edit_elf
from crosswheel.errors import RefusedError
from crosswheel.repair.choose import foreseen, without
from crosswheel.repair.plan import Graft, RepairPlan
from crosswheel.repair.repair import cannot_edit, content_of, edited_graft, passing
from crosswheel.wheel import CopiedMember, EditedMember, NewMember, RecordRow, WheelReader, write_wheel

_MOST_DETAILS = 20
_SMALL = 24 * 1024 * 1024  # bytes of a file of which several may be in memory, each twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the audit of a repaired wheel says.

    Arguments:
        report: of the audit; what was asked of excluded libraries is not in it.
        facts: of the repaired wheel.
    """

    report: Report
    facts: WheelFacts


def write_repaired(
    reader: WheelReader, facts: WheelFacts, plan: RepairPlan, file: BinaryIO, *, source_date_epoch: int
) -> None:
    """Write a wheel as its plan says; same input, same bytes.

    Arguments:
        reader: of the wheel as it was.
        facts: of it, with its RECORD.
        plan: what changes.
        file: open for writing, at its start.
        source_date_epoch: seconds since 1970, UTC: the date of every file in it.

    Raises:
        RefusedError: a file cannot be edited.
        BadInputError: the wheel is damaged.
    """
    write_wheel(file, _members(reader, facts, plan), dist_info=reader.dist_info, source_date_epoch=source_date_epoch)


def read_again(before: WheelReader, facts: WheelFacts, after: WheelReader, plan: RepairPlan) -> WheelFacts:
    """Return the facts of a repaired wheel: of what was copied those that are known, once its bytes were compared.

    Arguments:
        before: the wheel as it was.
        facts: of it.
        after: the repaired one.
        plan: what was to change.
    """
    rows = {row.path: row for row in after.record()}
    copied = {
        path
        for path, row in _verified_rows(before, facts).items()
        if path not in plan.files
        and path not in plan.changes
        and rows.get(path) == row
        and before.members[path].size == after.members[path].size
        and all(one == other for one, other in zip_longest(before.raw(path), after.raw(path)))
    }
    return read_facts(after, known=facts, unchanged=copied)


def prove_repaired(
    before: WheelReader,
    after: WheelReader,
    plan: RepairPlan,
    facts: WheelFacts,
    *,
    claims: Claims | None = None,
    python_symbols: frozenset[str] | None = None,
) -> Proof:
    """Read a repaired wheel again: every edited file against what it was, and the whole against what it claims.

    Arguments:
        before: the wheel as it was.
        after: the repaired one.
        plan: what was to change.
        facts: of the repaired wheel.
        claims: what it has to serve; None for what its name claims.
        python_symbols: what the target's Python exports; None where nobody asked it.

    Raises:
        RefusedError: an edit did more, or less, than it should have; or the audit has an error to tell.
    """
    _compare_all(before, after, plan)
    left = without(facts, frozenset(plan.excluded).__contains__)
    report = audit_wheel(
        left,
        claims or Claims.of_wheel(facts.name),
        python_symbols=python_symbols,
        grafted=[graft.path for graft in plan.grafts if graft.name not in graft.names],
    )
    report = replace(report, findings=tuple(foreseen(facts, plan.excluded, report.findings)))
    if report.errors:
        raise RefusedError(
            f"{before.name} cannot be repaired: {plan.name.platform_tags[0]} would not be true",
            why=f"{report.errors[0]}" + (f", and {len(report.errors) - 1} more" if len(report.errors) > 1 else ""),
            hint=report.errors[0].mend,
            details=[str(finding) for finding in report.errors[:_MOST_DETAILS]],
        )
    return Proof(report=report, facts=facts)


def _compare_all(before: WheelReader, after: WheelReader, plan: RepairPlan) -> None:
    """Hold every edited file against what it was: small ones two at a time, large ones alone, for the memory."""

    def compare(path: str) -> tuple[str, tuple[str, ...]]:
        new_path = plan.moved.get(path, path)
        return new_path, compare_elf(before.load(path), after.load(new_path), plan.changes[path])

    def compare_graft(graft: Graft) -> tuple[str, tuple[str, ...]]:
        return graft.path, compare_elf(content_of(graft.library), after.load(graft.path), graft.change)

    paths = sorted(plan.changes)
    small = [path for path in paths if before.members[path].size <= _SMALL]
    small_grafts = [graft for graft in plan.grafts if after.members[graft.path].size <= _SMALL]
    with ThreadPoolExecutor(2) as pool:
        for path, differences in (*pool.map(compare, small), *pool.map(compare_graft, small_grafts)):
            _refuse_differences(path, differences)
    for path in paths:
        if path not in small:
            _refuse_differences(*compare(path))
    for graft in plan.grafts:
        if graft not in small_grafts:
            _refuse_differences(*compare_graft(graft))


def _verified_rows(reader: WheelReader, facts: WheelFacts) -> dict[str, RecordRow]:
    """The rows of RECORD that the content was held against, as they are written anew."""
    bad = {problem.path for problem in facts.record_problems}
    return {
        row.path: RecordRow(path=row.path, hash=row.hash.rstrip("="), size=str(reader.members[row.path].size))
        for row in reader.record()
        if row.path not in bad and row.hash.startswith("sha256=") and row.path in reader.members
    }


def _members(
    reader: WheelReader, facts: WheelFacts, plan: RepairPlan
) -> Iterator[CopiedMember | NewMember | EditedMember]:
    room = _Room()
    rows = _verified_rows(reader, facts)
    for path, member in reader.members.items():
        if path in plan.files and path not in plan.moved:
            continue
        new_path = plan.moved.get(path, path)
        if path in plan.changes:
            yield _edited(reader, path, new_path, plan.changes[path], room, executable=member.executable)
        elif path not in plan.moved:
            yield CopiedMember(path=path, reader=reader, row=rows.get(path))
    for graft in plan.grafts:
        edited = edited_graft(graft)
        yield EditedMember(path=graft.path, chunks=partial(passing, edited), size=edited.size, executable=True)
    for path, content in plan.files.items():
        before = reader.members.get(path)
        executable = path in plan.executable or (before is not None and before.executable)
        yield NewMember(path=path, content=content, executable=executable)


def _edited(
    reader: WheelReader, path: str, new_path: str, change: ElfChange, room: "_Room", *, executable: bool
) -> EditedMember:
    edited = _edit(reader, path, change)
    size = edited.size
    if room.takes(size):
        return EditedMember(path=new_path, chunks=partial(passing, edited), size=size, executable=executable)

    # Not all of a large wheel's files fit into memory at once: it is made again when it is written.
    def chunks() -> Iterator[bytes | memoryview]:
        yield from passing(_edit(reader, path, change))

    return EditedMember(path=new_path, chunks=chunks, size=size, executable=executable)


def _edit(reader: WheelReader, path: str, change: ElfChange) -> EditedElf:
    try:
        return edit_elf(reader.load(path), change)
    except RefusedError as error:
        raise cannot_edit(f"{path} of {reader.name}", error) from error


@dataclass(slots=True)
class _Room:
    """How much of what was edited may wait in memory."""

    left: int = 64 * 1024 * 1024

    def takes(self, size: int) -> bool:
        if size > self.left:
            return False
        self.left -= size
        return True


def _refuse_differences(path: str, differences: tuple[str, ...]) -> None:
    if differences:
        raise RefusedError(
            f"the edit of {path} did not turn out as it should",
            why=differences[0],
            hint="this is a fault of crosswheel: please tell its makers, with the file",
            details=differences[:_MOST_DETAILS],
        )
