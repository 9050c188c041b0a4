"""What a wheel can be for: architectures, Pythons, platforms and their policies. Pure values."""

from crosswheel.targets.architecture import Architecture, ByteOrder, architecture_named, architectures
from crosswheel.targets.buildable import (
    buildable_architectures,
    buildable_pythons,
    buildable_targets,
    check_buildable,
    nearest_buildable,
    newest_platform,
    why_not_buildable,
)
from crosswheel.targets.platforms import AnyPlatform, Macos, Manylinux, Musllinux, Platform, Windows
from crosswheel.targets.policies import Policy, known_policies, policy_for
from crosswheel.targets.python import Python
from crosswheel.targets.select import identifier, parse_target, parse_targets, split_selectors
from crosswheel.targets.target import Target

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
    "buildable_architectures",
    "buildable_pythons",
    "buildable_targets",
    "check_buildable",
    "identifier",
    "known_policies",
    "nearest_buildable",
    "newest_platform",
    "parse_target",
    "parse_targets",
    "policy_for",
    "split_selectors",
    "why_not_buildable",
]
