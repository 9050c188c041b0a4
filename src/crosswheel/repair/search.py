"""Finds the libraries that a file needs where the target's loader would (ld.so(8), musl's ldso/dynlink.c)."""

import mmap
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from crosswheel.elf import ElfFile, MalformedElfError, is_elf, machine_name, parse_elf
from crosswheel.repair.folders import Libc, library_words, platform_words, system_folders
from crosswheel.repair.tree import Tree
from crosswheel.targets import Architecture

_LARGEST = 4 << 30  # bytes: a 32-bit file has no room for more, and of a sparse one all has to be read
_OWN = Path("/")  # this machine's file system
_VARIABLE = re.compile(r"\$(?:\{(ORIGIN|LIB|PLATFORM)\}|(ORIGIN|LIB|PLATFORM)(?![A-Za-z0-9_]))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """A file that asks for libraries, as the loader knows it.

    Arguments:
        name: for people.
        tree: the file system that it is in; None for a member of the wheel, whose folder no file system has.
        folder: that `$ORIGIN` stands for.
        rpath: DT_RPATH, as it stands.
        runpath: DT_RUNPATH, as it stands.
    """

    name: str
    tree: Tree | None
    folder: PurePosixPath
    rpath: str | None
    runpath: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLibrary:
    """A library outside of the wheel.

    Arguments:
        name: that it was asked for by.
        path: of its file on this machine, without links.
        tree: the file system that it was found in.
        place: its path there, without links.
        folder: where it was found: what `$ORIGIN` stands for in it.
        elf: what it says of itself.
        is_given: whether it was found in a folder that says nothing to others: one that is no part of the target's file
            system, or one of this machine, where that is the target, beside the folders that every such machine has.
    """

    name: str
    path: Path
    tree: Tree
    place: PurePosixPath
    folder: PurePosixPath
    elf: ElfFile
    is_given: bool

    @property
    def requester(self) -> Requester:
        """The same file, as one that asks for others."""
        return Requester(
            name=self.name, tree=self.tree, folder=self.folder, rpath=self.elf.rpath, runpath=self.elf.runpath
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a search came to.

    Arguments:
        found: the library; None where there is none that the target could load.
        passed_over: candidates of that name that the target cannot load, with the reasons, one sentence each.
        looked_into: the folders, as people call them.
    """

    found: FoundLibrary | None
    passed_over: tuple[str, ...]
    looked_into: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LibrarySearch:
    """Where the target's loader looks.

    Arguments:
        architecture: the target's.
        libc: whose loader.
        library_paths: folders of this machine, searched as those of LD_LIBRARY_PATH are.
        tree: the target's file system; None where none was given and this machine's is not it.
        system: the folders of it that the loader looks into last.
    """

    architecture: Architecture
    libc: Libc
    library_paths: tuple[Path, ...] = ()
    tree: Tree | None = None
    system: tuple[PurePosixPath, ...] = field(init=False)

    def __post_init__(self) -> None:
        folders = () if self.tree is None else system_folders(self.tree, self.architecture, self.libc)
        object.__setattr__(self, "system", folders)

    def find(self, name: str, chain: Sequence[Requester]) -> Answer:
        """Return what the loader would find under a name.

        Arguments:
            name: as DT_NEEDED has it.
            chain: the file that asks, then those that brought it in, whose RPATH counts too.
        """
        passed_over: list[str] = []
        looked_into: list[str] = []
        for tree, candidate in self._candidates(name, chain):
            looked_into.append(str(tree.host_path(candidate.parent)))
            place = tree.find(candidate)
            path = tree.file(candidate)
            if place is None or path is None:
                continue
            elf, why = self._loadable(path)
            if elf is not None:
                found = FoundLibrary(
                    name=name,
                    path=path,
                    tree=tree,
                    place=place,
                    folder=candidate.parent,
                    elf=elf,
                    is_given=tree != self.tree or (tree.root == _OWN and candidate.parent not in self.system),
                )
                return Answer(found=found, passed_over=tuple(passed_over), looked_into=tuple(looked_into))
            passed_over.append(f"{path} was passed over: {why}")
        return Answer(
            found=None, passed_over=tuple(dict.fromkeys(passed_over)), looked_into=tuple(dict.fromkeys(looked_into))
        )

    def _candidates(self, name: str, chain: Sequence[Requester]) -> Iterator[tuple[Tree, PurePosixPath]]:
        if "/" in name:  # a path, which is taken as it is (ld.so(8))
            for tree, folder in self._expanded(str(PurePosixPath(name).parent), chain[0]):
                yield tree, folder / PurePosixPath(name).name
            return
        for tree, folder in self._folders(chain):
            yield tree, folder / name

    def _folders(self, chain: Sequence[Requester]) -> Iterator[tuple[Tree, PurePosixPath]]:
        if self.libc is Libc.MUSL:
            yield from self._given()
            for requester in chain:  # musl makes no difference between the two, and inherits both
                yield from self._listed(requester.runpath or requester.rpath, requester)
        else:
            if chain[0].runpath is None:
                for requester in chain:
                    if requester.runpath is None:
                        yield from self._listed(requester.rpath, requester)
            yield from self._given()
            yield from self._listed(chain[0].runpath, chain[0])
        if self.tree is not None:
            for folder in self.system:
                yield self.tree, folder

    def _given(self) -> Iterator[tuple[Tree, PurePosixPath]]:
        for path in self.library_paths:
            if self.tree is not None and path.is_relative_to(self.tree.root):
                yield self.tree, PurePosixPath("/", path.relative_to(self.tree.root))
            else:
                yield Tree(root=_OWN), PurePosixPath(path)

    def _listed(self, run_path: str | None, requester: Requester) -> Iterator[tuple[Tree, PurePosixPath]]:
        for entry in (run_path or "").split(":"):
            if entry:
                yield from self._expanded(entry, requester)

    def _expanded(self, entry: str, requester: Requester) -> Iterator[tuple[Tree, PurePosixPath]]:
        """The folders that an entry of a run path may stand for; one of the wheel is no file system's."""
        words = {"LIB": library_words(self.architecture), "PLATFORM": platform_words(self.architecture)}
        entries = [entry]
        for variable, meanings in words.items():
            if variable in {match[1] or match[2] for match in _VARIABLE.finditer(entry)}:
                entries = [
                    _VARIABLE.sub(lambda match: word if variable in match.groups() else match[0], one)  # noqa: B023 used at once
                    for one in entries
                    for word in meanings
                ]
        for one in entries:
            own = "ORIGIN" in {match[1] or match[2] for match in _VARIABLE.finditer(one)}
            tree = requester.tree if own else self.tree
            path = PurePosixPath(_VARIABLE.sub(lambda _: str(requester.folder), one))
            if tree is not None and path.is_absolute():
                yield tree, path

    def _loadable(self, path: Path) -> tuple[ElfFile | None, str]:
        """What a candidate says of itself; None and why, where the target cannot load it."""
        try:
            with path.open("rb") as file:
                if why := _not_read(file):
                    return None, why
                elf = parse_elf(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
        except OSError as error:
            return None, error.strerror or str(error)
        except MalformedElfError as error:
            return None, f"it is damaged ({error.why})"
        machine = machine_name(elf.machine, elf.elf_class, elf.byte_order)
        wanted = self.architecture
        if (elf.machine, elf.elf_class, elf.byte_order) != (wanted.elf_machine, wanted.bits, wanted.byte_order.value):
            return None, f"it is for {machine}, not {wanted.name}"
        libc = libc_of(elf)
        if libc is not None and libc is not self.libc:
            return None, f"it was linked for {libc}, not {self.libc}"
        return elf, ""


def _not_read(file: BinaryIO) -> str:
    """Why a candidate is not even parsed; "" where it is."""
    if not is_elf(file.read(4)):
        return "it is no ELF file"
    return f"it is larger than {_LARGEST >> 30} GiB" if os.fstat(file.fileno()).st_size > _LARGEST else ""


def libc_of(elf: ElfFile) -> Libc | None:
    """Return the C library that a file was linked for; None where it does not tell.

    Arguments:
        elf: what the file says of itself.
    """
    for name in elf.needed:
        if name.startswith("libc.musl-") or name == "libc.so":
            return Libc.MUSL
        if name == "libc.so.6" or name.startswith(("ld-linux", "ld64.so")):
            return Libc.GLIBC
    versions = (version for found in elf.version_needs.values() for version in found)
    return Libc.GLIBC if any(version.startswith("GLIBC_") for version in versions) else None
