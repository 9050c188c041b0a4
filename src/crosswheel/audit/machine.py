"""Proofs 1 and 2: the right machine, and a suffix that the target's Python imports."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.elf import machine_name
from crosswheel.targets import Target

_VERSIONED = re.compile(r"\.cpython-(\d+[a-z]*)-.+\.so")


def machine_findings(facts: WheelFacts, target: Target) -> Iterator[Finding]:
    """Yield what is wrong with the machine of each ELF file, also of libraries beside the modules."""
    architecture = target.architecture
    wanted = (architecture.elf_machine, architecture.bits, str(architecture.byte_order))
    for path, why in facts.malformed.items():
        yield Finding(code="CW118", file=path, reason=f"it begins as an ELF file, but {why}")
    for path, file in facts.elf_files.items():
        if (file.machine, file.elf_class, file.byte_order) != wanted:
            name = machine_name(file.machine, file.elf_class, file.byte_order)
            yield Finding(
                code="CW101",
                file=path,
                subject=name,
                reason=f"it is for {name} ({file.elf_class} bits, {file.byte_order} endian), not for {architecture}",
            )


def foreign_findings(facts: WheelFacts, target: Target) -> Iterator[Finding]:
    """Yield the ELF files in a wheel for a platform that loads none: macOS, Windows, any."""
    for path in (*facts.elf_files, *facts.malformed):
        yield Finding(code="CW101", file=path, reason=f"it is an ELF file, which {target.platform} does not load")


def suffix_findings(facts: WheelFacts, target: Target) -> Iterator[Finding]:
    """Yield the extension modules that the target's Python, or the Python of the wheel's tags, cannot import.

    A module that is there several times, once for each of several Pythons, needs one that fits.
    """
    good = frozenset(target.extension_suffixes)
    modules: dict[str, list[str]] = {}
    for path in facts.elf_files:
        file = PurePosixPath(path)
        stem, dot, rest = file.name.partition(".")
        suffix = dot + rest
        if _VERSIONED.fullmatch(suffix) or _is_module(facts, path, stem) or suffix in good - {".so"}:
            modules.setdefault(str(file.parent / stem), []).append(suffix)
    for module, suffixes in sorted(modules.items()):
        importable = [suffix for suffix in suffixes if suffix in good]
        if not importable:
            yield Finding(
                code="CW102",
                file=module + suffixes[0],
                subject=suffixes[0],
                reason=f"{target.python} imports {', '.join(target.extension_suffixes) or 'no extension modules'}, "
                f"not {suffixes[0]}",
            )
        yield from _abi_findings(facts, module, importable)


def _abi_findings(facts: WheelFacts, module: str, suffixes: list[str]) -> Iterator[Finding]:
    needed = [f"cp{match[1]}" for suffix in suffixes if (match := _VERSIONED.fullmatch(suffix))]
    if needed and len(needed) == len(suffixes) and not set(needed) & set(facts.name.abi_tags):
        yield Finding(
            code="CW103",
            file=module + suffixes[0],
            subject=suffixes[0],
            reason=f"its suffix is of ABI {needed[0]}, the wheel's tag says {'.'.join(facts.name.abi_tags)}",
        )


def _is_module(facts: WheelFacts, path: str, stem: str) -> bool:
    initializers = (f"PyInit_{stem}", f"init{stem}")
    return path.endswith(".so") and any(symbol.name in initializers for symbol in facts.elf_files[path].exports)
