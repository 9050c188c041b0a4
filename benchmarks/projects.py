"""Published projects, built from their sdists for other machines: which, for what, how far proved, how long.

    python benchmarks/projects.py [--results FOLDER] [--only psutil==7.0.0 --only cp311-…] [--page docs/projects.md]

What is built stands in projects.toml beside this file, or in what --list names. Results are kept in the folder,
one JSON file a build: what has its wheel is not built again, and the page is written from all that is there.
"""

import argparse
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cells import Cell, Cells, Reasons, run_cells


def main() -> int:
    """Build what is missing, write the page, and return 1 when a build of the list has no wheel."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", type=Path, default=Path(__file__).with_suffix(".toml"), help="what is built")
    parser.add_argument("--results", type=Path, default=Path("projects"), help="folder of results")
    parser.add_argument("--only", action="append", default=[], help="build only this requirement, or for this target")
    parser.add_argument("--page", type=Path, help="write the page here")
    arguments = parser.parse_args()
    wanted = list(read_list(arguments.list))
    cells = Cells(folder=arguments.results.absolute())
    run_cells(cells, [cell for cell in wanted if all(word in cell.name.split("--") for word in arguments.only)])
    results = [(cell, cells.known(cell)) for cell in wanted]
    if arguments.page:
        arguments.page.write_text(page(results), encoding="utf-8")
    return int(any(result is None or result["status"] != "built" for _, result in results))


def read_list(path: Path) -> Iterator[Cell]:
    """Return the builds that a list names."""
    for project in tomllib.loads(path.read_text(encoding="utf-8"))["project"]:
        for target in project["targets"]:
            test = ("--test-command", f'python -c "{project["test"]}"') if "test" in project else ()
            yield Cell(
                name=f"{project['requirement']}--{target}",
                source=project["requirement"],
                target=target,
                options=(*test, *project.get("options", ())),
            )


def page(results: Sequence[tuple[Cell, Mapping[str, object] | None]]) -> str:
    """Return the page."""
    lines = [_BEGINNING, "| project | target | wheel's tags | strategy | proof | size | seconds |", f"|{'---|' * 7}"]
    reasons = Reasons()
    for cell, result in results:
        texts = [cell.source, f"`{cell.target}`"]
        if empty := reasons.shown(result):
            texts += [empty, "", "", "", ""]
        elif result:
            size = f"{int(str(result['size'])) / 1000:.0f} kB"
            texts += [str(result["tags"]), str(result["strategy"]), str(result["proof_level"]), size]
            texts.append(f"{result['wall']:.0f}")
        lines.append(f"| {' | '.join(texts)} |")
    return "\n".join([*lines, *reasons.lines(), ""])


_BEGINNING = """\
# Published projects

Made by `benchmarks/projects.py` out of `benchmarks/projects.toml`: each line is one `crosswheel build PROJECT --target
TARGET` from the sdist, with a test command of one line, on two cores of one x86-64 machine that did other things
besides; the seconds are those of the whole command, build requirements, proof and trial included.
"""

if __name__ == "__main__":
    sys.exit(main())
