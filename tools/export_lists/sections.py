"""Writes the lists' files; crosswheel.exports.sections reads them."""

from collections.abc import Iterable, Mapping
from pathlib import Path

DATA = Path(__file__).parents[2] / "src" / "crosswheel" / "exports" / "data"


def as_text(title: str, sections: Mapping[tuple[str, ...], Iterable[str]]) -> str:
    """Return a file of the lists.

    Arguments:
        title: says what it is, for people.
        sections: names by the words of their section's head; those without names are left out.
    """
    parts = [f"# {title}\n"]
    parts += [
        f"[{' '.join(words)}]\n" + "".join(f"{name}\n" for name in sorted(set(names)))
        for words, names in sorted(sections.items(), key=lambda pair: _order(pair[0]))
        if names
    ]
    return "".join(parts)


def _order(words: tuple[str, ...]) -> tuple[object, ...]:
    return tuple(version_order(word) for word in words)


def version_order(word: str) -> tuple[tuple[int, int, str], ...]:
    """Return what sorts "GLIBC_2.9" before "GLIBC_2.10"."""
    digits = "".join(letter if letter.isdigit() else f" {letter} " for letter in word).split()
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in digits)
