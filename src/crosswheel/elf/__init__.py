"""Facts about ELF files, read from their bytes."""

from importlib import import_module
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from crosswheel.elf.change import ElfChange
    from crosswheel.elf.compare import compare_elf
    from crosswheel.elf.edit import EditedElf, edit_elf

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

# Only a repair edits: whoever looks at a file does not wait until these are loaded.
_LATER = {
    "EditedElf": "crosswheel.elf.edit",
    "ElfChange": "crosswheel.elf.change",
    "compare_elf": "crosswheel.elf.compare",
    "edit_elf": "crosswheel.elf.edit",
}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
