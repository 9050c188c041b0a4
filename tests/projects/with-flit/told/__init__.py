"""Pure Python: no build tells it anything."""

__version__ = "1.0"


def told():
    """Return that nothing was told."""
    return ""
