"""Machine code of the right machine, class and byte order, whole, on a platform that loads it."""

from collections.abc import Iterator, Mapping

from crosswheel.audit.claims import Claims
from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.elf import ElfFile, machine_name
from crosswheel.targets import Architecture, architectures

# Object files are linked, not loaded; wheels of compilers and of eBPF tools hold those of other machines.
_RELOCATABLE = 1
_ARM = 40
# System V, GNU, and two that old ARM compilers wrote; glibc's loader refuses others (FreeBSD's 9, say).
_OS_ABIS = frozenset({0, 3, 64, 97})
_ARM_SOFT_FLOAT = 0x200  # EF_ARM_ABI_FLOAT_SOFT, which the loader of a hard-float system refuses


Header = tuple[int, int, str]


def header_of(file: ElfFile) -> Header:
    """Return what an ELF file says of its machine: e_machine, bits, byte order."""
    return (file.machine, file.elf_class, file.byte_order)


def header_of_architecture(architecture: Architecture) -> Header:
    """Return what the ELF files of an architecture say of their machine."""
    return (architecture.elf_machine, architecture.bits, architecture.byte_order.value)


def architectures_by_header() -> Mapping[Header, Architecture]:
    """Return the architectures of wheels by what their ELF files say; of several that say the same, the first."""
    found: dict[Header, Architecture] = {}
    for one in architectures():
        found.setdefault(header_of_architecture(one), one)
    return found


def is_soft_float(file: ElfFile) -> bool:
    """Return whether a file is of the soft-float ABI of ARM, which no wheel's platform has."""
    # A program that no loader looks at has nobody to agree with: ziglang's, for one.
    alone = not file.needed and file.interpreter is None
    return file.machine == _ARM and bool(file.flags & _ARM_SOFT_FLOAT) and not alone


def is_loaded(file: ElfFile) -> bool:
    """Return whether a program loader takes such a file."""
    return file.type != _RELOCATABLE


def is_program(file: ElfFile) -> bool:
    """Return whether an ELF file is a program, which brings its own process."""
    return file.interpreter is not None and file.soname is None


def machine_findings(facts: WheelFacts, claims: Claims) -> Iterator[Finding]:
    """Yield what is wrong with the machine of each ELF file, also of libraries beside the modules."""
    for path, why in facts.malformed.items():
        yield Finding(code="CW118", file=path, reason=why)
    wanted = claims.linux_architectures
    loaded = {path: file for path, file in facts.elf_files.items() if is_loaded(file)}
    if not wanted:
        # Where the tag says "any", another finding speaks.
        if claims.platforms and not facts.name.is_any:
            platforms = ", ".join(map(str, claims.platforms))
            for path in loaded:
                yield Finding(code="CW101", file=path, reason=f"it is an ELF file, which {platforms} does not load")
        return
    headers = {header_of_architecture(one) for one in wanted}
    names = " or ".join(architecture.name for architecture in wanted)
    for path, file in loaded.items():
        if header_of(file) not in headers:
            name = machine_name(file.machine, file.elf_class, file.byte_order)
            yield Finding(
                code="CW101",
                file=path,
                subject=name,
                reason=f"it is for {name} ({file.elf_class} bits, {file.byte_order} endian), not for {names}",
            )
        elif file.os_abi not in _OS_ABIS:
            reason = f"its header says that it is for another system (OS ABI {file.os_abi}), not for Linux"
            yield Finding(code="CW101", file=path, subject=f"OS ABI {file.os_abi}", reason=reason)
        elif is_soft_float(file):
            reason = f"its header says that it passes floating-point numbers as software does, {names} is hard-float"
            yield Finding(code="CW101", file=path, subject="soft-float", reason=reason)
