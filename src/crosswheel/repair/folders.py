"""Where the target's loader looks when nothing else tells it: ld.so.conf, musl's path file, the default folders."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import PurePosixPath

from crosswheel.repair.tree import Tree
from crosswheel.targets import Architecture

_MOST_CONFIGURATIONS = 1000  # files that include each other; systems have some dozens


class Libc(StrEnum):
    """The C library that a file was linked for."""

    GLIBC = "glibc"
    MUSL = "musl"


def library_words(architecture: Architecture) -> tuple[str, ...]:
    """Return what `$LIB` stands for on the target, by distribution: Debian's, Fedora's, the rest's (ld.so(8)).

    Arguments:
        architecture: the target's.
    """
    wide = ("lib64",) if architecture.bits == 64 else ()  # noqa: PLR2004 bits
    return (f"lib/{architecture.triplet}", *wide, "lib")


def platform_words(architecture: Architecture) -> tuple[str, ...]:
    """Return what `$PLATFORM` stands for on the target's baseline: what the kernel says as AT_PLATFORM (getauxval(3)).

    Arguments:
        architecture: the target's.
    """
    spoken = {"armv7l": ("v7l",), "ppc64": ("power7",), "ppc64le": ("power8",), "s390x": ("z900", "z9-109", "z10")}
    return spoken.get(architecture.name, (architecture.name,))


def system_folders(tree: Tree, architecture: Architecture, libc: Libc) -> tuple[PurePosixPath, ...]:
    """Return the folders that the target's loader looks into last, in its order.

    Arguments:
        tree: the target's file system.
        architecture: the target's.
        libc: whose loader.
    """
    if libc is Libc.MUSL:
        return _musl_folders(tree, architecture)
    configured = _configured(tree, PurePosixPath("/etc/ld.so.conf"))
    # Debian's glibc has the multiarch folders built in, others lib64 or lib.
    standard = (PurePosixPath(base, word) for word in library_words(architecture) for base in ("/", "/usr"))
    return tuple(dict.fromkeys((*configured, *standard)))


def _musl_folders(tree: Tree, architecture: Architecture) -> tuple[PurePosixPath, ...]:
    # The name of the loader's own architecture, which has the hard-float ABI in it (musl, configure: LDSO_ARCH).
    name = f"{architecture.cpu}{'hf' if architecture.abi_suffix == 'eabihf' else ''}"
    text = tree.text(PurePosixPath(f"/etc/ld-musl-{name}.path"))
    if text is not None:
        parts = (part.strip() for part in text.replace("\n", ":").split(":"))
        return tuple(dict.fromkeys(PurePosixPath(part) for part in parts if part.startswith("/")))
    # musl's own (ldso/dynlink.c), and Debian's, which has its musl beside glibc.
    return (
        PurePosixPath("/lib"),
        PurePosixPath("/usr/local/lib"),
        PurePosixPath("/usr/lib"),
        PurePosixPath("/usr/lib", architecture.musl_triplet),
    )


def _configured(tree: Tree, start: PurePosixPath) -> Iterator[PurePosixPath]:
    """The folders of an ld.so.conf (ldconfig(8)), with those of the files that it includes, each file once."""
    seen: set[PurePosixPath] = set()
    waiting: list[PurePosixPath | tuple[PurePosixPath, str]] = [
        start
    ]  # files, and lines of files; what is next is last
    while waiting:
        one = waiting.pop()
        if isinstance(one, PurePosixPath):
            if one not in seen and len(seen) < _MOST_CONFIGURATIONS:
                seen.add(one)
                waiting.extend((one, line) for line in reversed((tree.text(one) or "").splitlines()))
            continue
        file, line = one
        words = line.partition("#")[0].split()
        if words[:1] == ["include"]:
            # A relative pattern is from the folder of the file that has it.
            found = [path for pattern in words[1:] for path in tree.matching(file.parent / pattern)]
            waiting.extend(reversed(found))
        elif words[:1] != ["hwcap"]:
            # Several folders may stand in a line, parted by spaces, colons or commas; "=TYPE" is of libc5's time.
            for part in line.partition("#")[0].replace(":", " ").replace(",", " ").split():
                folder = part.partition("=")[0]
                if folder.startswith("/"):
                    yield PurePosixPath(folder)
