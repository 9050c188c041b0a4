"""What a wheel says of itself: RECORD, WHEEL, METADATA, file name."""

from collections.abc import Iterator

from crosswheel.audit.claims import Claims
from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.audit.machine import is_loaded
from crosswheel.audit.suffix import initializers
from crosswheel.wheel.name import same_project, same_version

_MOST_ROWS = 10_000  # who wants to know of more has another problem, and a finding takes half a kilobyte


def packaging_findings(facts: WheelFacts, claims: Claims) -> Iterator[Finding]:
    """Yield where RECORD, the .dist-info files, the file name and the target disagree."""
    # What is wrong with a member itself is said elsewhere.
    faulty = {problem.path for problem in facts.member_problems}
    rows = [problem for problem in facts.record_problems if problem.path not in faulty]
    yield from (Finding(code="CW114", file=row.path, reason=row.reason) for row in rows[:_MOST_ROWS])
    if len(rows) > _MOST_ROWS:
        yield Finding(code="CW114", file="", reason=f"{len(rows) - _MOST_ROWS} more rows of RECORD are wrong")
    yield from _identity_findings(facts)
    machine_code = sorted(_importable(facts))
    if machine_code and "any" in facts.name.platform_tags:
        reason = "it is machine code, and the wheel's tag says any platform"
        yield Finding(code="CW117", file=machine_code[0], reason=reason)
    # Files of .data/platlib are installed beside machine code whatever the root is.
    root = [path for path in machine_code if not path.split("/", maxsplit=1)[0].endswith(".data")]
    if root and facts.wheel_metadata.root_is_purelib:
        yield Finding(code="CW116", file=root[0], reason="it is machine code, and WHEEL says Root-Is-Purelib: true")
    for path in (path for path in machine_code if ".data/purelib/" in path):
        yield Finding(code="CW116", file=path, reason="it is machine code in the folder of portable files")
    target = claims.target
    if target is not None and not set(facts.name.tags) & set(map(str, target.tags())):
        tag = "-".join(str(facts.name).removesuffix(".whl").split("-")[-3:])
        yield Finding(code="CW119", file="", subject=tag, reason=f"{target} does not accept a wheel tagged {tag}")


def _importable(facts: WheelFacts) -> Iterator[str]:
    """Yield the machine code that a Python loads: modules and libraries.

    Programs and libraries that lie beside their likes for other systems are data: launchers, helpers of debuggers.
    """
    if facts.mach_files or facts.pe_files:
        yield from (path for path in facts.elf_files if initializers(facts, path))
    else:
        yield from (path for path, file in facts.elf_files.items() if is_loaded(file))
        yield from facts.malformed
    yield from (path for path in (*facts.mach_files, *facts.pe_files) if initializers(facts, path))


def _identity_findings(facts: WheelFacts) -> Iterator[Finding]:
    name, written = frozenset(facts.name.tags), frozenset(facts.wheel_metadata.tags)
    for line in facts.wheel_metadata.compressed:
        reason = f"WHEEL has {line} in one line, which stands for several tags"
        yield Finding(code="CW129", file="", subject=line, reason=reason)
    # Those that are there belong to the name: somebody forgot the others.
    partly = bool(written) and written < name
    for tag in sorted(name - written):
        reason = f"the file name has the tag {tag}, WHEEL has not"
        yield Finding(code="CW129" if partly else "CW115", file="", subject=tag, reason=reason)
    for tag in sorted(written - name):
        reason = f"WHEEL has the tag {tag}, the file name has not"
        yield Finding(code="CW115", file="", subject=tag, reason=reason)
    if not same_project(facts.metadata_name, facts.name.distribution):
        reason = f"METADATA names {facts.metadata_name or 'nothing'}, the file name {facts.name.distribution}"
        yield Finding(code="CW115", file="", subject=facts.metadata_name, reason=reason)
    if not same_version(facts.metadata_version, facts.name.version):
        reason = f"METADATA has version {facts.metadata_version or 'nothing'}, the file name {facts.name.version}"
        yield Finding(code="CW115", file="", subject=facts.metadata_version, reason=reason)
