"""What CPython's headers declare as exported: for builds and ABIs of which no binary is to be had.

Debian has no free-threaded CPython (PEP 703), but the headers of the ordinary one, of which both are built: what a
preprocessor leaves of them with Py_GIL_DISABLED and without tells the difference.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from crosswheel.targets import architecture_named
from export_lists.debian import Debian

# PyAPI_FUNC and PyAPI_DATA become this; what follows, up to the name, is a type.
_EXPORTED = re.compile(r'__attribute__ \(\(visibility \("default"\)\)\)[^;{]*?\b(_{0,2}Py\w+)\)?\s*(?:\(|\[|;|=)')


class Headers:
    """The headers of one CPython X.Y.

    Arguments:
        debian: the archive.
        version: such as "3.14".
        suite: release that has it.
        folder: empty, for the headers.
    """

    def __init__(self, debian: Debian, version: str, suite: str, folder: Path) -> None:
        self._folder = folder
        self._version = version
        for found in debian.files(f"libpython{version}-dev", suite, architecture_named("x86_64"), r"/include/.*\.h$"):
            path = folder / found.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(found.content)

    def declared(self, *defines: str, internal: bool = False) -> frozenset[str]:
        """Return the names that the headers declare as exported.

        Arguments:
            defines: macros, such as "Py_GIL_DISABLED=1".
            internal: those of CPython's own parts too, which are exported for its extension modules.
        """
        include = self._folder / "usr" / "include" / f"python{self._version}"
        lines = ['#include "Python.h"']
        if internal:
            lines = ["#define Py_BUILD_CORE 1", *lines]
            lines += [
                f'#include "{path.name}"'
                for path in sorted((include / "internal").glob("pycore_*.h"))
                if "must not be included directly" not in path.read_text(encoding="utf-8")
            ]
        folders = (include, self._folder / "usr" / "include", include / "internal", include / "internal" / "mimalloc")
        text = self._preprocessed("\n".join(lines) + "\n", defines, folders)
        return frozenset(match[1] for match in _EXPORTED.finditer(text))

    @staticmethod
    def _preprocessed(source: str, defines: Sequence[str], folders: Sequence[Path]) -> str:
        with tempfile.NamedTemporaryFile("w", suffix=".c", encoding="utf-8") as file:
            file.write(source)
            file.flush()
            command = (sys.executable, "-m", "ziglang", "cc", "-E", "-P", "-target", "x86_64-linux-gnu")
            flags = [f"-D{define}" for define in defines] + [f"-I{folder}" for folder in folders]
            result = subprocess.run((*command, *flags, file.name), capture_output=True, text=True, check=False)
        if result.returncode:
            raise ValueError(f"CPython's headers could not be preprocessed: {result.stderr[-2000:]}")
        return " ".join(result.stdout.split())
