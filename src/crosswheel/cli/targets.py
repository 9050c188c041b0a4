"""`crosswheel targets`."""

import argparse
import os
import textwrap
from collections.abc import Iterator, Sequence

from crosswheel.app.strategies import Way
from crosswheel.app.survey import TargetState, survey_targets
from crosswheel.app.workshop import Workshop
from crosswheel.cli.documents import print_document
from crosswheel.cli.streams import publish
from crosswheel.cli.view import make_view
from crosswheel.targets import Manylinux, Musllinux, identifier

_WIDTH = 100
_HEADINGS = ("Python", "architectures", "strategy", "proof", "Python from", "")


def run_targets(arguments: argparse.Namespace) -> int:
    """Tell what can be built from here, and return the exit code."""
    workshop = Workshop(os.environ, make_view())
    try:
        states = survey_targets(workshop)
    finally:
        workshop.close()
    if arguments.json:
        print_document("targets", [_as_json(state) for state in states])
    else:
        publish("\n".join(_lines(states)))
    return 0


def _lines(states: Sequence[TargetState]) -> Iterator[str]:
    """Tables by C library: a row for each Python and the architectures of which the same is true; footnotes last."""
    pythons = list(dict.fromkeys(state.python for state in states))
    families = [
        sorted((one for one in states if isinstance(one.oldest, family)), key=lambda one: pythons.index(one.python))
        for family in (Manylinux, Musllinux)
    ]
    needs = list(dict.fromkeys(need for family in families for state in family for need in state.needs))
    tables = [_rows(family, needs) for family in families]
    widths = [
        max(map(len, column)) for column in zip(_HEADINGS, *(row for rows in tables for row in rows), strict=True)
    ]
    for family, rows in zip(families, tables, strict=True):
        yield from textwrap.wrap(_policies(family), _WIDTH)
        yield ""
        for row in (_HEADINGS, *rows):
            yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield ""
    yield "Strategy auto begins with the one that is shown; it falls to the others that --json shows."
    yield ""
    for number, need in enumerate(needs, 1):
        mark = f"({number}) "
        yield from textwrap.wrap(
            need, _WIDTH, initial_indent=mark, subsequent_indent=" " * len(mark), break_on_hyphens=False
        )


def _rows(states: Sequence[TargetState], needs: Sequence[str]) -> list[tuple[str, ...]]:
    alike: dict[tuple[str, ...], list[str]] = {}
    for state in states:
        python = identifier(state.target).partition("-")[0]
        notes = " ".join(f"({needs.index(need) + 1})" for need in state.needs)
        alike.setdefault((python, *_words(state), notes), []).append(state.oldest.architecture.name)
    every = list(dict.fromkeys(state.oldest.architecture.name for state in states))
    return [(key[0], _together(names, every), *key[1:]) for key, names in alike.items()]


def _together(names: Sequence[str], every: Sequence[str]) -> str:
    missing = [name for name in every if name not in names]
    if len(missing) > 1:
        return " ".join(names)
    return f"all but {missing[0]}" if missing else "all"


def _words(state: TargetState) -> tuple[str, str, str]:
    best = state.best
    if best is None or best.proof_level is None:
        return ("-", "-", "-")
    return (best.strategy, best.proof_level, best.python.removesuffix(", posing"))


def _policies(states: Sequence[TargetState]) -> str:
    """The versions of a C library that can be built for, each with the architectures that begin there."""
    begin: dict[str, dict[str, None]] = {}
    for state in states:
        begin.setdefault(f"{state.oldest.major}.{state.oldest.minor}", {})[state.oldest.architecture.name] = None
    library, tag = ("glibc", "manylinux") if isinstance(states[0].oldest, Manylinux) else ("musl", "musllinux")
    oldest = ", ".join(f"{version} ({' '.join(names)})" for version, names in begin.items())
    return f"Linux with {library} ({tag}) from {oldest} to {states[0].newest.major}.{states[0].newest.minor}"


def _as_json(state: TargetState) -> dict[str, object]:
    best = state.best
    return {
        "target": str(state.target),
        "identifier": identifier(state.target),
        "newest_platform": str(state.newest),
        "strategy": best.strategy.value if best else None,
        "python": best.python if best else None,
        "proof_level": best.proof_level.value if best and best.proof_level else None,
        "needs": list(state.needs),
        "ways": [_way_json(way) for way in state.ways],
    }


def _way_json(way: Way) -> dict[str, object]:
    return {
        "strategy": way.strategy.value,
        "python": way.python or None,
        "proof_level": way.proof_level.value if way.proof_level else None,
        "needs": list(way.needs),
    }
