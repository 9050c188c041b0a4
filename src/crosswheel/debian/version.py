"""The order of Debian versions (deb-version(7), Debian Policy 5.6.12)."""

import re
from collections.abc import Callable, Mapping

_PIECES = re.compile(r"([^0-9]*)([0-9]*)")

Key = tuple[int, tuple[tuple[int, ...] | int, ...], tuple[tuple[int, ...] | int, ...]]
_BY_SIGN: Mapping[str, Callable[[Key, Key], bool]] = {
    "<<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    "=": lambda one, other: one == other,
    ">=": lambda one, other: one >= other,
    ">>": lambda one, other: one > other,
}


def version_key(text: str) -> Key:
    """Return a value that orders as the version does: epoch, upstream version, revision.

    Raises:
        ValueError: the epoch is no number.
    """
    epoch, colon, rest = text.strip().partition(":")
    if not colon:
        epoch, rest = "0", epoch
    upstream, dash, revision = rest.rpartition("-")
    if not dash:
        upstream, revision = rest, ""
    return (int(epoch), _part_key(upstream), _part_key(revision))


def satisfies(version: str, sign: str, wanted: str) -> bool:
    """Return whether `version` stands in the relation `sign` (<<, <=, =, >=, >>) to `wanted`."""
    return _BY_SIGN[sign](version_key(version), version_key(wanted))


def _part_key(text: str) -> tuple[tuple[int, ...] | int, ...]:
    # An absent revision equals "0". The empty last match of the pattern ends the key: a tilde sorts before that end.
    key: list[tuple[int, ...] | int] = []
    for other, digits in _PIECES.findall(text or "0"):
        key += [(*map(_character_key, other), 0), int(digits or "0")]
    return tuple(key)


def _character_key(character: str) -> int:
    if character == "~":
        return -1
    return ord(character) if character.isalpha() else ord(character) + 0x110000
