"""The audit of one wheel."""

from collections.abc import Iterator
from dataclasses import dataclass

from crosswheel.audit.claims import Claims
from crosswheel.audit.codes import Severity
from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.audit.hardening import hardening_findings
from crosswheel.audit.load import load_findings
from crosswheel.audit.machine import machine_findings
from crosswheel.audit.packaging import packaging_findings
from crosswheel.audit.policy import policy_findings
from crosswheel.audit.suffix import suffix_findings
from crosswheel.audit.tags import Blocker, Standing, standings
from crosswheel.targets import Manylinux


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an audit found.

    Arguments:
        findings: sorted by file and code.
        platform_tags: that the wheel may truly carry, best (oldest) first; ("any",) without machine code.
        claimed: the platform tags of its file name.
        blockers: what stands between it and each stricter policy, the strictest first.
    """

    findings: tuple[Finding, ...]
    platform_tags: tuple[str, ...]
    claimed: tuple[str, ...]
    blockers: tuple[Blocker, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that refuse the wheel."""
        return self._of(Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that tell of something to mend."""
        return self._of(Severity.WARNING)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """The findings that tell of something to know."""
        return self._of(Severity.NOTE)

    def _of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is severity)


def audit_wheel(facts: WheelFacts, claims: Claims, *, python_symbols: frozenset[str] | None = None) -> Report:
    """Hold a wheel against what it claims, or is asked, to serve.

    Arguments:
        facts: of the wheel.
        claims: the Pythons and platforms.
        python_symbols: what the target's Python exports to extension modules; None where nobody asked it.
    """
    findings = list(packaging_findings(facts, claims))
    tags: tuple[str, ...] = ("any",)
    standing: tuple[Standing, ...] = ()
    if facts.elf_files or facts.malformed:
        standing = standings(facts, claims)
        findings += machine_findings(facts, claims)
        findings += suffix_findings(facts, claims)
        findings += hardening_findings(facts)
        for one in standing:
            findings += _promise_findings(facts, claims, one, python_symbols)
        # What another machine or a missing symbol breaks, no policy mends.
        broken = any(finding.code in ("CW101", "CW107", "CW118") for finding in findings)
        tags = () if broken else tuple(tag for one in standing for tag in one.platform_tags())
    return Report(
        findings=tuple(sorted(set(findings))),
        platform_tags=tags,
        claimed=facts.name.platform_tags,
        blockers=tuple(blocker for one in standing for blocker in one.blockers()),
    )


def _promise_findings(
    facts: WheelFacts, claims: Claims, standing: Standing, python_symbols: frozenset[str] | None
) -> Iterator[Finding]:
    for platform in claims.linux:
        if platform.architecture != standing.architecture:
            continue
        policy = standing.policy_of(platform)
        if policy not in standing.met:
            yield from policy_findings(standing.demands, standing.files, policy)
        if isinstance(platform, Manylinux) and python_symbols is not None:
            yield from load_findings(facts, policy, python_symbols)
