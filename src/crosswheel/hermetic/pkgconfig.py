"""The .pc files that pkg-config sees: the sysroot's, saying where they are in truth, and Python's."""

import re
from pathlib import Path

from crosswheel.hermetic.value import Facts

# /usr at the beginning of a path, alone or behind an option: `prefix=/usr`, `-I/usr/include`.
_USR = re.compile(r"""(^|[\s="':,]|-I|-L|-isystem)/usr(?=[/\s"']|$)""", re.MULTILINE)

_FIELD = re.compile(r"[A-Za-z.]+:")

# One entry of Requires: a package, and the version that it has to have.
_REQUIREMENT = re.compile(r"[^\s,<>=!]+(?:\s*(?:<=|>=|!=|=|<|>)\s*[^\s,]+)?")

# What compilers bring themselves, and no sysroot has to have.
_OF_THE_COMPILER = {"c", "m", "dl", "pthread", "rt", "util", "resolv", "stdc++", "gcc", "gcc_s", "atomic"}


def pkg_config_folder(facts: Facts) -> Path:
    """Return the one folder of .pc files (PKG_CONFIG_LIBDIR)."""
    return facts.folder / "pkgconfig"


def write_pkg_config(facts: Facts) -> None:
    """Fill the folder of .pc files.

    They are copies with the paths of the sysroot: PKG_CONFIG_SYSROOT_DIR would prefix those too that a build makes
    itself, of libraries that it has built before. What is private in them is asked for too, since libraries are linked
    statically where they can be; so private libraries whose development files are not in the sysroot are left out.

    Arguments:
        facts: what is built for.
    """
    folder = pkg_config_folder(facts)
    folder.mkdir()
    if facts.sysroot:
        sources = _sources(facts.sysroot, facts.triplet)
        libraries = _libraries(facts.sysroot, facts.triplet)
        for name, source in sources.items():
            text = _without_absent(_with_sysroot(source, facts.sysroot), packages=set(sources), libraries=libraries)
            (folder / f"{name}.pc").write_text(text, encoding="utf-8", errors="surrogateescape")
    _write_python(folder, facts)


def _sources(sysroot: Path, triplet: str) -> dict[str, Path]:
    folders = ("usr/share/pkgconfig", "usr/lib/pkgconfig", f"usr/lib/{triplet}/pkgconfig")
    return {path.stem: path for name in folders for path in sorted((sysroot / name).glob("*.pc")) if path.is_file()}


def _libraries(sysroot: Path, triplet: str) -> set[str]:
    folders = ("usr/lib", f"usr/lib/{triplet}")
    found = (path for folder in folders for kind in ("a", "so") for path in (sysroot / folder).glob(f"lib*.{kind}"))
    return {path.stem.removeprefix("lib") for path in found} | _OF_THE_COMPILER


def _with_sysroot(source: Path, sysroot: Path) -> str:
    text = source.read_text(encoding="utf-8", errors="surrogateescape")
    text = text.replace("${pcfiledir}", str(source.parent))
    # Flags are words as a shell has them; the values of variables are taken as they are.
    return "".join(
        _USR.sub(rf"\g<1>{_escaped(sysroot, flags=bool(_FIELD.match(line)))}/usr", line)
        for line in text.splitlines(keepends=True)
    )


def _escaped(path: Path, *, flags: bool) -> str:
    text = str(path).replace(" ", "\\ ") if flags else str(path)
    return text.replace("\\", "\\\\")  # once more, for re.sub


def _without_absent(text: str, *, packages: set[str], libraries: set[str]) -> str:
    def required(match: re.Match[str]) -> str:
        kept = (entry for entry in _REQUIREMENT.findall(match[2]) if entry.split()[0] in packages)
        return match[1] + ", ".join(entry.strip() for entry in kept)

    def linked(match: re.Match[str]) -> str:
        words = match[2].split()
        return match[1] + " ".join(word for word in words if not word.startswith("-l") or word[2:] in libraries)

    text = re.sub(r"^(Requires\.private:[ \t]*)(.*)$", required, text, flags=re.MULTILINE)
    return re.sub(r"^(Libs\.private:[ \t]*)(.*)$", linked, text, flags=re.MULTILINE)


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
