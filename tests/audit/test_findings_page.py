"""Every code is documented, and the page says what the table says."""

import re
import runpy
from pathlib import Path

from crosswheel.audit import FINDING_KINDS

ROOT = Path(__file__).parents[2]


def test_the_page_is_the_table() -> None:
    page = runpy.run_path(str(ROOT / "tools" / "make_findings_page.py"))["findings_page"]()

    assert (ROOT / "docs" / "findings.md").read_text(encoding="utf-8") == page, "run tools/make_findings_page.py"


def test_the_codes_are_stable_and_in_order() -> None:
    assert list(FINDING_KINDS) == sorted(FINDING_KINDS)
    assert all(re.fullmatch(r"CW1\d\d", code) and kind.code == code for code, kind in FINDING_KINDS.items())


def test_every_code_is_used_and_only_those_are() -> None:
    sources = (ROOT / "src" / "crosswheel" / "audit").glob("*.py")
    used = {code for path in sources if path.name != "codes.py" for code in re.findall(r"CW\d{3}", path.read_text())}

    assert used == set(FINDING_KINDS)
