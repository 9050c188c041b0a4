"""What a compiler or linker should not have left in."""

from collections.abc import Iterator, Mapping

from crosswheel.audit.claims import Claims
from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.audit.machine import architectures_by_header, header_of, is_program
from crosswheel.audit.policy import LIBPYTHON
from crosswheel.elf import ElfFile, SegmentType

_MOST_PATHS = 3  # as many as tell what it is about
# Of x86 (both), ARM and s390x; elsewhere DEFAULT_STACK_PERMS of glibc has no PF_X (sysdeps/*/stackinfo.h).
_EXECUTABLE_BY_DEFAULT = frozenset({3, 62, 40, 22})


def hardening_findings(facts: WheelFacts) -> Iterator[Finding]:
    """Yield sanitizers, executable stacks, text relocations, low alignment, symbols and libpython left in."""
    for path, trace in facts.sanitized.items():
        yield Finding(
            code="CW108", file=path, subject=trace, reason=f"the undefined behaviour sanitizer is in it: {trace}"
        )
    known = architectures_by_header()
    for path, file in facts.elf_files.items():
        if file.executable_stack:
            yield Finding(code="CW109", file=path, reason="it asks for an executable stack")
        elif file.stack_flags is None and file.is_dynamic and file.machine in _EXECUTABLE_BY_DEFAULT:
            reason = "it says nothing of its stack (no PT_GNU_STACK), and then glibc makes that executable"
            yield Finding(code="CW109", file=path, reason=reason)
        if file.has_text_relocations:
            yield Finding(code="CW110", file=path, reason="it has text relocations")
        architecture = known.get(header_of(file))
        if architecture is not None:
            yield from _alignment(path, file, architecture.page_size)
        if file.has_symbol_table and file.is_dynamic:
            yield Finding(code="CW113", file=path, reason="its symbol table was not stripped")
        yield from _python_libraries(facts, path, file)


def text_findings(facts: WheelFacts) -> Iterator[Finding]:
    """Yield what strings in machine code tell: folders of the build machine, libraries opened by name."""
    for path, folders in facts.build_paths.items():
        more = ", …" if len(folders) > _MOST_PATHS else ""
        reason = f"it holds paths of the machine that built it: {', '.join(folders[:_MOST_PATHS])}{more}"
        yield Finding(code="CW124", file=path, subject=folders[0], reason=reason)
    for path, libraries in facts.opened_libraries.items():
        for library in libraries:
            if library not in facts.libraries:
                reason = f"it can open libraries by name, and holds the text {library}"
                yield Finding(code="CW130", file=path, subject=library, reason=reason)


def instruction_findings(facts: WheelFacts, claims: Claims) -> Iterator[Finding]:
    """Yield the files that say that they need more than the baseline of the architecture that the wheel claims.

    Few compilers write it down, and nothing follows from their silence: the trial on the baseline's processor decides.
    """
    arm = "armv6l" if any(one.name == "armv6l" for one in claims.linux_architectures) else "armv7l"
    for path, file in facts.elf_files.items():
        level = file.x86_isa_needed.bit_length()
        if level > 1:
            reason = f"its GNU property (x86 ISA needed) says x86-64-v{level}, more than every x86 processor has"
            yield Finding(code="CW123", file=path, subject=f"x86-64-v{level}", reason=reason)
        attributes = file.arm_attributes
        name = _above_arm_baseline(arm).get(attributes.cpu_architecture) if attributes else None
        if name:
            reason = f"its ARM attributes (Tag_CPU_arch) say {name}, more than every {arm} processor has"
            yield Finding(code="CW123", file=path, subject=name, reason=reason)


def _above_arm_baseline(architecture: str) -> Mapping[int, str]:
    """Return values of Tag_CPU_arch (addenda to the ABI for the Arm architecture) that are too new, with names."""
    newer = {14: "ARMv8-A", 22: "ARMv9-A"}
    # The ARM1176 of the first Raspberry Pis has ARMv6KZ: no Thumb-2.
    return newer | ({8: "ARMv6T2", 10: "ARMv7"} if architecture == "armv6l" else {})


def _alignment(path: str, file: ElfFile, page_size: int) -> Iterator[Finding]:
    loads = [segment for segment in file.segments if segment.type == SegmentType.LOAD]
    low = [segment.align for segment in loads if not segment.align or segment.align % page_size]
    if not file.is_dynamic:
        return
    if any((one.address - one.offset) % page_size for one in loads) and not low:
        reason = f"a segment's address and place in the file differ by no multiple of {page_size}, which pages may have"
        yield Finding(code="CW111", file=path, subject="address", reason=reason)
    if low:
        reason = f"a segment is aligned to {min(low)} bytes, pages may have {page_size}"
        yield Finding(code="CW111", file=path, subject=str(min(low)), reason=reason)


def _python_libraries(facts: WheelFacts, path: str, file: ElfFile) -> Iterator[Finding]:
    for library in file.needed:
        # A program brings its own Python along, if it is in the wheel.
        if library.startswith(LIBPYTHON) and not (is_program(file) and library in facts.libraries):
            yield Finding(code="CW125", file=path, subject=library, reason=f"it is linked with {library}")
