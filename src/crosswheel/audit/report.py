"""The audit of one wheel."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from crosswheel.audit.apple import apple_findings
from crosswheel.audit.archive import archive_findings
from crosswheel.audit.claims import Claims
from crosswheel.audit.codes import Severity
from crosswheel.audit.difference import policy_difference_findings
from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.audit.folders import folder_findings
from crosswheel.audit.hardening import hardening_findings, instruction_findings, text_findings
from crosswheel.audit.licences import licence_findings
from crosswheel.audit.limited import limited_api_findings
from crosswheel.audit.load import own_version_findings, reference_findings
from crosswheel.audit.machine import machine_findings
from crosswheel.audit.modesty import modesty_findings
from crosswheel.audit.packaging import packaging_findings
from crosswheel.audit.policy import policy_findings
from crosswheel.audit.references import open_references
from crosswheel.audit.suffix import broken_modules, suffix_findings
from crosswheel.audit.tags import Blocker, Standing, platform_tags, standings
from crosswheel.audit.unserved import unknown_tag_findings, unserved_findings
from crosswheel.audit.windows import windows_findings
from crosswheel.targets import Manylinux, Musllinux, Policy, architecture_named


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


def audit_wheel(
    facts: WheelFacts,
    claims: Claims,
    *,
    python_symbols: frozenset[str] | None = None,
    grafted: Collection[str] = (),
) -> Report:
    """Hold a wheel against what it claims, or is asked, to serve.

    Arguments:
        facts: of the wheel.
        claims: the Pythons and platforms.
        python_symbols: what the target's Python exports to extension modules; None where nobody asked it.
        grafted: paths of libraries that a repair gave names of their own.
    """
    findings = [*archive_findings(facts), *packaging_findings(facts, claims), *licence_findings(facts)]
    findings += machine_findings(facts, claims)
    if claims.target is None:
        findings += (*unserved_findings(facts, claims), *unknown_tag_findings(claims))
    findings += suffix_findings(facts, claims)
    findings += hardening_findings(facts)
    findings += text_findings(facts)
    findings += instruction_findings(facts, claims)
    findings += folder_findings(facts)
    findings += apple_findings(facts, claims)
    findings += windows_findings(facts, claims)
    findings += own_version_findings(facts)
    findings += limited_api_findings(facts, claims.named_pythons)
    proved: list[Standing] = []
    blockers: list[Blocker] = []
    for standing in standings(facts, claims):
        promises = tuple(_promises(facts, claims, standing, python_symbols, grafted))
        findings += (finding for one in promises if one.is_claimed for finding in one.findings)
        proved.append(standing.without(_unproved(promises)))
        blockers += _with_missing_symbols(proved[-1].blockers(), promises)
    if claims.target is None:
        findings += modesty_findings(facts, claims, proved)
    return Report(
        findings=tuple(sorted(set(findings))),
        # What is to be imported and cannot be is no reason to call a wheel pure.
        platform_tags=() if broken_modules(facts) else platform_tags(facts, claims, proved),
        claimed=facts.name.platform_tags,
        blockers=tuple(blockers),
    )


def proved_platform_tags(facts: WheelFacts, claims: Claims) -> tuple[str, ...]:
    """Return the platform tags that `audit_wheel` tells, best first, and nothing else.

    Arguments:
        facts: of the wheel, its defined symbols among them.
        claims: the Pythons and platforms.
    """
    proved = [
        standing.without(_unproved(_promises(facts, claims, standing, None))) for standing in standings(facts, claims)
    ]
    return () if broken_modules(facts) else platform_tags(facts, claims, proved)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promise:
    """What speaks against a policy, and whether the wheel claims it."""

    policy: Policy
    is_claimed: bool
    findings: tuple[Finding, ...]


def _unproved(promises: Iterable[_Promise]) -> tuple[Policy, ...]:
    return tuple(one.policy for one in promises if any(finding.code == "CW107" for finding in one.findings))


def _with_missing_symbols(blockers: Iterable[Blocker], promises: Iterable[_Promise]) -> Iterator[Blocker]:
    missing = {
        f"{one.policy.name}_{one.policy.architecture}": [found for found in one.findings if found.code == "CW107"]
        for one in promises
    }
    for blocker in blockers:
        yield replace(blocker, findings=tuple(sorted({*blocker.findings, *missing.get(blocker.policy, ())})))


def _promises(
    facts: WheelFacts,
    claims: Claims,
    standing: Standing,
    python_symbols: frozenset[str] | None,
    grafted: Collection[str] = (),
) -> Iterator[_Promise]:
    """Yield the policies that are claimed or met, with what speaks against them."""
    own = [platform for platform in claims.linux if platform.architecture == standing.architecture]
    claimed = [standing.policy_of(platform) for platform in own]
    if not claimed and standing.architecture in claims.bare:
        # What is missing on the newest systems of the kind is missing everywhere.
        claimed = [one for one in standing.met if (one.glibc is None) is (standing.met[0].glibc is None)][-1:]
    for family in (Manylinux, Musllinux):
        policies = [one for one in (*standing.met, *claimed) if (one.glibc is None) is (family is Musllinux)]
        if not policies:
            continue
        major, minor = policies[0].libc
        # The lists know one 32-bit ARM: what libraries export is the same on both.
        is_armv6 = standing.architecture.name == "armv6l"
        listed = architecture_named("armv7l") if is_armv6 else standing.architecture
        platform = family(major=major, minor=minor, architecture=listed)
        references = open_references(facts, platform, claims.pythons, python_symbols, grafted)
        for policy in {one.libc: one for one in policies}.values():
            findings = () if policy in standing.met else tuple(policy_findings(standing.demands, policy))
            # Of a symbol that the policy forbids nobody has to know that the lists lack it, too.
            told = {(finding.file, finding.subject) for finding in findings}
            if policy in claimed:
                findings += tuple(policy_difference_findings(facts, policy))
            references_open = reference_findings(references, policy)
            findings += tuple(one for one in references_open if (one.file, one.subject) not in told)
            yield _Promise(policy=policy, is_claimed=policy in claimed, findings=findings)
