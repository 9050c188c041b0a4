"""What a wheel can be for: architectures, Pythons, platforms and their policies. Pure values."""

from crosswheel.targets.architecture import Architecture, ByteOrder, architecture_named, architectures
from crosswheel.targets.buildable import check_buildable, nearest_buildable, why_not_buildable
from crosswheel.targets.platforms import AnyPlatform, Macos, Manylinux, Musllinux, Platform, Windows
from crosswheel.targets.policies import Policy, known_policies, policy_for
from crosswheel.targets.python import Python
from crosswheel.targets.target import Target, parse_targets

__all__ = [
    "AnyPlatform",
    "Architecture",
    "ByteOrder",
    "Macos",
    "Manylinux",
    "Musllinux",
    "Platform",
    "Policy",
    "Python",
    "Target",
    "Windows",
    "architecture_named",
    "architectures",
    "check_buildable",
    "known_policies",
    "nearest_buildable",
    "parse_targets",
    "policy_for",
    "why_not_buildable",
]
