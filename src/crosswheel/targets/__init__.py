"""What a wheel can be for: architectures, Pythons, platforms and their policies. Pure values."""

from crosswheel.targets.architecture import Architecture, ByteOrder, architecture_named, architectures
from crosswheel.targets.platforms import AnyPlatform, Macos, Manylinux, Musllinux, Platform, Windows
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
    "Python",
    "Target",
    "Windows",
    "architecture_named",
    "architectures",
    "parse_targets",
]
