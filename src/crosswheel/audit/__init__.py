"""Facts about a wheel against what it claims: findings, and the platform tags that it may truly carry."""

from crosswheel.audit.claims import Claims
from crosswheel.audit.codes import FINDING_KINDS, FindingKind, Severity
from crosswheel.audit.facts import Depth, WheelFacts, read_facts
from crosswheel.audit.finding import Finding
from crosswheel.audit.report import Report, audit_wheel
from crosswheel.audit.tags import Blocker, true_platform_tags

__all__ = [
    "FINDING_KINDS",
    "Blocker",
    "Claims",
    "Depth",
    "Finding",
    "FindingKind",
    "Report",
    "Severity",
    "WheelFacts",
    "audit_wheel",
    "read_facts",
    "true_platform_tags",
]
