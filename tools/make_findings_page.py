"""Write docs/findings.md from the table of codes: `python tools/make_findings_page.py`."""

from pathlib import Path

from crosswheel.audit import FINDING_KINDS

PAGE = Path(__file__).parents[1] / "docs" / "findings.md"
START = """# Findings

What an audit may say of a wheel. A code keeps its meaning for ever. An **error** refuses the wheel: `build` and
`repair` never write it to the output folder. A **warning** tells of something to mend, a **note** of something to know.

This page is made by `tools/make_findings_page.py` from the table in `crosswheel/audit/codes.py`.
"""


def findings_page() -> str:
    """Return the page as Markdown."""
    sections = [
        f"\n## {kind.code}: {kind.title} ({kind.severity})\n\n{kind.why}\n\nTo mend it: {kind.mend}.\n"
        for kind in FINDING_KINDS.values()
    ]
    return START + "".join(sections)


if __name__ == "__main__":
    PAGE.write_text(findings_page(), encoding="utf-8")
