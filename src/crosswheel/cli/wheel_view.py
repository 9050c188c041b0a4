"""What is told of wheels to people: tables, in colour in a terminal, plain lines elsewhere."""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crosswheel.app.inspect import Inspection
from crosswheel.audit import Blocker, Finding, Severity
from crosswheel.cli.streams import printable, publish

if TYPE_CHECKING:
    from crosswheel.audit import Report

_MOST_ROWS = {Severity.ERROR: 5, Severity.WARNING: 2, Severity.NOTE: 2}  # findings of one code; --json has them all
_MOST_REASONS = 3  # for a policy that is out of reach
_MOST_NAMES = 2
# Errors that make a platform tag untrue, and others that make a wheel unusable whatever its tags are.
_AGAINST_TAGS = frozenset({"CW101", "CW104", "CW105", "CW106", "CW107", "CW117", "CW118", "CW131"})
_POLICY = re.compile(r"(?P<family>many|musl)linux_\d+_\d+_(?P<machine>\w+)", re.ASCII)
_ALIAS = re.compile(r"manylinux(?:1|20\d\d)_\w+", re.ASCII)
_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of text.

    Arguments:
        text: of it.
        style: rich's, for a terminal.
        indent: steps that it stands to the right.
    """

    text: str
    style: str = ""
    indent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells.

    Arguments:
        headings: of the columns.
        rows: of cells, as many as headings.
        styles: rich's, one for each row, of its first two cells.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    styles: tuple[str, ...]


Block = Line | Table


def print_inspections(inspections: Sequence[Inspection], unreadable: Sequence[Path] = (), *, target: str = "") -> None:
    """Print what was found out about wheels on standard output.

    Arguments:
        inspections: of the wheels that could be read; with more than one wheel, a table goes ahead.
        unreadable: wheels of which nothing can be said.
        target: that they were held against; "" for what they claim.
    """
    blocks: list[Block] = []
    if len(inspections) + len(unreadable) > 1:
        blocks.append(_overview(inspections, unreadable))
        for inspection in inspections:
            if inspection.report.findings:
                blocks += [Line(text=""), Line(text=inspection.path.name, style="bold")]
                blocks += finding_blocks(inspection.report.findings)
    elif inspections:
        blocks += _whole(inspections[0], target)
    if blocks:
        print_blocks(blocks)


def finding_blocks(findings: Sequence[Finding]) -> Iterator[Block]:
    """Yield findings, the worst first, long lists shortened, and how to mend each kind."""
    by_code: dict[str, list[Finding]] = {}
    order = list(Severity)
    for finding in sorted(findings, key=lambda finding: (order.index(finding.severity), finding.code)):
        by_code.setdefault(finding.code, []).append(finding)
    rows: list[tuple[str, ...]] = []
    styles: list[str] = []
    for code, found in by_code.items():
        severity = found[0].severity
        most = _MOST_ROWS[severity]
        rows += [(code, severity.value, one.file or "(the wheel)", one.reason) for one in found[:most]]
        if len(found) > most:
            rows.append((code, severity.value, f"… {len(found) - most} more", "(--json tells them all)"))
        styles += [_STYLES[severity]] * min(len(found), most + 1)
    yield Table(headings=("code", "severity", "file", "reason"), rows=tuple(rows), styles=tuple(styles))
    yield Line(text="to mend them:")
    yield from (Line(text=f"{code}: {found[0].mend}", indent=1) for code, found in by_code.items())


def print_blocks(blocks: Sequence[Block]) -> None:
    """Print on standard output: with colours and wrapped in a terminal, one line each elsewhere."""
    lively = (
        sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM", "dumb") not in {"dumb", "unknown"}
    )
    publish(_rich(blocks) if lively else "\n".join(line for block in blocks for line in _plain(block)))


def _overview(inspections: Sequence[Inspection], unreadable: Sequence[Path]) -> Table:
    reports = [inspection.report for inspection in inspections]
    rows = [
        (
            inspection.path.name,
            ".".join(report.claimed),
            report.platform_tags[0] if report.platform_tags else "nothing",
            str(len(report.errors)),
            str(len(report.warnings)),
        )
        for inspection, report in zip(inspections, reports, strict=True)
    ]
    styles = [
        _STYLES[Severity.ERROR] if report.errors else _STYLES[Severity.WARNING] if report.warnings else ""
        for report in reports
    ]
    return Table(
        headings=("wheel", "claims", "may carry", "errors", "warnings"),
        rows=(*rows, *((path.name, "", "cannot be read", "", "") for path in unreadable)),
        styles=(*styles, *(_STYLES[Severity.ERROR] for _ in unreadable)),
    )


def _whole(inspection: Inspection, target: str) -> Iterator[Block]:
    report = inspection.report
    yield Line(text=f"{inspection.path.name}  ({_size(inspection.size)})", style="bold")
    verdict, style = _verdict(report)
    if target:
        yield Line(text=f"target     {target}")
        verdict, style = "", ""
    yield Line(text=f"claims     {', '.join(report.claimed)}{verdict and f': {verdict}'}", style=style)
    yield Line(text=f"may carry  {_best(report.platform_tags) or 'no platform tag'}")
    counts = ((report.errors, "error"), (report.warnings, "warning"), (report.notes, "note"))
    told = [f"{len(found)} {name}{'' if len(found) == 1 else 's'}" for found, name in counts if found]
    obstacles = list(_obstacles(report))
    findings: list[Block] = []
    if told:
        findings = [Line(text=""), Line(text=", ".join(told), style="bold"), *finding_blocks(report.findings)]
    # What is wrong goes ahead of what could be better.
    yield from (*findings, *obstacles) if report.errors else (*obstacles, *findings)
    if not told:
        yield Line(text="")
        yield Line(text="nothing was found against it", style="green")


def _verdict(report: "Report") -> tuple[str, str]:
    """Return whether the platform tags of the name are true, in words, and a style."""
    against = {one.code for one in report.findings} & _AGAINST_TAGS
    if against:
        return f"not true ({', '.join(sorted(against))})", _STYLES[Severity.ERROR]
    if "any" in report.claimed and "any" not in report.platform_tags:
        return "true if its machine code is data", _STYLES[Severity.NOTE]
    if any(one.code == "CW132" for one in report.findings):
        return "true, and less than it could", _STYLES[Severity.NOTE]
    return "true", "green"


def _obstacles(report: "Report") -> Iterator[Block]:
    """Yield what stands between the wheel and the nearest policy out of reach, of each family and machine."""
    # Of a wheel for glibc nobody asks about musl.
    claimed = {match["family"] for tag in report.claimed if (match := _POLICY.fullmatch(tag))}
    kinds: dict[tuple[str, ...], list[Blocker]] = {}
    for blocker in report.blockers:
        match = _POLICY.fullmatch(blocker.policy)
        if match and (not claimed or match["family"] in claimed):
            kinds.setdefault(match.groups(), []).append(blocker)
    for group in kinds.values():
        nearest = group[-1]
        reasons = _grouped(nearest.findings)
        same = [one for one in group if _grouped(one.findings).keys() == reasons.keys()]
        yield Line(text="")
        yield Line(text=f"not {_span([one.policy for one in same])}, since")
        for found in list(reasons.values())[:_MOST_REASONS]:
            others_too = len(found) - 1
            more = f" (and {others_too} more file{'s' if others_too > 1 else ''})" if others_too else ""
            yield Line(text=f"{found[0].file}: {found[0].reason}{more}", indent=1)
        if len(reasons) > _MOST_REASONS:
            yield Line(text=f"… {len(reasons) - _MOST_REASONS} more reasons (--json tells them all)", indent=1)
        if others := [one.policy for one in group if one not in same]:
            yield Line(text=f"nor {_span(others)}, for more than that (--json tells it)")


def _grouped(findings: Sequence[Finding]) -> dict[tuple[str, str], list[Finding]]:
    """Return findings of several files by what they are about, what most files have first."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        found.setdefault((one.code, one.subject), []).append(one)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def _span(policies: Sequence[str]) -> str:
    """Return names of policies in one phrase; many of them by the first and the last."""
    return ", ".join(policies) if len(policies) <= _MOST_NAMES else f"{policies[0]} to {policies[-1]}"


def _best(tags: Sequence[str]) -> str:
    """Return the best tags of each family and machine, with their older names; every newer one is true as well."""
    kinds: set[tuple[str, ...]] = set()
    shown: list[str] = []
    is_best = False
    for tag in tags:
        if match := _POLICY.fullmatch(tag):
            is_best = match.groups() not in kinds
            kinds.add(match.groups())
        elif not _ALIAS.fullmatch(tag):
            is_best = tag.removeprefix("linux_") not in {machine for _, machine in kinds}
        if is_best:
            shown.append(tag)
    return ", ".join(shown) + (", and newer" if kinds else "")


def _size(size: int) -> str:
    return f"{size / _MEGABYTE:.1f} MB" if size >= _MEGABYTE else f"{size / 1000:.1f} kB"


def _plain(block: Block) -> Iterator[str]:
    if isinstance(block, Line):
        yield "  " * block.indent + printable(block.text)
        return
    rows = (block.headings, *(tuple(map(printable, row)) for row in block.rows))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _rich(blocks: Sequence[Block]) -> str:
    """Return what rich makes of it for this terminal: it is published in one piece, as everything is."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table as RichTable
    from rich.text import Text

    console = Console(highlight=False)
    with console.capture() as captured:
        for block in blocks:
            if isinstance(block, Line):
                console.print(Padding(Text(printable(block.text), style=block.style), (0, 0, 0, 2 * block.indent)))
                continue
            table = RichTable(box=SIMPLE_HEAD, pad_edge=False)
            for heading in block.headings:
                table.add_column(heading, overflow="fold")
            for row, style in zip(block.rows, block.styles, strict=True):
                first = [Text(printable(cell), style=style) for cell in row[:2]]
                table.add_row(*first, *(Text(printable(cell)) for cell in row[2:]))
            console.print(table)
    return captured.get().rstrip("\n")
