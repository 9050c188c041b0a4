"""What a build was told of the machine that it built for."""

from told import _swigged as _core
from told.swigged import told

__all__ = ["_core", "told"]
