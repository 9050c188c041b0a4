"""Machine code of the right machine, class and byte order, whole, on a platform that loads it."""

from collections.abc import Iterator

from crosswheel.audit.claims import Claims
from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.elf import ElfFile, machine_name
from crosswheel.targets import Architecture, architectures

# Object files are linked, not loaded; wheels of compilers and of eBPF tools hold those of other machines.
_RELOCATABLE = 1


def architecture_of(file: ElfFile) -> Architecture | None:
    """Return the architecture of an ELF file by its header, the first of several that have the same (ARM); or None."""
    for architecture in architectures():
        if _is_of(file, architecture):
            return architecture
    return None


def is_loaded(file: ElfFile) -> bool:
    """Return whether a program loader takes such a file."""
    return file.type != _RELOCATABLE


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
    names = " or ".join(architecture.name for architecture in wanted)
    for path, file in loaded.items():
        if not any(_is_of(file, architecture) for architecture in wanted):
            name = machine_name(file.machine, file.elf_class, file.byte_order)
            yield Finding(
                code="CW101",
                file=path,
                subject=name,
                reason=f"it is for {name} ({file.elf_class} bits, {file.byte_order} endian), not for {names}",
            )


def _is_of(file: ElfFile, architecture: Architecture) -> bool:
    return (file.machine, file.elf_class, file.byte_order) == (
        architecture.elf_machine,
        architecture.bits,
        architecture.byte_order,
    )
