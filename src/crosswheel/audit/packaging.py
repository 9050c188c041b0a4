"""Proof 9 and what the wheel says of itself: RECORD, WHEEL, METADATA, file name."""

from collections.abc import Iterator

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from crosswheel.audit.claims import Claims
from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding


def packaging_findings(facts: WheelFacts, claims: Claims) -> Iterator[Finding]:
    """Yield where RECORD, the .dist-info files, the file name and the target disagree."""
    for problem in facts.record_problems:
        yield Finding(code="CW114", file=problem.path, reason=problem.reason)
    yield from _identity_findings(facts)
    machine_code = sorted((*facts.elf_files, *facts.malformed))
    if machine_code and facts.name.is_any:
        yield Finding(
            code="CW117", file=machine_code[0], reason="it is machine code, and the wheel's tag says any platform"
        )
    # Files of .data/platlib are installed beside machine code whatever the root is.
    root = [path for path in machine_code if not path.split("/", maxsplit=1)[0].endswith(".data")]
    if root and facts.wheel_metadata.root_is_purelib:
        yield Finding(code="CW116", file=root[0], reason="it is machine code, and WHEEL says Root-Is-Purelib: true")
    target = claims.target
    if target is not None and not set(facts.name.tags) & set(target.tags()):
        tag = "-".join(str(facts.name).removesuffix(".whl").split("-")[-3:])
        yield Finding(code="CW119", file="", subject=tag, reason=f"{target} does not accept a wheel tagged {tag}")


def _identity_findings(facts: WheelFacts) -> Iterator[Finding]:
    name, written = frozenset(facts.name.tags), frozenset(facts.wheel_metadata.tags)
    for tag in sorted(name ^ written, key=str):
        where = (
            "the file name has the tag {}, WHEEL has not"
            if tag in name
            else "WHEEL has the tag {}, the file name has not"
        )
        yield Finding(code="CW115", file="", subject=str(tag), reason=where.format(tag))
    if canonicalize_name(facts.metadata_name) != canonicalize_name(facts.name.distribution):
        reason = f"METADATA names {facts.metadata_name or 'nothing'}, the file name {facts.name.distribution}"
        yield Finding(code="CW115", file="", subject=facts.metadata_name, reason=reason)
    try:
        same = Version(facts.metadata_version) == Version(facts.name.version)
    except InvalidVersion:
        same = False
    if not same:
        reason = f"METADATA has version {facts.metadata_version or 'nothing'}, the file name {facts.name.version}"
        yield Finding(code="CW115", file="", subject=facts.metadata_version, reason=reason)
