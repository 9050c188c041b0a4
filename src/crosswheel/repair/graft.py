"""Which libraries from outside a wheel needs, and theirs, and how each is called inside."""

import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from crosswheel.audit import WheelFacts
from crosswheel.repair.search import Answer, FoundLibrary, LibrarySearch, Requester

_HASH_DIGITS = 8
# What no installer, or no loader, takes for a part of a file name: a backslash parts folders on Windows, "$" begins
# a variable of ld.so(8), ":" parts run paths.
_ODD = re.compile(r"[^\w.+@~=,-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A library that is needed and could not be found.

    Arguments:
        name: as DT_NEEDED has it.
        needed_by: files that ask for it, members of the wheel or libraries.
        answer: what the last search came to.
    """

    name: str
    needed_by: tuple[str, ...]
    answer: Answer

    def __str__(self) -> str:
        told = f"{self.needed_by[0]} needs {self.name}, which was not found"
        if self.answer.passed_over:
            return f"{told}: {'; '.join(self.answer.passed_over)}"
        looked = self.answer.looked_into
        return f"{told} in {', '.join(looked)}" if looked else f"{told}: there was no folder to look into"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The libraries from outside that have to come into the wheel.

    Arguments:
        found: by the name that they are asked for by, needs of needs included.
        missing: those that were not found.
        passed_over: candidates that are not taken, one sentence each: the target cannot load them, or another file has
            their name already.
    """

    found: Mapping[str, FoundLibrary]
    missing: tuple[Missing, ...]
    passed_over: tuple[str, ...]


@dataclass(frozen=True)
class Collector:
    """Finds the libraries that a wheel needs from outside; what was found once is not searched again.

    Arguments:
        facts: of the wheel.
        search: where the target's loader looks.
    """

    facts: WheelFacts
    search: LibrarySearch
    _answers: dict[tuple[str, tuple[object, ...]], Answer] = field(default_factory=dict, init=False, repr=False)

    def collect(self, is_promised: Callable[[str], bool], include: Sequence[str] = ()) -> Outside:
        """Return what has to come in where some libraries need not.

        One name is one library in the whole wheel, as it is in one process: the first that is found.

        Arguments:
            is_promised: whether a library may stay outside.
            include: names of libraries that come in though no file says that it needs them.
        """
        by_need = self._by_need()
        waiting: deque[tuple[str, str, tuple[Requester, ...]]] = deque()  # a name, who asks for it, and its chain
        for path, file in self.facts.elf_files.items():
            outside = [name for name in file.needed if name not in self.facts.libraries and not is_promised(name)]
            if outside:
                chain = self._chain(path, by_need)
                waiting.extend((name, path, chain) for name in outside)
        if include:
            anywhere = tuple(self._requester(path) for path in self.facts.elf_files)
            waiting.extend((name, "the command line (--include)", anywhere) for name in include)
        found: dict[str, FoundLibrary] = {}
        missing: dict[str, list[tuple[str, Answer]]] = {}
        passed_over: dict[str, None] = {}
        while waiting:
            name, asker, chain = waiting.popleft()
            if name in self.facts.libraries or (is_promised(name) and name not in include):
                continue
            answer = self._answer(name, chain)
            if name in found:
                passed_over |= dict.fromkeys(_another(asker, answer.found, found[name]))
                continue
            passed_over |= dict.fromkeys(answer.passed_over)
            if answer.found is None:
                missing.setdefault(name, []).append((asker, answer))
                continue
            found[name] = answer.found
            inherited = (answer.found.requester, *chain)
            waiting.extend((other, answer.found.name, inherited) for other in answer.found.elf.needed)
        return Outside(
            found=found,
            missing=tuple(
                Missing(name=name, needed_by=tuple(asker for asker, _ in asked), answer=asked[-1][1])
                for name, asked in missing.items()
                if name not in found
            ),
            passed_over=tuple(passed_over),
        )

    def _answer(self, name: str, chain: tuple[Requester, ...]) -> Answer:
        # Of a member of the wheel nothing but its run paths makes a difference: $ORIGIN leads to no file system there.
        key = (name, tuple((one.tree, one.tree and one.folder, one.rpath, one.runpath) for one in chain))
        if key not in self._answers:
            self._answers[key] = self.search.find(name, chain)
        return self._answers[key]

    def _by_need(self) -> Mapping[str, list[str]]:
        """The members that need each library of the wheel, by its path."""
        found: dict[str, list[str]] = {}
        for path, file in self.facts.elf_files.items():
            for name in file.needed:
                if name in self.facts.libraries:
                    found.setdefault(self.facts.libraries[name], []).append(path)
        return found

    def _chain(self, path: str, by_need: Mapping[str, list[str]]) -> tuple[Requester, ...]:
        """A member, and the members that bring it in, near ones first."""
        found = {path: None}
        waiting = deque([path])
        while waiting:
            fresh = [other for other in by_need.get(waiting.popleft(), ()) if other not in found]
            found |= dict.fromkeys(fresh)
            waiting.extend(fresh)
        return tuple(self._requester(one) for one in found)

    def _requester(self, path: str) -> Requester:
        file = self.facts.elf_files[path]
        return Requester(
            name=path, tree=None, folder=PurePosixPath(path).parent, rpath=file.rpath, runpath=file.runpath
        )


def _another(asker: str, found: FoundLibrary | None, taken: FoundLibrary) -> Iterator[str]:
    """Tell where a file finds another library under a name that is taken: it gets the first one, as in one process."""
    if found is not None and found.path != taken.path and sha256_of_library(found) != sha256_of_library(taken):
        yield f"{found.path}, which {asker} would find as {found.name}, was passed over: {taken.path} came first"


def graft_name(library: FoundLibrary, digest: str) -> str:
    """Return the name that a library gets in the wheel: another build of it has another one.

    What the repair changes in it has no say: every repair of a wheel, stripping or not, knows the file again.

    Arguments:
        library: what was found.
        digest: SHA-256 of its bytes, in hexadecimal.
    """
    name = _ODD.sub("_", PurePosixPath(library.elf.soname or library.name).name)
    mark = f"-{digest[:_HASH_DIGITS]}"
    stem, dot, rest = name.partition(".so")
    return name if stem.endswith(mark) else f"{stem}{mark}{dot}{rest}"


def is_plain(name: str) -> bool:
    """Return whether a name can be that of a library in a wheel as it stands."""
    return PurePosixPath(name).name == name and name != ".." and not _ODD.search(name)


def sha256_of_library(library: FoundLibrary) -> str:
    """Return the SHA-256 of a library's bytes, in hexadecimal."""
    with library.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
