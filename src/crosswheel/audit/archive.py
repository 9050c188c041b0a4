"""Members of the archive that are not as installers, file systems and people expect them."""

from collections.abc import Collection, Iterator

from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.wheel import MemberFault

_CODES = {MemberFault.HOSTILE: "CW127", MemberFault.SPECIAL: "CW127", MemberFault.DUPLICATE: "CW128"}


def archive_findings(facts: WheelFacts) -> Iterator[Finding]:
    """Yield hostile, doubled and unreadable members, and names that differ by case only."""
    for problem in facts.member_problems:
        code = _CODES.get(problem.kind, "CW135")
        yield Finding(code=code, file=problem.path, subject=problem.kind.value, reason=problem.reason)
    yield from _colliding(facts.members)


def _colliding(paths: Collection[str]) -> Iterator[Finding]:
    # Folders collide too: A/x and a/y become one folder. Each folder is looked at once.
    files = frozenset(paths)
    waiting, names = list(paths), dict.fromkeys(paths)
    while waiting:
        folder = waiting.pop().rpartition("/")[0]
        if folder in files:
            yield Finding(
                code="CW128", file=folder, subject="folder", reason="is a file, and a folder of other members"
            )
        if folder and folder not in names:
            names[folder] = None
            waiting.append(folder)
    folded: dict[str, str] = {}
    for name in names:
        first = folded.setdefault(name.casefold(), name)
        # What is below two colliding folders collides because of them.
        if first != name and first.rpartition("/")[0] == name.rpartition("/")[0]:
            yield Finding(code="CW126", file=name, subject=first, reason=f"{name} and {first} differ by case only")
