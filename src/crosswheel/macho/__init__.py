"""Facts about Mach-O files, the machine code of macOS, read from their bytes."""

from crosswheel.macho.parse import is_macho, parse_macho
from crosswheel.macho.value import MachFile, MachType, MalformedMachoError

__all__ = ["MachFile", "MachType", "MalformedMachoError", "is_macho", "parse_macho"]
