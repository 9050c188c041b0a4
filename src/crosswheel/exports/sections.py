"""The lists' files: sections of names, each below a line in brackets that says whose names they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Names that have something in common.

    Arguments:
        words: what the line in brackets says.
        text: the names, one a line; split only where they are wanted.
    """

    words: tuple[str, ...]
    text: str

    @property
    def names(self) -> frozenset[str]:
        """The names."""
        return frozenset(self.text.split())


def read_sections(*path: str) -> Iterator[Section]:
    """Yield the sections of a file of the lists; none when there is no such file.

    Arguments:
        path: below the folder of the lists.
    """
    # importlib.resources, which would find it in a zip archive too, takes longer to load than most of the lists.
    place = Path(__file__).with_name("data").joinpath(*path)
    if not place.is_file():
        return
    # What stands before the first section is for people.
    for section in place.read_text(encoding="utf-8").split("\n[")[1:]:
        head, _, text = section.partition("]\n")
        yield Section(words=tuple(head.split()), text=text)
