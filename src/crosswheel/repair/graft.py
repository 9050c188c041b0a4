"""Which libraries from outside a wheel needs, and theirs, and how each is called inside."""

import hashlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from crosswheel.audit import WheelFacts
from crosswheel.repair.search import Answer, FoundLibrary, LibrarySearch, Requester

_HASH_DIGITS = 8


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
        passed_over: candidates that the target cannot load, one sentence each.
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
    _answers: dict[tuple[str, tuple[Requester, ...]], Answer] = field(default_factory=dict, init=False, repr=False)

    def collect(self, is_promised: Callable[[str], bool], include: Sequence[str] = ()) -> Outside:
        """Return what has to come in where some libraries need not.

        One name is one library in the whole wheel, as it is in one process: the first that is found.

        Arguments:
            is_promised: whether a library may stay outside.
            include: names of libraries that come in though no file says that it needs them.
        """
        by_need = self._by_need()
        waiting: deque[tuple[str, tuple[Requester, ...]]] = deque()
        for path, file in self.facts.elf_files.items():
            outside = [name for name in file.needed if name not in self.facts.libraries and not is_promised(name)]
            if outside:
                chain = self._chain(path, by_need)
                waiting.extend((name, chain) for name in outside)
        if include:
            anywhere = tuple(self._requester(path) for path in self.facts.elf_files)
            waiting.extend((name, anywhere) for name in include)
        found: dict[str, FoundLibrary] = {}
        missing: dict[str, list[tuple[str, Answer]]] = {}
        passed_over: dict[str, None] = {}
        while waiting:
            name, chain = waiting.popleft()
            if name in found or name in self.facts.libraries or (is_promised(name) and name not in include):
                continue
            answer = self._answer(name, chain)
            passed_over |= dict.fromkeys(answer.passed_over)
            if answer.found is None:
                missing.setdefault(name, []).append((chain[0].name if chain else "--include", answer))
                continue
            found[name] = answer.found
            inherited = (answer.found.requester, *chain)
            waiting.extend((other, inherited) for other in answer.found.elf.needed)
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
        key = (name, chain)
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


def graft_name(library: FoundLibrary, digest: str) -> str:
    """Return the name that a library gets in the wheel: no other wheel's library of that name is taken for it.

    Arguments:
        library: what was found.
        digest: SHA-256 of its bytes, in hexadecimal.
    """
    name = PurePosixPath(library.elf.soname or library.name).name
    mark = f"-{digest[:_HASH_DIGITS]}"
    stem, dot, rest = name.partition(".so")
    return name if stem.endswith(mark) else f"{stem}{mark}{dot}{rest}"


def sha256_of_library(library: FoundLibrary) -> str:
    """Return the SHA-256 of a library's bytes, in hexadecimal."""
    with library.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
