"""Whether a project has Fortran to compile."""

import os
import re
import tomllib
from pathlib import Path

_FORTRAN = re.compile(r"\.(f|for|ftn|f77|f90|f95|f03|f08|pyf)(\.(in|src|inc))?$", re.IGNORECASE)

# What is here is not compiled on the way to a wheel.
_ASIDE = frozenset({"test", "tests", "testing", "doc", "docs", "example", "examples", "benchmarks", ".git"})

_SAID = "virtual:compiler/fortran"


def needs_fortran(source: Path) -> bool:
    """Return whether a source tree has Fortran sources, or says that it needs a Fortran compiler.

    It says so in pyproject.toml, in the words of PEP 725: `[external] build-requires = ["virtual:compiler/fortran"]`.

    Arguments:
        source: the unpacked tree.
    """
    try:
        project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        project = {}  # what is wrong with it is the backend's to tell
    external = project.get("external")
    said = external.get("build-requires") if isinstance(external, dict) else None
    if isinstance(said, list) and _SAID in said:
        return True
    for _, folders, names in os.walk(source):
        folders[:] = [name for name in folders if name.lower() not in _ASIDE]
        if any(_FORTRAN.search(name) for name in names):
            return True
    return False
