"""Facts about ELF files, read from their bytes."""

from crosswheel.elf.change import ElfChange
from crosswheel.elf.edit import EditedElf, edit_elf
from crosswheel.elf.machines import machine_name
from crosswheel.elf.parse import is_elf, parse_elf
from crosswheel.elf.value import DynamicSymbol, ElfFile, MalformedElfError, Segment, SegmentType, SymbolKind

__all__ = [
    "DynamicSymbol",
    "EditedElf",
    "ElfChange",
    "ElfFile",
    "MalformedElfError",
    "Segment",
    "SegmentType",
    "SymbolKind",
    "edit_elf",
    "is_elf",
    "machine_name",
    "parse_elf",
]
