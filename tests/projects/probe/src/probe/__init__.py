"""What a build was told."""

from probe._core import versions

__all__ = ["versions"]
