"""Facts about a wheel against what it claims: findings, and the platform tags that it may truly carry."""

from importlib import import_module
from typing import TYPE_CHECKING

from crosswheel.audit.claims import Claims
from crosswheel.audit.codes import FINDING_KINDS, FindingKind, Severity
from crosswheel.audit.facts import Depth, WheelFacts, read_facts
from crosswheel.audit.finding import Finding
from crosswheel.audit.tags import Blocker, true_platform_tags

if TYPE_CHECKING:
    from crosswheel.audit.report import Report, audit_wheel

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

# Whoever asks for tags alone does not wait until everything that may be found is loaded.
_LATER = {"Report": "crosswheel.audit.report", "audit_wheel": "crosswheel.audit.report"}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
