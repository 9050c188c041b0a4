"""Writes wheels.toml and docs/peers.md: the wheels of the peer tests, and what auditwheel and inspect say of them.

    python tests/peers/record.py FOLDER     of the wheels in FOLDER, each shown to both
    python tests/peers/record.py            the page alone

Run it again, and look at what changed, where a wheel is added, auditwheel is a newer one, or inspect finds more.
"""

import concurrent.futures
import hashlib
import importlib.metadata
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from peers import (
    LIST,
    Explanation,
    Peer,
    auditwheel_answer,
    auditwheel_version,
    explanation_of,
    inspect_answer,
    read_explanations,
    read_peers,
)

PAGE = Path(__file__).parents[2] / "docs" / "peers.md"
_HEAD = """\
# Wheels as their projects published them; the best platform tag that auditwheel and inspect give each (or why they do
# not), and how many errors and warnings of each code inspect has. Made by record.py.

auditwheel = {version}
"""
_PAGE_HEAD = """\
# inspect beside auditwheel

`tests/peers` takes {count} published wheels and compares the best platform tag that `crosswheel inspect` gives each
with the one that auditwheel {version} gives it (`auditwheel show --json`, on x86-64 Linux with glibc). Every difference
has to be in the first table, and every kind of finding in the second, or the test fails. This page is made by
`tests/peers/record.py` from `wheels.toml` and `explanations.toml` beside it.

- Both give the same tag: {same} wheels.
- They differ: {different} wheels. inspect has the better answer {ours} times, auditwheel {theirs} times; {both} times
  both are as good.
- auditwheel does not look at such wheels at all (macOS, Windows): {silent} wheels.
"""


def page(peers: Sequence[Peer], explanations: Sequence[Explanation]) -> str:
    """Return docs/peers.md."""
    silent = [peer for peer in peers if _is_foreign(peer)]
    different = [peer for peer in peers if peer not in silent and peer.answers.inspect != peer.answers.auditwheel]
    right = Counter(
        explanation.right
        for peer in different
        if (explanation := explanation_of(peer.file, "tags", explanations)) is not None
    )
    head = _PAGE_HEAD.format(
        count=len(peers),
        version=auditwheel_version(),
        same=len(peers) - len(different) - len(silent),
        different=len(different),
        silent=len(silent),
        ours=right["inspect"],
        theirs=right["auditwheel"],
        both=right["both"],
    )
    parts = [head, *_differences(different, explanations), *_findings(peers, explanations), *_wheels(peers)]
    return "\n".join(parts) + "\n"


def _differences(different: Sequence[Peer], explanations: Sequence[Explanation]) -> Iterator[str]:
    yield "## Tags that differ\n"
    yield "| wheel | inspect | auditwheel | who is right | why |"
    yield "|---|---|---|---|---|"
    reasons: list[str] = []
    for peer in different:
        explanation = explanation_of(peer.file, "tags", explanations)
        right, why = (explanation.right, explanation.reason) if explanation else ("?", "?")
        if why not in reasons:
            reasons.append(why)
        tags = (f"`{peer.answers.inspect}`" if peer.answers.inspect else "none", _short(peer.answers.auditwheel))
        yield f"| {_title(peer)} | {tags[0]} | {tags[1]} | {right} | ({reasons.index(why) + 1}) |"
    yield ""
    yield from (f"{number}. {why[:1].upper()}{why[1:]}." for number, why in enumerate(reasons, 1))


def _findings(peers: Sequence[Peer], explanations: Sequence[Explanation]) -> Iterator[str]:
    yield "\n## Errors and warnings on these wheels\n"
    yield '"true": the wheel has that fault. "false": inspect is mistaken.\n'
    yield "| code | wheels | findings | true or false | why |"
    yield "|---|---|---|---|---|"
    groups: dict[tuple[str, str, str], list[Peer]] = {}
    for peer in peers:
        for code in peer.answers.findings:
            explanation = explanation_of(peer.file, code, explanations)
            key = (code, "?", "?")
            if explanation:
                key = (code, "true" if explanation.right == "inspect" else "false", explanation.reason)
            groups.setdefault(key, []).append(peer)
    for (code, truth, why), found in sorted(groups.items()):
        few = ", ".join(_title(peer) for peer in found) if len(found) <= 3 else str(len(found))
        number = sum(peer.answers.findings[code] for peer in found)
        yield f"| {code} | {few} | {number} | {truth} | {why} |"


def _wheels(peers: Sequence[Peer]) -> Iterator[str]:
    yield "\n## The wheels\n"
    yield "| wheel | Python | claims | inspect | auditwheel |"
    yield "|---|---|---|---|---|"
    for peer in peers:
        name = peer.name
        title = f"{name.distribution} {name.version}"
        claims = "<br>".join(name.platform_tags)
        pythons = f"{'.'.join(name.python_tags)}-{'.'.join(name.abi_tags)}"
        theirs = "" if _is_foreign(peer) else _short(peer.answers.auditwheel)
        yield f"| {title} | {pythons} | {claims} | {peer.answers.inspect or 'none'} | {theirs} |"


def _title(peer: Peer) -> str:
    name = peer.name
    return f"{name.distribution} {name.version} {name.python_tags[-1]}-{name.platform_tags[0]}"


def _short(answer: str) -> str:
    return "refuses it" if answer.startswith("fails:") else f"`{answer}`"


def _is_foreign(peer: Peer) -> bool:
    return peer.name.platform_tags[0].startswith(("macosx", "win"))


def _entry(wheel: Path, known: Mapping[str, str]) -> str:
    tag, findings = inspect_answer(wheel)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    theirs = known.get(digest) or auditwheel_answer(wheel)
    lines = (
        "",
        "[[wheel]]",
        f"file = {json.dumps(wheel.name)}",
        f"sha256 = {json.dumps(digest)}",
        f"auditwheel = {json.dumps(theirs)}",
        f"inspect = {json.dumps(tag)}",
        f"findings = {{ {', '.join(f'{code} = {number}' for code, number in findings.items())} }}".replace(
            "{  }", "{}"
        ),
    )
    return "".join(f"{line}\n" for line in lines)


def main(folder: Path | None) -> None:
    """Write the list of the wheels in a folder, if one is given, and the page."""
    if folder is not None:
        wheels = sorted(folder.glob("*.whl"), key=lambda wheel: wheel.name.lower())
        version = importlib.metadata.version("auditwheel")
        # It is slow, and says the same of the same wheel.
        same = LIST.is_file() and auditwheel_version() == version
        known = {peer.sha256: peer.answers.auditwheel for peer in read_peers()} if same else {}
        with concurrent.futures.ThreadPoolExecutor(2) as executor:
            entries = list(executor.map(lambda wheel: _entry(wheel, known), wheels))
        head = _HEAD.format(version=json.dumps(version))
        LIST.write_text(head + "".join(entries), encoding="utf-8")
    PAGE.write_text(page(read_peers(), read_explanations()), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else None)
