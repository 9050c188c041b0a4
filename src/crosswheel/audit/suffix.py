"""Suffixes of extension modules that the Pythons of the tags import."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from crosswheel.audit.claims import Claims
from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.targets import Manylinux, Platform, Python, Target

# The tagged suffixes of CPython (PEP 3149, 384, 803; on Windows since 3.5) and of PyPy.
_TAGGED = re.compile(
    r"\.(?:cpython-(?P<cpython>\d+[a-z]*)-[^.]+"
    r"|(?P<windows>cp\d+[a-z]*)-win[^.]+"
    r"|(?P<stable>abi3t?)(?:-[^.]+)?"
    r"|(?P<pypy>pypy\d*)-(?P<pypy_abi>[a-z]*\d+)(?:-[^.]+)?)"
    r"\.(?:so|pyd)",
    re.ASCII,
)


def suffix_findings(facts: WheelFacts, claims: Claims) -> Iterator[Finding]:
    """Yield the extension modules that a Python of the tags, or of the target, cannot import.

    A module that is there several times, once for each of several Pythons, needs one that fits.
    """
    targets = tuple(_targets(claims))
    for module, suffixes in sorted(_modules(facts, targets).items()):
        wrong = _disagreement(facts, claims, suffixes)
        if wrong:
            yield Finding(code="CW103", file=module + suffixes[0], subject=suffixes[0], reason=wrong)
            continue
        for target in targets:
            good = target.extension_suffixes
            if not set(good) & set(suffixes):
                yield Finding(
                    code="CW102",
                    file=module + suffixes[0],
                    subject=suffixes[0],
                    reason=f"{target.python} imports {', '.join(good)} on {target.platform}, not {suffixes[0]}",
                )
                break


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
    if abi == python.abi:
        return True
    if python.implementation != "cp":
        return False
    return abi in {"abi3", "abi3t"} and python.abi != "none" and not python.stable_abi


def _modules(facts: WheelFacts, targets: tuple[Target, ...]) -> Mapping[str, list[str]]:
    """Return the suffixes of each extension module by its path without them."""
    good = frozenset(suffix for target in targets for suffix in target.extension_suffixes) - {".so", ".pyd"}
    modules: dict[str, list[str]] = {}
    for path in facts.elf_files:
        file = PurePosixPath(path)
        stem, dot, rest = file.name.partition(".")
        suffix = dot + rest
        if suffix in good or _TAGGED.fullmatch(suffix) or _initializes(facts, path, stem):
            modules.setdefault(str(file.parent / stem), []).append(suffix)
    return modules


def _initializes(facts: WheelFacts, path: str, stem: str) -> bool:
    initializers = (f"PyInit_{stem}", f"init{stem}")
    return path.endswith(".so") and any(symbol.name in initializers for symbol in facts.elf_files[path].exports)


def _targets(claims: Claims) -> Iterator[Target]:
    for python in claims.pythons:
        if python.abi != "none":
            for platform in _places(claims):
                yield Target(python=python, platform=platform)


def _places(claims: Claims) -> Iterator[Platform]:
    yield from claims.linux
    for architecture in claims.bare:
        major, minor = architecture.oldest_glibc
        yield Manylinux(major=major, minor=minor, architecture=architecture)
