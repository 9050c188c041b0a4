"""The audit of one wheel."""

from collections.abc import Iterator
from dataclasses import dataclass

from crosswheel.audit.codes import Severity
from crosswheel.audit.facts import WheelFacts, read_facts
from crosswheel.audit.finding import Finding
from crosswheel.audit.hardening import hardening_findings
from crosswheel.audit.load import load_findings
from crosswheel.audit.machine import foreign_findings, machine_findings, suffix_findings
from crosswheel.audit.packaging import packaging_findings
from crosswheel.audit.policy import policy_findings
from crosswheel.targets import Manylinux, Musllinux, Target
from crosswheel.targets.policies import known_policies, policy_for
from crosswheel.wheel import WheelReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an audit found.

    Arguments:
        findings: sorted by file and code.
        platform_tags: that the wheel may truly carry, best (oldest) first; ("any",) without machine code.
    """

    findings: tuple[Finding, ...]
    platform_tags: tuple[str, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that refuse the wheel."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that do not."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.WARNING)


def audit_wheel(reader: WheelReader, target: Target, *, python_symbols: frozenset[str]) -> Report:
    """Hold a wheel against its target: proofs 1 to 4 and 9 of a built wheel.

    Arguments:
        reader: of the wheel.
        target: that it was built for.
        python_symbols: what the target's Python exports to extension modules.

    Raises:
        BadInputError: the archive is damaged.
    """
    facts = read_facts(reader)
    findings = list(packaging_findings(facts, target))
    if not facts.elf_files and not facts.malformed:
        return Report(findings=tuple(sorted(findings)), platform_tags=("any",))
    tags: tuple[str, ...] = ()
    if isinstance(target.platform, Manylinux | Musllinux):
        policy = policy_for(target.platform)
        findings += machine_findings(facts, target)
        findings += suffix_findings(facts, target)
        findings += hardening_findings(facts, target)
        findings += policy_findings(facts, policy)
        if target.glibc is not None:  # musl's symbols have no versions
            findings += load_findings(facts, policy, python_symbols)
        tags = tuple(_true_tags(facts, target.platform, findings))
    else:
        findings += foreign_findings(facts, target)
    return Report(findings=tuple(sorted(findings)), platform_tags=tags)


def _true_tags(facts: WheelFacts, platform: Manylinux | Musllinux, findings: list[Finding]) -> Iterator[str]:
    # What another machine or a missing symbol breaks, no policy mends.
    if any(finding.code in ("CW101", "CW107", "CW118") for finding in findings):
        return
    known = known_policies(platform)
    own = policy_for(platform)
    every = known if own in known else (*known, own)
    for policy in sorted(every, key=lambda policy: policy.libc):
        if not any(policy_findings(facts, policy)):
            yield from (f"{name}_{policy.architecture}" for name in (policy.name, *policy.aliases))
    yield f"linux_{platform.architecture}"
