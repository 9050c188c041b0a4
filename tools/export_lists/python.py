"""What CPython exports: read in Debian's libpython, else in an interpreter of this machine."""

import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from crosswheel.elf import parse_elf
from crosswheel.targets import architecture_named
from export_lists.debian import Debian
from export_lists.headers import Headers
from export_lists.sections import as_text, version_order

# Which suite has which; a later one has the newer patch release.
IN_DEBIAN = {"3.9": "bullseye", "3.11": "bookworm", "3.13": "trixie", "3.14": "sid", "3.15": "sid"}
FREE_THREADED = ("3.13", "3.14", "3.15")
# Interpreters of this machine, built of the CPython releases on python.org; of 3.9 and 3.11 since later releases have
# more than Debian's.
ELSEWHERE = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12")
# Which modules are built into the program is a matter of the distribution.
_NAME = re.compile(r"_{0,2}Py(?!Init_)")


def python_text(debian: Debian, interpreters: Mapping[str, Path]) -> str:
    """Return the file of the lists.

    Arguments:
        debian: the archive.
        interpreters: programs or libpythons by version, for what Debian has not.
    """
    names: dict[str, set[str]] = {}
    sources = []
    for version in IN_DEBIAN:
        names[version], source = debian_names(debian, version)
        sources.append(f"{version}: {source}")
    for version in FREE_THREADED:
        names[f"{version}t"] = free_threaded_names(debian, version, names[version])
        sources.append(f"{version}t: the same, and what its headers declare with Py_GIL_DISABLED")
    for version, path in interpreters.items():
        names.setdefault(version, set()).update(exported_names(path))
        sources.append(f"{version}: CPython {_full_version(path)}")
    # The width of Unicode's characters is in the names of its functions, and in the ABI tag.
    either = names.pop("2.7")
    for abi, width in (("m", "UCS2"), ("mu", "UCS4")):
        names[f"2.7{abi}"] = {re.sub("^(_?PyUnicode)UCS[24]", rf"\1{width}", name) for name in either}
    sources.sort(key=version_order)
    owners: dict[str, list[str]] = {}
    for version in sorted(names, key=version_order):
        for name in names[version]:
            owners.setdefault(name, []).append(version)
    sections: dict[tuple[str, ...], list[str]] = {}
    for name, versions in owners.items():
        sections.setdefault(tuple(versions), []).append(name)
    return as_text("CPython: [versions that export the names]\n# " + "\n# ".join(sources), sections)


def debian_names(debian: Debian, version: str) -> tuple[set[str], str]:
    """Return what Debian's libpython X.Y exports, and its source for people.

    Raises:
        LookupError: there is none.
    """
    for found in debian.libraries(f"libpython{version}", IN_DEBIAN[version], architecture_named("x86_64")):
        if (found.elf.soname or "").startswith(f"libpython{version}"):
            return {symbol.name for symbol in found.elf.exports if _NAME.match(symbol.name)}, found.source
    raise LookupError(f"Debian {IN_DEBIAN[version]} has no libpython{version}")


def free_threaded_names(debian: Debian, version: str, ordinary: AbstractSet[str]) -> set[str]:
    """Return what a free-threaded CPython exports, by what its headers declare otherwise than for the ordinary one."""
    with tempfile.TemporaryDirectory() as folder:
        headers = Headers(debian, version, IN_DEBIAN[version], Path(folder))
        with_lock = headers.declared(internal=True)
        free = headers.declared("Py_GIL_DISABLED=1", internal=True)
    return set(ordinary) - (with_lock - free) | (free - with_lock)


def find_interpreters(given: Iterable[str]) -> dict[str, Path]:
    """Return interpreters by version: those given as VERSION=PATH, else those that uv finds.

    Raises:
        LookupError: one is not to be had.
    """
    found = {version: Path(path) for version, path in (text.split("=", 1) for text in given)}
    for version in ELSEWHERE:
        if version not in found:
            command = ("uv", "python", "find", "--no-python-downloads", version)
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            if result.returncode:
                raise LookupError(f"there is no CPython {version} here: name one with --interpreter {version}=PATH")
            found[version] = Path(result.stdout.strip())
    return found


def exported_names(path: Path) -> set[str]:
    """Return what a program, or the libpython that it is linked with, exports of CPython's."""
    symbols = (symbol for file in _binaries(path) for symbol in parse_elf(file.read_bytes()).exports)
    return {symbol.name for symbol in symbols if _NAME.match(symbol.name)}


def _binaries(path: Path) -> Iterator[Path]:
    real = path.resolve()
    yield real
    for library in parse_elf(real.read_bytes()).needed:
        beside = real.parent.parent / "lib" / library
        if library.startswith("libpython") and beside.is_file():
            yield beside


def _full_version(path: Path) -> str:
    code = "import sys; print('.'.join(map(str, sys.version_info[:3])))"
    return subprocess.run((path, "-c", code), capture_output=True, text=True, check=True).stdout.strip()
