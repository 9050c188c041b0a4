"""What is told of wheels to people: tables, in colour in a terminal, plain lines elsewhere."""

import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crosswheel.app.inspect import Inspection
from crosswheel.audit import Blocker, Finding, Severity
from crosswheel.cli.streams import printable, publish

_MOST_ROWS = 5  # findings of one code; --json has them all
_MOST_REASONS = 3  # for a policy that is out of reach
_MOST_TAGS = 4
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


def print_inspections(inspections: Sequence[Inspection], *, rows: int) -> None:
    """Print what was found out about wheels on standard output.

    Arguments:
        inspections: of the wheels that could be read.
        rows: wheels that were asked about; with more than one, a table goes ahead.
    """
    blocks: list[Block] = []
    if rows > 1:
        blocks += [_overview(inspections)] if inspections else []
        for inspection in inspections:
            if inspection.report.findings:
                blocks += [Line(text=""), Line(text=inspection.path.name, style="bold")]
                blocks += finding_blocks(inspection.report.findings)
    elif inspections:
        blocks += _whole(inspections[0])
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
        rows += [(code, severity.value, one.file or "(the wheel)", one.reason) for one in found[:_MOST_ROWS]]
        if len(found) > _MOST_ROWS:
            rows.append((code, severity.value, f"… {len(found) - _MOST_ROWS} more", "(--json tells them all)"))
        styles += [_STYLES[severity]] * min(len(found), _MOST_ROWS + 1)
    yield Table(headings=("code", "severity", "file", "reason"), rows=tuple(rows), styles=tuple(styles))
    yield Line(text="to mend them:")
    yield from (Line(text=f"{code}: {found[0].mend}", indent=1) for code, found in by_code.items())


def print_blocks(blocks: Sequence[Block]) -> None:
    """Print on standard output: with colours and wrapped in a terminal, one line each elsewhere."""
    lively = (
        sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM", "dumb") not in {"dumb", "unknown"}
    )
    publish(_rich(blocks) if lively else "\n".join(line for block in blocks for line in _plain(block)))


def _overview(inspections: Sequence[Inspection]) -> Table:
    reports = [inspection.report for inspection in inspections]
    return Table(
        headings=("wheel", "claims", "may carry", "errors", "warnings"),
        rows=tuple(
            (
                inspection.path.name,
                ".".join(report.claimed),
                report.platform_tags[0] if report.platform_tags else "nothing",
                str(len(report.errors)),
                str(len(report.warnings)),
            )
            for inspection, report in zip(inspections, reports, strict=True)
        ),
        styles=tuple(
            _STYLES[Severity.ERROR] if report.errors else _STYLES[Severity.WARNING] if report.warnings else ""
            for report in reports
        ),
    )


def _whole(inspection: Inspection) -> Iterator[Block]:
    report = inspection.report
    yield Line(text=f"{inspection.path.name}  ({inspection.size / _MEGABYTE:.1f} MB)", style="bold")
    yield Line(text=f"claims     {_shortened(report.claimed)}")
    yield Line(text=f"may carry  {_shortened(report.platform_tags) or 'no platform tag'}")
    for policies, findings in _obstacles(report.blockers):
        yield Line(text="")
        yield Line(text=f"not {', '.join(policies)}, since")
        for finding in findings[:_MOST_REASONS]:
            yield Line(text=f"{finding.file}: {finding.reason}", indent=1)
        if len(findings) > _MOST_REASONS:
            yield Line(text=f"… {len(findings) - _MOST_REASONS} more (--json tells them all)", indent=1)
    yield Line(text="")
    counts = ((report.errors, "error"), (report.warnings, "warning"), (report.notes, "note"))
    told = [f"{len(found)} {name}{'' if len(found) == 1 else 's'}" for found, name in counts if found]
    if not told:
        yield Line(text="nothing was found against it", style="green")
        return
    yield Line(text=", ".join(told), style="bold")
    yield from finding_blocks(report.findings)


def _obstacles(blockers: Sequence[Blocker]) -> Iterator[tuple[list[str], tuple[Finding, ...]]]:
    """Yield the policies that the same things keep a wheel from, and those as the laxest of the policies has them."""
    for _, same in itertools.groupby(blockers, lambda one: [(found.file, found.subject) for found in one.findings]):
        group = list(same)
        yield [blocker.policy for blocker in group], group[-1].findings


def _shortened(tags: Sequence[str]) -> str:
    more = f", … {len(tags) - _MOST_TAGS} more" if len(tags) > _MOST_TAGS else ""
    return ", ".join(tags[:_MOST_TAGS]) + more


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
