"""Where a target Python comes from."""

from crosswheel.pythons.value import TargetPython

__all__ = ["TargetPython"]
