"""Suffixes of extension modules that the Pythons of the tags import."""

import re
from collections.abc import Iterator, Mapping

from crosswheel.audit.claims import Claims
from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.targets import AnyPlatform, Macos, Manylinux, Platform, Python, Target, Windows

# The tagged suffixes of CPython (PEP 3149, 384, 803; on Windows since 3.5) and of PyPy.
_TAGGED = re.compile(
    r"\.(?:cpython-(?P<cpython>\d+[a-z]*)(?:-[^.]+)?"
    r"|(?P<windows>cp\d+[a-z]*)-win[^.]+"
    r"|(?P<stable>abi3t?)(?:-[^.]+)?"
    r"|(?P<pypy>pypy\d*)-(?P<pypy_abi>[a-z]*\d+)(?:-[^.]+)?)"
    r"\.(?:so|pyd)",
    re.ASCII,
)
_FIRST_STABLE = (3, 2)  # PEP 384
_SHARED = 3  # ET_DYN
_KINDS = {1: "an object file", 2: "a program at a fixed address", 4: "a core dump"}


def suffix_findings(facts: WheelFacts, claims: Claims) -> Iterator[Finding]:
    """Yield the extension modules that a Python of the tags, or of the target, cannot import.

    A module that is there several times, once for each of several Pythons, needs one that fits.
    """
    for path, why in broken_modules(facts).items():
        yield Finding(code="CW118", file=path, reason=why)
    targets = tuple(_targets(facts, claims))
    suffixes_of = {target: target.extension_suffixes for target in targets}
    known = frozenset(suffix for good in suffixes_of.values() for suffix in good)
    for module, suffixes in sorted(_modules(facts, known).items()):
        wrong = _disagreement(facts, claims, suffixes)
        if wrong:
            yield Finding(code="CW103", file=module + suffixes[0], subject=suffixes[0], reason=wrong)
            continue
        for target, good in suffixes_of.items():
            if not set(good) & set(suffixes):
                who = f"{target.python.describe()} on {target.platform}"
                reason = f"{who} imports {', '.join(good)}, not {suffixes[0]}"
                yield Finding(code="CW102", file=module + suffixes[0], subject=suffixes[0], reason=reason)
                break


def broken_modules(facts: WheelFacts) -> Mapping[str, str]:
    """Return why files that are extension modules by their names are none, by path: texts, objects, core dumps.

    Arguments:
        facts: of the wheel.
    """
    code = facts.elf_files.keys() | facts.mach_files.keys() | facts.pe_files.keys() | facts.malformed.keys()
    code |= {problem.path for problem in facts.member_problems}
    found = {}
    for path in filter(_is_named_as_module, facts.members):
        if path not in code:
            size = facts.members[path].size
            found[path] = f"its name is an extension module's, and it is no machine code ({size} bytes)"
        elif path in facts.elf_files and facts.elf_files[path].type != _SHARED:
            kind = _KINDS.get(facts.elf_files[path].type, f"an ELF file of type {facts.elf_files[path].type}")
            found[path] = f"its name is an extension module's, and it is {kind}, which no Python loads"
    return found


def suffix_abi(suffix: str) -> str:
    """Return the ABI tag that a suffix speaks of, "" for one without.

    Arguments:
        suffix: such as ".cpython-311-aarch64-linux-gnu.so", ".abi3.so", ".pyd".
    """
    match = _TAGGED.fullmatch(suffix)
    if match is None:
        return ""
    if match["pypy"]:
        return f"{match['pypy']}_{match['pypy_abi']}"
    return f"cp{match['cpython']}" if match["cpython"] else match["windows"] or match["stable"]


def initializers(facts: WheelFacts, path: str) -> frozenset[str]:
    """Return the names by which Python could import a file as an extension module (PEP 489), by its exports."""
    if path in facts.elf_files:
        return frozenset(
            symbol.name for symbol in facts.elf_files[path].exports if symbol.name.startswith(("PyInit", "init"))
        )
    if path in facts.mach_files:
        return frozenset(name for file in facts.mach_files[path] for name in file.initializers)
    return frozenset(facts.pe_files[path].initializers)


def _is_named_as_module(path: str) -> bool:
    """Return whether a tagged suffix, or that of Windows, says that a file is an extension module."""
    if not path.endswith((".so", ".pyd")):
        return False
    _, dot, rest = path.rpartition("/")[2].partition(".")
    return path.endswith(".pyd") or bool(_TAGGED.fullmatch(dot + rest))


def _disagreement(facts: WheelFacts, claims: Claims, suffixes: list[str]) -> str:
    """Return why a tagged Python imports none of a module's suffixes on whatever platform; "" where each does."""
    abis = [suffix_abi(suffix) for suffix in suffixes]
    if "" in abis:
        return ""
    for python in claims.named_pythons:
        if not any(_loads(python, abi) for abi in abis):
            tags = ".".join(facts.name.abi_tags)
            return f"its suffix is of ABI {abis[0]}, the wheel's tag says {tags}"
    return ""


def _loads(python: Python, abi: str) -> bool:
    # On Windows suffixes never had the m of pymalloc, which the ABI tag had up to 3.7.
    if abi in (python.abi, python.abi.removesuffix("m")):
        return True
    # One CPython loads its own modules and those for a stable ABI; "py3" says that PyPy does, too.
    if abi not in {"abi3", "abi3t"} or python.implementation != "cp" or python.stable_abi:
        return False
    # Free-threaded 3.13 and 3.14 do try abi3, and it cannot work (cpython issue 120901).
    return python.version >= _FIRST_STABLE and not (abi == "abi3" and python.free_threaded)


def _modules(facts: WheelFacts, known: frozenset[str]) -> Mapping[str, list[str]]:
    """Return the suffixes of each extension module by its path without them."""
    good = known - {".so", ".pyd"}
    modules: dict[str, list[str]] = {}
    for path in (*facts.elf_files, *facts.mach_files, *facts.pe_files):
        folder, slash, name = path.rpartition("/")
        stem, dot, rest = name.partition(".")
        suffix = dot + rest
        if suffix in good or _TAGGED.fullmatch(suffix) or _initializes(facts, path, stem):
            modules.setdefault(f"{folder}{slash}{stem}", []).append(suffix)
    return modules


def _initializes(facts: WheelFacts, path: str, stem: str) -> bool:
    # Python 2 imports NAME from NAMEmodule.so too.
    names = {f"{start}{name}" for start in ("PyInit_", "init") for name in (stem, stem.removesuffix("module"))}
    return path.endswith((".so", ".pyd")) and bool(initializers(facts, path) & names)


def _targets(facts: WheelFacts, claims: Claims) -> Iterator[Target]:
    places = tuple(_places(facts, claims))
    for python in claims.pythons:
        if python.abi != "none":
            yield from (Target(python=python, platform=platform) for platform in places)


def _places(facts: WheelFacts, claims: Claims) -> Iterator[Platform]:
    """Yield the platforms that the files of the wheel are for, as far as it claims them."""
    for platform in claims.platforms:
        files: Mapping[str, object] = facts.elf_files
        if isinstance(platform, Macos):
            files = facts.mach_files
        elif isinstance(platform, Windows):
            files = facts.pe_files
        if files and not isinstance(platform, AnyPlatform):
            yield platform
    for architecture in claims.bare:
        major, minor = architecture.oldest_glibc
        yield Manylinux(major=major, minor=minor, architecture=architecture)
