"""What `update-alternatives` would link, read from the scripts that packages are configured with; no script is run."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

_PROGRAM = "update-alternatives"
# A word with one of these is what only a shell could tell, and no file name of a package has them.
_OF_A_SHELL = frozenset("$`*?<>|&;")
# Words after which another command begins.
_ENDS = frozenset({"||", "&&", ";", "then", "fi", "do", "done", "else"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One way to fill a name, as `update-alternatives --install` has it (update-alternatives(1)).

    Arguments:
        name: of the group, of which the highest priority wins.
        priority: among those of its name.
        links: absolute path → absolute path that it leads to; the group's own link first, then those of its slaves.
    """

    name: str
    priority: int
    links: Mapping[str, str]


def read_alternatives(script: str) -> tuple[Alternative, ...]:
    """Return the alternatives that a maintainer script installs, under whatever condition; only literal ones.

    Arguments:
        script: text of a `postinst` (Debian policy, 6.5).
    """
    return tuple(found for words in _commands(script) if (found := _alternative(words)))


def chosen_links(alternatives: Iterable[Alternative]) -> Mapping[str, str]:
    """Return the links of the alternative that wins for each name: the highest priority, of equals the first.

    Arguments:
        alternatives: of all packages, in the order in which they are configured.
    """
    best: dict[str, Alternative] = {}
    for alternative in alternatives:
        known = best.get(alternative.name)
        if known is None or alternative.priority > known.priority:
            best[alternative.name] = alternative
    return {link: path for alternative in best.values() for link, path in alternative.links.items()}


def _commands(script: str) -> Iterator[list[str]]:
    """Yield what follows the program's name, for each time that it is called."""
    for line in script.replace("\\\n", " ").splitlines():
        if _PROGRAM not in line:
            continue
        try:
            words = shlex.split(line.replace(";", " ; "), comments=True)
        except ValueError:
            continue
        for at, word in enumerate(words):
            if word.rpartition("/")[2] == _PROGRAM:
                yield list(takewhile(lambda word: word not in _ENDS, words[at + 1 :]))


def _alternative(words: Sequence[str]) -> Alternative | None:
    if "--install" not in words or any(_OF_A_SHELL.intersection(word) for word in words):
        return None
    at = words.index("--install")
    link, name, path, priority, *rest = (*words[at + 1 :], "", "", "", "")
    if not priority.lstrip("-").isdecimal():
        return None
    links = {link: path}
    for number, word in enumerate(rest):
        if word == "--slave":
            slave, _, target = (*rest[number + 1 : number + 4], "", "", "")[:3]
            links[slave] = target
    # What is not absolute is refused by update-alternatives too.
    absolute = {link: path for link, path in links.items() if link.startswith("/") and path.startswith("/")}
    return Alternative(name=name, priority=int(priority), links=absolute)
