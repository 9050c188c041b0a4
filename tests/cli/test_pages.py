"""The README and the pages: what can be checked of them without reading."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_ci_finds_the_line_that_runs_the_tests() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    extract = next(line for line in script.splitlines() if line.startswith("tests="))
    printed = subprocess.run(
        ["/usr/bin/env", "bash", "-euo", "pipefail", "-c", f'{extract}\nprintf %s "$tests"'],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout
    assert printed.startswith("python3 -m venv .venv && ")
    assert "pytest" in printed
    assert "\n" not in printed
    assert "`" not in printed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).exists(), link
