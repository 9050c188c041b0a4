"""The .pc files that pkg-config sees: the sysroot's, saying where they are in truth, and Python's."""

import re
from pathlib import Path

from crosswheel.hermetic.value import Facts

# /usr at the beginning of a path, alone or behind an option: `prefix=/usr`, `-I/usr/include`.
_USR = re.compile(r"""(^|[\s="':,]|-I|-L|-isystem)/usr(?=[/\s"']|$)""", re.MULTILINE)


def pkg_config_folder(facts: Facts) -> Path:
    """Return the one folder of .pc files (PKG_CONFIG_LIBDIR)."""
    return facts.folder / "pkgconfig"


def write_pkg_config(facts: Facts) -> None:
    """Fill the folder of .pc files.

    They are copies with the paths of the sysroot: PKG_CONFIG_SYSROOT_DIR would prefix those too that a build makes
    itself, of libraries that it has built before.

    Arguments:
        facts: what is built for.
    """
    folder = pkg_config_folder(facts)
    folder.mkdir()
    if facts.sysroot:
        for source in _sources(facts.sysroot, facts.target.architecture.triplet):
            copy = folder / source.name
            if not copy.exists() and source.is_file():
                copy.write_text(_with_sysroot(source, facts.sysroot), encoding="utf-8", errors="surrogateescape")
    _write_python(folder, facts)


def _sources(sysroot: Path, triplet: str) -> list[Path]:
    folders = (f"usr/lib/{triplet}/pkgconfig", "usr/lib/pkgconfig", "usr/share/pkgconfig")
    return [path for name in folders for path in sorted((sysroot / name).glob("*.pc"))]


def _with_sysroot(source: Path, sysroot: Path) -> str:
    text = source.read_text(encoding="utf-8", errors="surrogateescape")
    return _USR.sub(lambda match: f"{match[1]}{sysroot}/usr", text.replace("${pcfiledir}", str(source.parent)))


def _write_python(folder: Path, facts: Facts) -> None:
    """python3.pc and python-3.X.pc: an extension module needs the headers and no library."""
    short = ".".join(facts.python_version.split(".")[:2])
    flags = " ".join(f'-I"{path}"' for path in facts.python_includes)
    text = f"Name: Python\nDescription: Build a C extension for Python\nVersion: {short}\nLibs:\nCflags: {flags}\n"
    for name in (f"python-{short}", "python3"):
        (folder / f"{name}.pc").write_text(text, encoding="utf-8")
    embedding = folder / f"python-{short}-embed.pc"
    if embedding.exists() and not (folder / "python3-embed.pc").exists():
        (folder / "python3-embed.pc").symlink_to(embedding.name)
