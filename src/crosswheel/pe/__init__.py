"""Facts about PE files, the machine code of Windows, read from their bytes."""

from crosswheel.pe.parse import is_pe, parse_pe
from crosswheel.pe.value import MalformedPeError, PeFile

__all__ = ["MalformedPeError", "PeFile", "is_pe", "parse_pe"]
