"""Wheels for a stable ABI use nothing of CPython beyond the limited API of their version (PEP 384, 652, 803)."""

import re
from collections.abc import Iterator, Sequence

from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.exports import limited_api, limited_api_since, python_names
from crosswheel.targets import Python

_PYTHON_NAME = re.compile(r"_{0,2}Py")
# A file for one version says so; beside those for the stable ABI it is another finding's affair.
_OF_ONE_VERSION = re.compile(r"\.(?:cpython-|pypy)\d\w*(?:-[\w-]+)?\.so$")


def limited_api_findings(facts: WheelFacts, pythons: Sequence[Python]) -> Iterator[Finding]:
    """Yield the symbols of CPython that a wheel for abi3 or abi3t asks for and may not.

    Weak ones may be absent: code that asks for them looks whether they are there.

    Arguments:
        facts: of the wheel.
        pythons: that it serves; the oldest with a stable ABI counts.
    """
    oldest = min((python for python in pythons if python.stable_abi), key=lambda one: one.version, default=None)
    if oldest is None:
        return
    allowed = limited_api(oldest.version)
    every = python_names()
    for path, file in facts.elf_files.items():
        # A program has no Python in its process.
        if _OF_ONE_VERSION.search(path) or (file.interpreter is not None and file.soname is None):
            continue
        asked = {symbol.name for symbol in file.imports if not symbol.weak and _PYTHON_NAME.match(symbol.name)}
        for name in sorted((asked & every) - allowed):
            reason = f"{name} is not in the limited API of Python {oldest.version[0]}.{oldest.version[1]}"
            if since := limited_api_since(name):
                reason += f", but in that of {since[0]}.{since[1]}"
            yield Finding(code="CW122", file=path, subject=name, reason=reason)
