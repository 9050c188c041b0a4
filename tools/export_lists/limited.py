"""The stable ABI of CPython on Linux, and the version that each of its symbols came with (PEP 384, 652, 803).

To 3.13 it is Misc/stable_abi.toml in CPython's source that tells. Of later versions the archive's mirrors may lack the
source; CPython's tests name every symbol of their version's.
"""

import re
import tempfile
import tomllib
from pathlib import Path

from crosswheel.targets import architecture_named
from export_lists.debian import Debian
from export_lists.headers import Headers
from export_lists.sections import as_text

_LATER = ("3.14", "3.15")
# What only other systems, or CPython's own debug builds, have.
_ELSEWHERE = ("MS_WINDOWS", "Py_REF_DEBUG", "Py_TRACE_REFS", "USE_STACKCHECK")
_BLOCK = re.compile(r"(?:if feature_macros\['(\w+)'\]:\n\s+)?SYMBOL_NAMES \+?= \((.*?)\n\s*\)", re.DOTALL)


def limited_text(debian: Debian) -> str:
    """Return the file of the lists.

    Raises:
        ValueError: the stable ABI of free-threaded CPython is no longer that of the other.
    """
    (table,) = debian.source_files("python3.13", "trixie", r"Misc/stable_abi\.toml$")
    entries = tomllib.loads(table.content.decode("utf-8"))
    added: dict[str, str] = {
        name: entry["added"]
        for kind in ("function", "data")
        for name, entry in entries[kind].items()
        if entry.get("ifdef") not in _ELSEWHERE
    }
    sources = [table.source]
    for version in _LATER:
        pattern = r"/test_stable_abi_ctypes\.py$"
        package = f"libpython{version}-testsuite"
        (test,) = debian.files(package, "sid", architecture_named("x86_64"), pattern)
        for macro, names in _BLOCK.findall(test.content.decode("utf-8")):
            if macro not in _ELSEWHERE:
                for name in re.findall(r"""["'](\w+)["']""", names):
                    added.setdefault(name, version)
        sources.append(test.source)
    _check_free_threaded(debian)
    sections: dict[tuple[str, ...], list[str]] = {}
    for name, version in added.items():
        sections.setdefault((version,), []).append(name)
    return as_text("stable ABI: [version that the names came with]\n# " + "\n# ".join(sources), sections)


def _check_free_threaded(debian: Debian) -> None:
    """Check that abi3t differs from abi3 in no name: what PEP 803 takes away are fields of structures."""
    with tempfile.TemporaryDirectory() as folder:
        headers = Headers(debian, "3.15", "sid", Path(folder))
        with_lock = headers.declared("Py_LIMITED_API=0x030f0000")
        without = headers.declared("Py_TARGET_ABI3T=0x030f0000")
    if with_lock != without:
        raise ValueError(f"abi3 and abi3t differ in {sorted(with_lock ^ without)}")
