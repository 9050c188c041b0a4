"""Eight architectures, glibc and musl, eight kinds of project; and every build backend with two strategies.

Each is built, proved, and tried where a Python can run.

    python benchmarks/matrix.py [--results FOLDER] [--only aarch64 --only musl …] [--page docs/matrix.md]

Every cell is one `crosswheel build` of a project of tests/projects, whose machine code holds what its build was told;
that is compared with what is true of the architecture (tests/projects/truth.toml). Results are kept in the folder, one
JSON file a cell: cells that have their wheel are not built again, and the page is written from all that is there.
"""

import argparse
import dataclasses
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cells import Cell, Cells, Reasons, run_cells

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from told_projects import (  # noqa: I001 after its path
    NOT_C,
    PURE,
    TEST,
    copy_project,
    facts_of,
    lies,
    lies_of_python,
    names,
    read_told,
    said_in,
)

from crosswheel.targets import parse_targets

PYTHON = "cp313"
PROJECTS = {
    "C": "with-setuptools",
    "C++": "with-cpp",
    "Cython": "with-cython",
    "cffi": "with-cffi-api",
    "pybind11, CMake": "with-pybind11-cmake",
    "Meson": "with-meson",
    "Rust": "with-rust",
    "Fortran": "with-fortran",
}
# The oldest glibc of PEP 600 from 2.28 on that is on every machine of the architecture.
GLIBC = {
    **dict.fromkeys(("x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x"), "manylinux_2_28"),
    "riscv64": "manylinux_2_31",
    "loongarch64": "manylinux_2_36",
}
MUSL = "musllinux_1_2"
NO_CFFI = ("armv7l", "riscv64", "loongarch64")  # for which cffi publishes no wheels
BACKENDS_TARGET = "cp311-manylinux_2_28_aarch64"
STRATEGIES = ("hybrid", "cross")
FACTS = ("pointer", "byte_order", "long_double", "mantissa", "char")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One target."""

    architecture: str
    libc: str

    @property
    def target(self) -> str:
        """The target as the command line has it."""
        platform = GLIBC[self.architecture] if self.libc == "glibc" else MUSL
        return f"{PYTHON}-{platform}_{self.architecture}"


def main() -> int:
    """Build what is missing, write the page, and return 1 when something that was told is not true."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=Path("matrix"), help="folder of results")
    parser.add_argument("--only", action="append", default=[], help="build only cells whose name has this word")
    parser.add_argument("--page", type=Path, help="write the page here")
    arguments = parser.parse_args()
    cells = Cells(folder=arguments.results.absolute())
    with tempfile.TemporaryDirectory() as folder:
        copies = {name: copy_project(name, Path(folder) / name) for name in names()}
        table = {(row, kind): cell for row, kind, cell in _table(copies)}
        backends = {(name, strategy): _backend(copies, name, strategy) for name in copies for strategy in STRATEGIES}
        every = (*table.values(), *backends.values())
        needed = list(_needed())
        run_cells(cells, _only(needed, arguments.only))
        wheels = {"PIP_FIND_LINKS": " ".join(str(cells.out(cell)) for cell in needed if cells.is_done(cell))}
        run_cells(dataclasses.replace(cells, variables=wheels), _only(every, arguments.only), look)
    results = [result for cell in every if (result := cells.known(cell))]
    wrong = [f"{result['name']}: {lie}" for result in results for lie in _lies(result)]
    print("\n".join(wrong) or f"{len(results)} cells; nothing that was told is false")
    if arguments.page:
        found = {place: cells.known(cell) for place, cell in table.items()}
        tried = {place: cells.known(cell) for place, cell in backends.items()}
        arguments.page.write_text(page(found, tried), encoding="utf-8")
    return int(bool(wrong))


def _only(cells: Iterable[Cell], words: Sequence[str]) -> list[Cell]:
    return [cell for cell in cells if all(word in cell.name.split("--") for word in words)]


def look(cell: Cell, wheel: Path, log: str) -> dict[str, object]:
    """Return what the build and the trial were told, and what of it is not true."""
    (target,) = parse_targets([cell.target])
    architecture, libc = target.architecture.name, "glibc" if target.glibc else "musl"
    said = said_in(log)
    told = facts_of(str(said.get("told", ""))) if cell.shown in NOT_C else read_told(wheel)
    whole = cell.shown not in NOT_C | PURE
    wrong = lies(told, architecture, libc, target.extension_suffixes, whole=whole)
    wrong += lies_of_python(said, architecture, libc, target.extension_suffixes) if said else []
    return {"told": told, "said": said, "lies": wrong}


def page(
    found: Mapping[tuple[Row, str], Mapping[str, object] | None],
    tried: Mapping[tuple[str, str], Mapping[str, object] | None],
) -> str:
    """Return the page: what came of each cell, why there is none where there is none, and what was told.

    Arguments:
        found: what came of each target and kind of project.
        tried: what came of each backend's project and strategy.
    """
    rows = list(dict.fromkeys(row for row, _ in found))
    results = [result for result in (*found.values(), *tried.values()) if result]
    wrong = [f"- {result['target']}, {result['source']}: {lie}" for result in results for lie in _lies(result)]
    reasons = Reasons()
    lines = [_BEGINNING, _head(("target", "strategy", *PROJECTS))]
    for row in rows:
        cells = [found[row, kind] for kind in PROJECTS]
        strategies = dict.fromkeys(str(result["strategy"]) for result in cells if result and "strategy" in result)
        lines.append(
            _line(
                (
                    f"`{row.target}`",
                    ", ".join(strategies) or "—",
                    *(reasons.shown(cell) or str(cell and cell["proof_level"]) for cell in cells),
                )
            )
        )
    lines += [*reasons.lines(), "", _TOLD]
    lines.append(_head(("target", "Python", *(fact.replace("_", " ") for fact in FACTS), "suffix", "cells")))
    for row in rows:
        told = [result["told"] for kind in PROJECTS if (result := found[row, kind]) and result.get("told")]
        facts = [one for one in told if isinstance(one, dict)]
        values = (_values(facts, key) for key in ("python", *FACTS, "suffix"))
        lines.append(_line((f"`{row.target}`", *(value or "—" for value in values), str(len(facts)))))
    lines += ["", "Not true:" if wrong else "All of it is true.", "", *wrong]
    reasons = Reasons()
    lines += ["", _BACKENDS, _head(("project", *STRATEGIES, "tags"))]
    for name in dict.fromkeys(name for name, _ in tried):
        cells = [tried[name, strategy] for strategy in STRATEGIES]
        tags = dict.fromkeys(str(result["tags"]) for result in cells if result and "tags" in result)
        lines.append(
            _line(
                (
                    f"`{name}`",
                    *(reasons.shown(cell) or str(cell and cell["proof_level"]) for cell in cells),
                    ", ".join(tags) or "—",
                )
            )
        )
    return "\n".join([*lines, *reasons.lines(), ""])


def _values(facts: Sequence[Mapping[str, object]], key: str) -> str:
    return ", ".join(dict.fromkeys(str(told[key]) for told in facts if key in told))


def _table(copies: Mapping[str, Path]) -> Iterator[tuple[Row, str, Cell]]:
    for architecture in GLIBC:
        for libc in ("glibc", "musl"):
            row = Row(architecture=architecture, libc=libc)
            for kind, project in PROJECTS.items():
                yield (
                    row,
                    kind,
                    Cell(
                        name=f"{architecture}--{libc}--{project}",
                        source=str(copies.get(project, project)),
                        target=row.target,
                        options=TEST,
                        shown=project,
                    ),
                )


def _needed() -> Iterator[Cell]:
    """What projects need where they run, and nobody publishes for these targets: crosswheel builds it first."""
    for architecture in NO_CFFI:
        target = Row(architecture=architecture, libc="glibc").target
        yield Cell(name=f"{architecture}--glibc--with-cffi-api--cffi", source="cffi", target=target)


def _backend(copies: Mapping[str, Path], name: str, strategy: str) -> Cell:
    return Cell(
        name=f"backends--{strategy}--{name}",
        source=str(copies[name]),
        target=BACKENDS_TARGET,
        options=("--strategy", strategy, *TEST),
        shown=name,
    )


def _lies(result: Mapping[str, object]) -> Sequence[str]:
    found = result.get("lies", [])
    return found if isinstance(found, list) else []


def _head(titles: Sequence[str]) -> str:
    return f"{_line(titles)}\n{_line(['---'] * len(titles))}"


def _line(texts: Sequence[str]) -> str:
    return f"| {' | '.join(texts)} |"


_BEGINNING = """\
# The matrix

Made by `benchmarks/matrix.py`: every cell is one `crosswheel build` of a small project of `tests/projects`, on an
x86-64 machine. `tested` means that the wheel was installed and imported by a Python of the target, emulated where it
had to be, and asked what it was told; `static` that all was proved that can be without running it: no Python of that
target runs there.
"""
_TOLD = """\
## What the builds were told

Out of the machine code of the wheels, so that it can be read where nothing runs it: what the compiler took the machine
for, what the headers of Python say, and the suffix that the build backend gave. It is held against what is true of each
architecture (`tests/projects/truth.toml`, out of the ABI documents); where a Python could run, so is what it says of
itself.
"""

_BACKENDS = f"""\
## Build backends and ways of binding

The projects of `tests/projects`, for `{BACKENDS_TARGET}`, each built by the target's own Python, emulated (`hybrid`),
and by a Python of this machine that poses as it (`cross`). What each was told is compared in the same way.
"""

if __name__ == "__main__":
    sys.exit(main())
