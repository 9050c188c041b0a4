"""Proof 4: every undefined symbol is found where the loader will look for it."""

from collections.abc import Iterator, Mapping

from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.elf import ElfFile
from crosswheel.targets.policies import Policy


def load_findings(facts: WheelFacts, policy: Policy, python_symbols: frozenset[str]) -> Iterator[Finding]:
    """Yield the undefined strong symbols without version, and the versions of own libraries, that nothing provides.

    Those with a version are the policy's affair: a version that it allows is a promise that the symbol is there. A
    symbol of glibc that got none, since the link left out its library, is refused too: zig always links all of glibc,
    so what it could give no version is not in the glibc that it was asked for.

    Arguments:
        facts: of the wheel.
        policy: of the target; its libraries that have no symbol versions may provide what their names begin with.
        python_symbols: what the target's Python exports.
    """
    exports = {path: frozenset(symbol.name for symbol in file.exports) for path, file in facts.elf_files.items()}
    anywhere = frozenset().union(*exports.values())
    for path, file in facts.elf_files.items():
        yield from _own_version_findings(facts, path, file)
        missing = [symbol.name for symbol in file.imports if not symbol.weak and symbol.version is None]
        if not missing:
            continue
        reached, outside = _closure(facts, path)
        prefixes = tuple(
            prefix for library in outside & policy.libraries for prefix in _UNVERSIONED_LIBRARIES.get(library, ())
        )
        # A program is no extension module: there is no Python in its process.
        found = frozenset() if _is_program(file) else python_symbols
        found = found.union(*(exports[other] for other in reached))
        for name in sorted(set(missing) - found):
            if name.startswith(prefixes):
                continue
            if name in anywhere:
                reason = f"{name} is defined by another file of the wheel, but this one does not ask for that"
                yield Finding(code="CW120", file=path, subject=name, reason=reason)
            else:
                reason = f"the symbol {name} is in nothing that {policy.name} promises, nor in the wheel or Python"
                yield Finding(code="CW107", file=path, subject=name, reason=reason)


def _own_version_findings(facts: WheelFacts, path: str, file: ElfFile) -> Iterator[Finding]:
    for library, versions in file.version_needs.items():
        own = facts.elf_files.get(facts.libraries.get(library, ""))
        # The loader only warns of a library without any versions.
        if own is None or not own.version_definitions:
            continue
        for version in sorted(set(versions) - set(own.version_definitions)):
            reason = f"it asks for {version} of {library}, which the {library} in the wheel does not define"
            yield Finding(code="CW107", file=path, subject=version, reason=reason)


def _closure(facts: WheelFacts, path: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the wheel's files that loading this one brings in, itself included, and the libraries from outside."""
    reached: set[str] = set()
    outside: set[str] = set()
    waiting = [path]
    while waiting:
        current = waiting.pop()
        if current in reached:
            continue
        reached.add(current)
        for library in facts.elf_files[current].needed:
            if library in facts.libraries:
                waiting.append(facts.libraries[library])
            else:
                outside.add(library)
    return frozenset(reached), frozenset(outside)


def _is_program(file: ElfFile) -> bool:
    return file.interpreter is not None and file.soname is None


# Libraries that manylinux promises and that give their symbols no versions (zlib gives none to its oldest): the
# beginnings of the names that they reserve. Read in their headers.
_UNVERSIONED_LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "libGL.so.1": ("gl",),
    "libICE.so.6": ("Ice", "_Ice"),
    "libSM.so.6": ("Sm", "_Sm"),
    "libX11.so.6": ("X", "_X"),
    "libXext.so.6": ("X", "_X", "DPMS"),
    "libXrender.so.1": ("XRender",),
    "libexpat.so.1": ("XML_",),
    "libglib-2.0.so.0": ("g_", "glib_"),
    "libgobject-2.0.so.0": ("g_",),
    "libgthread-2.0.so.0": ("g_thread_",),
    "libz.so.1": (
        "adler32", "compress", "crc32", "deflate", "get_crc_table", "gz", "inflate", "uncompress", "zError", "zlib",
    ),
}  # fmt: skip
