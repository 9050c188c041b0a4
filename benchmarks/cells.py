"""Builds through the command line whose results are kept, one JSON file each: runs can be stopped and continued."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

PATIENCE = 3600.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One build, and the name of its result.

    Arguments:
        name: of the file that keeps the result.
        source: for `crosswheel build`.
        target: one target.
        options: further ones.
        shown: what stands for the source in what is told; a folder of this machine must not.
    """

    name: str
    source: str
    target: str
    options: tuple[str, ...] = ()
    shown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Where results are kept.

    Arguments:
        folder: one JSON file a cell, its wheels in `wheels`.
        variables: beside those of this process.
    """

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def known(self, cell: Cell) -> dict[str, object] | None:
        """Return what is known of a cell; None when it was not built yet."""
        try:
            loaded: dict[str, object] = json.loads(self._file(cell).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return loaded

    def is_done(self, cell: Cell) -> bool:
        """Tell whether a cell has its wheel; what failed may go better the next time."""
        known = self.known(cell)
        return known is not None and known["status"] == "built"

    def out(self, cell: Cell) -> Path:
        """Return the folder of a cell's wheel."""
        return self.folder / "wheels" / cell.name

    def run(self, cell: Cell, look: Callable[[Path, str], dict[str, object]] | None = None) -> dict[str, object]:
        """Build a cell, keep and return what came of it.

        Arguments:
            cell: what is built.
            look: given the wheel and the log of the build, what else is worth keeping.
        """
        out = self.out(cell)
        out.mkdir(parents=True, exist_ok=True)
        for old in out.glob("*.whl"):
            old.unlink()
        begun = time.monotonic()
        command = [sys.executable, "-m", "crosswheel", "build", cell.source, "--target", cell.target, "--json"]
        done = subprocess.run(
            [*command, "--out", str(out), *cell.options],
            # With a time of its own nothing is an earlier build's result.
            env={**os.environ, **self.variables, "SOURCE_DATE_EPOCH": str(int(time.time()))},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        document = json.loads(done.stdout)
        result: dict[str, object] = {"name": cell.name, "target": cell.target, "status": "failed"}
        result |= {"wall": round(time.monotonic() - begun, 1), "source": cell.shown or cell.source}
        (told,) = document["results"] or [{"error": document["error"]}]
        if told.get("status") == "built":
            kept = (
                "status",
                "strategy",
                "exec_mode",
                "python",
                "proof_level",
                "seconds",
                "cached",
                "warnings",
                "linked",
            )
            result |= {key: told[key] for key in kept}
            wheel = Path(told["wheel"]["path"])
            result |= {"wheel": wheel.name, "size": told["wheel"]["size"], "tags": told["wheel"]["tags"]}
            log = Path(told["log"]).read_text(encoding="utf-8") if told["log"] else ""
            result |= look(wheel, log) if look else {}
        else:
            result["reason"] = _reason(told["error"], cell)
            result["log"] = told["error"]["log"]
        self._file(cell).parent.mkdir(parents=True, exist_ok=True)
        self._file(cell).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        return result

    def _file(self, cell: Cell) -> Path:
        return self.folder / f"{cell.name}.json"


def run_cells(
    cells: Cells, wanted: Sequence[Cell], look: Callable[[Cell, Path, str], dict[str, object]] | None = None
) -> None:
    """Build each cell that has no wheel yet, and tell of each in a line.

    Arguments:
        cells: where results are kept.
        wanted: what is built, in this order.
        look: given cell, wheel and log, what else is worth keeping.
    """
    for cell in wanted:
        if cells.is_done(cell):
            continue
        result = cells.run(cell, partial(look, cell) if look else None)
        print(f"{cell.name}: {result.get('proof_level') or result['reason']} ({result['wall']} s)", flush=True)


class Reasons:
    """Why cells are empty, numbered, each once."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def shown(self, result: Mapping[str, object] | None) -> str:
        """Return what stands in an empty cell; "" for one that has its wheel."""
        if result and result["status"] == "built":
            return ""
        reason = str(result["reason"]) if result else "not tried yet"
        if reason not in self._texts:
            self._texts.append(reason)
        return f"— ({self._texts.index(reason) + 1})"

    def lines(self) -> list[str]:
        """Return the list of reasons; nothing where there are none."""
        if not self._texts:
            return []
        numbered = (f"{number}. {reason}" for number, reason in enumerate(self._texts, start=1))
        return ["", "What crosswheel said where there is no wheel:", "", *numbered]


def _reason(error: Mapping[str, object], cell: Cell) -> str:
    """What crosswheel itself said, in one line, without folders of this machine."""
    what = str(error["what"]).removeprefix(f"{cell.source} for {cell.target}: ")
    parts = [what, str(error["why"])]
    details = error["details"]
    if isinstance(details, list) and details and ("ended with an error" in parts[1] or "below" in parts[1]):
        parts[1] = next((str(line).strip(" ╰─▶") for line in details if "Because" in str(line)), str(details[0]))
    text = ": ".join(part for part in parts if part).replace(cell.source, cell.shown or cell.source)
    return re.sub(r"/\S*/", "…/", text).replace("|", "\\|")
