"""What a compiler or linker should not have left in."""

from collections.abc import Iterator

from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.audit.machine import architecture_of
from crosswheel.elf import ElfFile, SegmentType


def hardening_findings(facts: WheelFacts) -> Iterator[Finding]:
    """Yield sanitizers, executable stacks, text relocations, low alignment, foreign RPATHs, unstripped files."""
    for path, trace in facts.sanitized.items():
        yield Finding(
            code="CW108", file=path, subject=trace, reason=f"the undefined behaviour sanitizer is in it: {trace}"
        )
    for path, file in facts.elf_files.items():
        if file.executable_stack:
            yield Finding(code="CW109", file=path, reason="it asks for an executable stack")
        if file.has_text_relocations:
            yield Finding(code="CW110", file=path, reason="it has text relocations")
        architecture = architecture_of(file)
        if architecture is not None:
            yield from _alignment(path, file, architecture.page_size)
        yield from _run_paths(path, file)
        if file.has_symbol_table and file.is_dynamic:
            yield Finding(code="CW113", file=path, reason="its symbol table was not stripped")


def _alignment(path: str, file: ElfFile, page_size: int) -> Iterator[Finding]:
    low = [segment.align for segment in file.segments if segment.type == SegmentType.LOAD and segment.align < page_size]
    if low and file.is_dynamic:
        reason = f"a segment is aligned to {min(low)} bytes, pages may have {page_size}"
        yield Finding(code="CW111", file=path, subject=str(min(low)), reason=reason)


def _run_paths(path: str, file: ElfFile) -> Iterator[Finding]:
    for kind, value in (("RPATH", file.rpath), ("RUNPATH", file.runpath)):
        for folder in (value or "").split(":") if value is not None else ():
            if not folder.startswith(("$ORIGIN", "${ORIGIN}")):
                reason = f"its {kind} has {folder!r}, which does not begin at $ORIGIN"
                yield Finding(code="CW112", file=path, subject=folder, reason=reason)
