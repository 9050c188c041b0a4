"""What wheels with one fault are made from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosswheel.targets import Python, Target
from made_wheels import elf_bytes, make_wheel

FILES = Path(__file__).parents[1]
GLIBC = "manylinux_2_17_aarch64.manylinux2014_aarch64"
MUSL = "musllinux_1_1_aarch64"
EXTENSION = "x/_ext.cpython-311-aarch64-linux-gnu.so"
USER = "x/_user.cpython-311-aarch64-linux-gnu.so"
LIBRARY = "x.libs/libone.so.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A wheel, and what it is asked to serve.

    Arguments:
        name: its file name.
        content: the whole file.
        target: that it has to satisfy; None where its tags speak.
        python: that is assumed where its tags name none.
    """

    name: str
    content: bytes
    target: Target | None = None
    python: Python | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenWheel:
    """A wheel with one fault, and one without.

    Arguments:
        code: of the only finding, or findings, that the broken one may have.
        broken: with the fault.
        healthy: without, and else the same.
    """

    code: str
    broken: Made
    healthy: Made


Make = Callable[[], BrokenWheel]


def named(tags: str) -> str:
    """Return the file name of a wheel with these tags."""
    return f"x-1.0-{tags}.whl"


def made(
    files: Mapping[str, bytes],
    tags: str = f"cp311-cp311-{GLIBC}",
    *,
    root_is_purelib: bool = False,
    written_tags: Sequence[str] | None = None,
    metadata: bytes | None = None,
    replaced: Mapping[str, bytes | None] | None = None,
    target: Target | None = None,
) -> Made:
    """Return a wheel of these files, with what `make_wheel` may do to it."""
    name = named(tags)
    wheel = make_wheel(
        files, name=name, root_is_purelib=root_is_purelib, tags=written_tags, replaced=replaced, metadata=metadata
    )
    return Made(name=name, content=wheel.getvalue(), target=target)


def module(content: bytes | None = None, path: str = EXTENSION) -> dict[str, bytes]:
    """Return the files of a package with one extension module."""
    return {"x/__init__.py": b"", path: elf_bytes("ext-aarch64.so") if content is None else content}


def user(content: bytes | None = None) -> dict[str, bytes]:
    """Return the files of a package whose extension module needs a library of the wheel."""
    return {USER: elf_bytes("user-aarch64.so") if content is None else content, LIBRARY: elf_bytes("libone.so.1")}


def renamed(content: bytes, *pairs: tuple[str, str]) -> bytes:
    """Return a file with names in its string table changed to others that are not longer."""
    for old, new in pairs:
        before = old.encode() + b"\0"
        assert before in content
        content = content.replace(before, new.encode().ljust(len(old), b"\0") + b"\0")
    return content


def of_module(code: str, content: bytes) -> BrokenWheel:
    """Return a wheel whose extension module is this, beside one whose module has nothing wrong."""
    return BrokenWheel(code=code, broken=made(module(content)), healthy=made(module()))


def apple_file(machine: str = "arm64") -> bytes:
    """Return an extension module for macOS."""
    return (FILES / "macho" / "files" / f"ext-{machine}.so").read_bytes()


def windows_file(platform: str = "win_amd64") -> bytes:
    """Return an extension module for CPython 3.11 on Windows."""
    return (FILES / "pe" / "files" / f"ext-{platform}.pyd").read_bytes()
