"""Whether a project compiles OpenMP."""

import os
import re
from pathlib import Path

# Where a project says with which options it is compiled: -fopenmp, find_package(OpenMP), dependency('openmp').
_BUILD_FILES = re.compile(
    r"(setup.*\.py|setup\.cfg|pyproject\.toml|meson\.build|CMakeLists\.txt|.*\.cmake|Makefile.*|.*\.mk|configure(\.ac)?|"
    r"wscript|SConstruct|build.*\.py|_build.*\.py|.*openmp.*\.py)$",
    re.IGNORECASE,
)
_SAID = re.compile(rb"openmp|(?:\blib|-l)(?:g|i)?omp5?\b", re.IGNORECASE)
_LARGEST = 4 << 20  # bytes that are looked at
_ASIDE = frozenset({"test", "tests", "doc", "docs", "example", "examples", "benchmarks", ".git"})


def needs_openmp(source: Path) -> bool:
    """Return whether the files of a source tree that say how it is built name OpenMP.

    Arguments:
        source: the unpacked tree.
    """
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if name.lower() not in _ASIDE]
        for name in names:
            if _BUILD_FILES.match(name) and _says(Path(folder, name)):
                return True
    return False


def _says(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _SAID.search(file.read(_LARGEST)) is not None
    except OSError:  # a link to nowhere, a folder of that name
        return False
