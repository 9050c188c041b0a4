"""What an ELF file says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, NamedTuple

from crosswheel.errors import BadInputError


class MalformedElfError(BadInputError):
    """The bytes are no ELF file, or a header of it points outside, loops, or contradicts another."""


class SegmentType(IntEnum):
    """The p_type values that mean something here (System V ABI, GNU extensions)."""

    LOAD = 1
    DYNAMIC = 2
    INTERP = 3
    NOTE = 4
    TLS = 7
    GNU_STACK = 0x6474E551
    GNU_PROPERTY = 0x6474E553


class SymbolKind(IntEnum):
    """The symbol types that mean something here (System V ABI, GNU extensions)."""

    NOTYPE = 0
    OBJECT = 1
    FUNCTION = 2
    TLS = 6
    IFUNC = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One row of the program header table.

    Arguments:
        type: p_type; a `SegmentType` or any other number.
        flags: p_flags: 1 execute, 2 write, 4 read.
        offset: where it begins in the file, in bytes.
        address: virtual address that it is loaded to.
        file_size: bytes in the file.
        memory_size: bytes in memory.
        align: p_align, in bytes.
    """

    type: int
    flags: int
    offset: int
    address: int
    file_size: int
    memory_size: int
    align: int


class DynamicSymbol(NamedTuple):
    """One row of the dynamic symbol table; a named tuple, since a large wheel has hundreds of thousands of them.

    Arguments:
        name: without its version.
        version: such as "GLIBC_2.17"; None when it has none.
        library: SONAME that the version is asked of; None for a defined symbol and for one without version.
        weak: whether it may stay undefined.
        kind: STT_ value, see `SymbolKind`.
    """

    name: str
    version: str | None
    library: str | None
    weak: bool
    kind: int


class ArmAttributes(NamedTuple):
    """What .ARM.attributes of a 32-bit ARM file tells (ABI for the Arm Architecture, addenda; build attributes).

    Arguments:
        cpu_architecture: Tag_CPU_arch: 6 is ARMv6, 10 is ARMv7, 14 is ARMv8-A; 0 where nothing is said.
        hard_float: whether arguments are passed in floating-point registers (Tag_ABI_VFP_args is 1).
    """

    cpu_architecture: int
    hard_float: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ElfFile:
    """Facts about one ELF file (System V ABI, gABI; the GNU extensions of symbol versions).

    Arguments:
        elf_class: 32 or 64.
        byte_order: "little" or "big".
        machine: e_machine.
        flags: e_flags.
        os_abi: EI_OSABI.
        type: e_type: 1 relocatable, 2 executable, 3 shared object (or position independent executable), 4 core.
        segments: the program header table.
        sections: names of the sections, in order; () when there is no section table.
        interpreter: of PT_INTERP; None when there is none.
        is_dynamic: whether it has a dynamic section.
        needed: DT_NEEDED, in order.
        soname: DT_SONAME.
        rpath: DT_RPATH as it stands, not split.
        runpath: DT_RUNPATH as it stands, not split.
        imports: undefined dynamic symbols, local ones left out.
        exports: defined dynamic symbols that others may bind to; () where they were not asked for.
        version_needs: versions asked of each library (DT_VERNEED), weak ones left out.
        version_definitions: versions that it defines (DT_VERDEF), its own name left out.
        has_text_relocations: DT_TEXTREL or DF_TEXTREL.
        stack_flags: p_flags of PT_GNU_STACK; None when there is none, and the architecture's default holds.
        has_symbol_table: whether .symtab is there: it was not stripped.
        sanitizer_handlers: names of UBSan handlers among its symbols, .symtab included, sorted.
        x86_isa_needed: bits of GNU_PROPERTY_X86_ISA_1_NEEDED (x86-64 psABI): 1 baseline, 2 v2, 4 v3, 8 v4; 0 where the
            file says nothing.
        arm_attributes: of a 32-bit ARM file; None where there are none.
        data_areas: offset and size, in bytes, of what is loaded and is no code, and of compilers' comments: where
            strings are.
    """

    elf_class: Literal[32, 64]
    byte_order: Literal["little", "big"]
    machine: int
    flags: int
    os_abi: int
    type: int
    segments: tuple[Segment, ...]
    sections: tuple[str, ...]
    interpreter: str | None
    is_dynamic: bool
    needed: tuple[str, ...]
    soname: str | None
    rpath: str | None
    runpath: str | None
    imports: tuple[DynamicSymbol, ...]
    exports: tuple[DynamicSymbol, ...]
    version_needs: Mapping[str, tuple[str, ...]]
    version_definitions: tuple[str, ...]
    has_text_relocations: bool
    stack_flags: int | None
    has_symbol_table: bool
    sanitizer_handlers: tuple[str, ...]
    x86_isa_needed: int
    arm_attributes: ArmAttributes | None
    data_areas: tuple[tuple[int, int], ...]

    @property
    def executable_stack(self) -> bool:
        """Whether it asks for an executable stack."""
        return self.stack_flags is not None and bool(self.stack_flags & 1)
