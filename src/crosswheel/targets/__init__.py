"""What a wheel can be for: architectures, Pythons, platforms and their policies. Pure values."""

from crosswheel.targets.architecture import Architecture, ByteOrder, architecture_named, architectures

__all__ = ["Architecture", "ByteOrder", "architecture_named", "architectures"]
