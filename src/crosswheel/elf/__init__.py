"""Facts about ELF files, read from their bytes."""

from crosswheel.elf.machines import machine_name
from crosswheel.elf.parse import is_elf, parse_elf
from crosswheel.elf.value import DynamicSymbol, ElfFile, MalformedElfError, Segment, SegmentType, SymbolKind

__all__ = [
    "DynamicSymbol",
    "ElfFile",
    "MalformedElfError",
    "Segment",
    "SegmentType",
    "SymbolKind",
    "is_elf",
    "machine_name",
    "parse_elf",
]
