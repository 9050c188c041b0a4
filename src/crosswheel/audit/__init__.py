"""Facts about a wheel against a policy and a target: findings, and the platform tags that it may truly carry."""

from crosswheel.audit.codes import FINDING_KINDS, FindingKind, Severity
from crosswheel.audit.finding import Finding
from crosswheel.audit.report import Report, audit_wheel

__all__ = ["FINDING_KINDS", "Finding", "FindingKind", "Report", "Severity", "audit_wheel"]
