"""Wheels that claim less than they could."""

from collections.abc import Iterator, Sequence

from crosswheel.audit.claims import Claims
from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.audit.suffix import broken_modules
from crosswheel.audit.tags import Standing
from crosswheel.targets import Musllinux, Policy


def modesty_findings(facts: WheelFacts, claims: Claims, standings: Sequence[Standing]) -> Iterator[Finding]:
    """Yield the policies that a wheel meets, and that are stricter than the ones that it claims.

    Arguments:
        facts: of the wheel.
        claims: of the wheel.
        standings: how its machine code stands to the policies.
    """
    if broken_modules(facts):
        return
    if not (facts.elf_files or facts.mach_files or facts.pe_files or facts.malformed):
        if not facts.name.is_any:
            claimed = ".".join(facts.name.platform_tags)
            reason = f"it has no machine code, and could be for any platform, not for {claimed} only"
            yield Finding(code="CW132", file="", subject="any", reason=reason)
        return
    for standing in standings:
        for platform in claims.linux:
            if platform.architecture == standing.architecture:
                best = _best(standing, musl=isinstance(platform, Musllinux))
                if best and best.libc < (platform.major, platform.minor):
                    yield _finding(best, str(platform))
        if standing.architecture in claims.bare and not claims.linux and standing.met:
            yield _finding(standing.met[0], f"linux_{standing.architecture}")


def _best(standing: Standing, *, musl: bool) -> Policy | None:
    return next((policy for policy in standing.met if (policy.glibc is None) is musl), None)


def _finding(policy: Policy, claimed: str) -> Finding:
    tag = f"{policy.name}_{policy.architecture}"
    return Finding(code="CW132", file="", subject=tag, reason=f"it claims {claimed}, and could carry {tag}")
