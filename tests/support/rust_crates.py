"""PyO3 and the crates that it needs, out of the Debian archive, as a directory source of cargo."""

import os
import shutil
from pathlib import Path

from crosswheel.app.workshop import Workshop
from crosswheel.targets import architecture_named

_CRATES = (
    "autocfg", "cfg-if", "heck", "indoc", "libc", "memoffset", "once-cell", "portable-atomic", "proc-macro2", "pyo3",
    "pyo3-build-config", "pyo3-ffi", "pyo3-macros", "pyo3-macros-backend", "quote", "syn", "target-lexicon",
    "unicode-ident", "unindent",
)  # fmt: skip
_PROJECTS = Path(__file__).parents[1] / "projects"
REPLACED = '[source.crates-io]\nreplace-with = "here"\n\n[source.here]\ndirectory = "{}"\n'


def crates() -> Path:
    """Return a folder of crates, each with the file of checksums that cargo asks for; trixie's PyO3 is 0.22."""
    unpacked = Workshop(os.environ).archive.sysroot(
        [f"librust-{name}-dev" for name in _CRATES],
        suite="trixie",
        architecture=architecture_named("x86_64"),
        dependencies=False,
    )
    return unpacked.path / "usr/share/cargo/registry"


def copy_rust_project(name: str, folder: Path, *, vendored: bool = False) -> Path:
    """Copy one of the projects into a folder that is not there yet; with its crates, or without."""
    shutil.copytree(_PROJECTS / name, folder)
    if vendored:
        shutil.copytree(crates(), folder / "vendor")
        (folder / ".cargo").mkdir()
        (folder / ".cargo/config.toml").write_text(REPLACED.format("vendor"), encoding="utf-8")
    return folder
