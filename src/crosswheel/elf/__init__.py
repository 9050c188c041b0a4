"""Facts about ELF files, read from their bytes."""

from crosswheel.elf.change import ElfChange
from crosswheel.elf.compare import compare_elf
from crosswheel.elf.edit import EditedElf, edit_elf
from crosswheel.elf.machines import machine_name
from crosswheel.elf.parse import is_elf, parse_elf
from crosswheel.elf.value import (
    ArmAttributes,
    DynamicSymbol,
    ElfFile,
    MalformedElfError,
    Segment,
    SegmentType,
    SymbolKind,
)

__all__ = [
    "ArmAttributes",
    "DynamicSymbol",
    "EditedElf",
    "ElfChange",
    "ElfFile",
    "MalformedElfError",
    "Segment",
    "SegmentType",
    "SymbolKind",
    "compare_elf",
    "edit_elf",
    "is_elf",
    "machine_name",
    "parse_elf",
]
