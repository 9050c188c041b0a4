"""What a build was told of the machine that it built for."""

from told._core import told

__all__ = ["told"]
