"""A Python as files in a folder: where its interpreter and headers are, and whose they are. Nothing of it is run."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crosswheel.elf import ElfFile, MalformedElfError, is_elf, machine_name, parse_elf
from crosswheel.errors import UsageError
from crosswheel.pythons.value import TargetPython
from crosswheel.store import Store, Sysroot
from crosswheel.targets import Target

_VERSION = re.compile(r'^\s*#\s*define\s+PY_VERSION\s+"([^"]+)"', re.MULTILINE)
_SUFFIX = re.compile(r"""["']EXT_SUFFIX["']\s*:\s*["']([^"']+)["']""")
_GLIBC = re.compile(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?")
_MOST_LINKS = 40  # as the kernel follows (path_resolution(7))
_LAST_WITH_M = (3, 7)  # CPython whose folder of headers is named after its ABI, with an m for pymalloc
_LARGEST_TEXT = 16 << 20  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPython:
    """A Python in a folder, which is of the target's version, ABI, architecture and C library.

    Arguments:
        prefix: its folder of `bin`, `lib` and `include`.
        executable: the interpreter's own ELF file.
        version: full version, such as "3.12.4".
        includes: folders that together hold Python.h and everything that it includes of Python's own.
        root: the file system that has its C library; None where it brings none, as standalone builds.
        loader: its dynamic linker, in `root`; None where there is none.
        glibc: the newest version of glibc that it asks for; where `root` is there, the version that is in it; (0, 0)
            for musl.
        origin: where it comes from, for people.
    """

    prefix: Path
    executable: Path
    version: str
    includes: tuple[Path, ...]
    root: Path | None
    loader: Path | None
    glibc: tuple[int, int]
    origin: str

    @property
    def identity(self) -> str:
        """What it is: it changes with the interpreter, and with where that comes from."""
        with self.executable.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return f"{self.version} {digest} {self.origin}"

    def target_python(self, target: Target, *, sysroot: Sysroot, command: tuple[str, ...]) -> TargetPython:
        """Return it as what drives a build.

        Arguments:
            target: whose it is.
            sysroot: libraries of the target.
            command: what starts it, without the interpreter itself; none where this machine does.
        """
        return TargetPython(
            version=self.version,
            executable=self.executable,
            command=(*command, str(self.executable)),
            includes=self.includes,
            sysroot=sysroot,
            origin=self.origin,
            free_threaded=target.python.free_threaded,
        )


def find_python(folder: Path, target: Target, store: Store, *, shown: str, origin: str) -> FoundPython:
    """Return the target's Python in a folder.

    It is looked for where images for building wheels have it (/opt/python/cp312-cp312), at the folder itself (a prefix,
    as an unpacked standalone build), and where file systems have it (/usr/local, /usr).

    Arguments:
        folder: a prefix, an archive of one, or the root of a file system.
        target: whose Python.
        store: where a folder of links to headers is kept.
        shown: what the folder is called in messages, such as "the image quay.io/…".
        origin: the same, to be written down with what it built.

    Raises:
        UsageError: it has no such Python, or not all of it.
    """
    name = _short(target)
    for place in _places(folder, target):
        prefix = _resolved(folder, place)
        # With merged /usr, /bin leads into /usr, which is the prefix then.
        if prefix is None or _resolved(folder, prefix / "bin") != prefix / "bin":
            continue
        executable = _resolved(folder, prefix / "bin" / name)
        if executable is None or not executable.is_file():
            continue
        elf = _read(executable)
        if elf is None:
            continue  # a script of a version manager
        problem = _unfit(elf, target) or _unfit_suffix(prefix, target)
        if problem:
            raise _none(shown, target, f"its {name} {problem}")
        includes = _includes(prefix, target, store)
        version = next((_version(folder) for folder in includes if (folder / "patchlevel.h").is_file()), None)
        if not includes or version is None:
            raise _none(shown, target, f"its {name} has no headers ({prefix}/include)")
        loader = _resolved(folder, folder / str(elf.interpreter).lstrip("/"))
        root = folder if loader and loader.is_file() else None
        if loader and root and root.joinpath(str(elf.interpreter).lstrip("/")).resolve() != loader.resolve():
            why = f"its links begin at the root of a file system: that of {elf.interpreter} leads to this machine's"
            raise _none(shown, target, f"{why}; make them relative (symlinks -cr), or take it as an image")
        return FoundPython(
            prefix=prefix,
            executable=executable,
            version=version,
            includes=includes,
            root=root,
            loader=loader if root else None,
            glibc=_glibc(prefix, elf, loader if root else None, name),
            origin=origin,
        )
    others = sorted({path.name for place in _places(folder, target) for path in (place / "bin").glob("python[23].*")})
    had = ", ".join(name for name in others if re.fullmatch(r"python\d\.\d+t?", name))
    raise _none(shown, target, f"it has {had or 'no Python'}, and {name} is wanted")


def _none(shown: str, target: Target, why: str) -> UsageError:
    return UsageError(
        f"{shown} has no Python for {target}",
        why=why,
        hint="name another place with --target-python; `crosswheel targets` tells where else one is to be had",
    )


def _short(target: Target) -> str:
    major, minor = target.python.version
    return f"python{major}.{minor}{'t' if target.python.free_threaded else ''}"


def _places(folder: Path, target: Target) -> Iterator[Path]:
    python = target.python.interpreter
    yield folder / "opt/python" / f"{python.tag}-{python.abi}"
    # A prefix; an archive with one folder, the full archives of standalone builds; a file system.
    for place in ("", "python", "python/install", "install", "usr/local", "usr"):
        yield folder / place


def _read(path: Path) -> ElfFile | None:
    try:
        data = path.read_bytes()
        return parse_elf(data, exports=False) if is_elf(data) else None
    except (OSError, MalformedElfError):
        return None


def _unfit(elf: ElfFile, target: Target) -> str | None:
    architecture = target.architecture
    found = machine_name(elf.machine, elf.elf_class, elf.byte_order)
    if found != machine_name(architecture.elf_machine, architecture.bits, architecture.byte_order.value):
        return f"is for {found}"
    if elf.interpreter is None:
        return "is linked statically, so that it imports no extension modules"
    libc = "musl" if "ld-musl" in elf.interpreter else "glibc"
    if libc != ("glibc" if target.glibc else "musl"):
        return f"is for {libc}"
    return None


def _unfit_suffix(prefix: Path, target: Target) -> str | None:
    library = prefix / "lib" / _short(target)
    found = [match[1] for path in sorted(library.glob("_sysconfigdata_*.py")) if (match := _SUFFIX.search(_text(path)))]
    wanted = target.interpreter.extension_suffix
    if wanted in found:
        return None
    if not found:
        return f"does not tell the suffix of its extension modules ({library}/_sysconfigdata_*.py)"
    return f"has extension modules that end in {found[0]}, and {wanted} is wanted"


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_TEXT).decode("utf-8", "replace")
    except OSError:
        return ""


def _version(headers: Path) -> str | None:
    match = _VERSION.search(_text(headers / "patchlevel.h"))
    # Between releases it is "3.13.0+".
    return match[1].rstrip("+") if match else None


def _includes(prefix: Path, target: Target, store: Store) -> tuple[Path, ...]:
    name = _short(target) + ("m" if target.python.version <= _LAST_WITH_M else "")
    headers = prefix / "include" / name
    if not (headers / "Python.h").is_file() or not (headers / "pyconfig.h").is_file():
        return ()
    triplet = target.architecture.triplet
    own = prefix / "include" / triplet / name / "pyconfig.h"
    if not own.is_file():
        return (headers,)

    # Debian's Python.h includes <TRIPLET/python3.X/pyconfig.h>.
    def link(folder: Path) -> None:
        (folder / triplet / name).mkdir(parents=True)
        (folder / triplet / name / own.name).symlink_to(own)

    key = hashlib.sha256(f"{own} by itself".encode()).hexdigest()[:32]
    return (headers, store.folder("python-headers", key, link))


def _glibc(prefix: Path, elf: ElfFile, loader: Path | None, name: str) -> tuple[int, int]:
    if loader:
        library = next(iter(sorted(loader.parent.glob("libc.so.6"))), None)
        found = _read(library) if library else None
        return max(map(_number, found.version_definitions if found else ()), default=(0, 0))
    files = [
        *(prefix / "lib").glob("libpython*.so*"),
        *(prefix / "lib" / name / "lib-dynload").glob("*.so"),
    ]
    all_of_it = [elf, *filter(None, map(_read, files))]
    return max(
        (_number(version) for one in all_of_it for needed in one.version_needs.values() for version in needed),
        default=(0, 0),
    )


def _number(version: str) -> tuple[int, int]:
    match = _GLIBC.fullmatch(version)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _resolved(root: Path, path: Path) -> Path | None:
    """Where a path in a file system leads, absolute links starting at its root; None where that is nowhere."""
    base = Path(os.path.abspath(root))  # noqa: PTH100 links stay
    steps = list(Path(os.path.abspath(path)).relative_to(base).parts)[::-1]  # noqa: PTH100
    at, links = base, _MOST_LINKS
    while steps:
        step = steps.pop()
        if step == "..":
            at = at.parent if at != base else base
            continue
        at /= step
        if at.is_symlink():
            links -= 1
            target = at.readlink()
            at = base if target.is_absolute() else at.parent
            steps += [part for part in target.parts if part not in {"/", "."}][::-1]
        if not links:
            return None
    return at if os.path.lexists(at) else None
