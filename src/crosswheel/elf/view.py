"""Reading numbers and strings out of bytes, bounds first."""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, cast

from crosswheel.bounded import Allowance
from crosswheel.elf.value import MalformedElfError

# Each string table may be read so many times over: names share tails, but a table of a million names that all begin at
# the start of one endless string is an attack.
STRING_TABLE_READS = 32
# Bytes of memory: of a symbol beside its name's letters, and of a letter where some are not ASCII or no text at all.
_NAME_COST, _LETTER_COST = 160, 4
_WORTH_SPLITTING = 3  # to find one name takes as long as to split so many off
_MOST_SPLIT = 1 << 19  # names; more take too much memory at once


def malformed(why: str) -> MalformedElfError:
    """Return the error that says what is wrong with the file."""
    return MalformedElfError("an ELF file is damaged", why=why, hint="build it or fetch it again")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The bytes of a file, and how its header says numbers are laid out in them.

    Arguments:
        data: the file.
        elf_class: 32 or 64.
        byte_order: "little" or "big".
        allowance: memory that facts may take; None for any.
    """

    data: memoryview
    elf_class: Literal[32, 64]
    byte_order: Literal["little", "big"]
    allowance: Allowance | None = None

    @property
    def is_wide(self) -> bool:
        """Whether addresses have 64 bits."""
        return self.elf_class == 64  # noqa: PLR2004 bits

    def layout(self, for_32: str, for_64: str) -> struct.Struct:
        """Return the layout of a record, by class, in the file's byte order."""
        order = "<" if self.byte_order == "little" else ">"
        return struct.Struct(order + (for_64 if self.is_wide else for_32))

    def piece(self, offset: int, size: int, what: str) -> memoryview:
        """Return `size` bytes from `offset`.

        Raises:
            MalformedElfError: they are not all in the file.
        """
        if offset < 0 or size < 0 or offset + size > len(self.data):
            raise malformed(
                f"{what} is said to be at bytes {offset} to {offset + size}, but the file ends at {len(self.data)}"
            )
        return self.data[offset : offset + size]

    def record(self, layout: struct.Struct, offset: int, what: str) -> tuple[int, ...]:
        """Return the numbers of one record.

        Raises:
            MalformedElfError: it is not all in the file.
        """
        return layout.unpack(self.piece(offset, layout.size, what))

    def table(self, layout: struct.Struct, offset: int, count: int, what: str) -> Iterator[tuple[int, ...]]:
        """Return the records of a table, one after the other.

        Raises:
            MalformedElfError: it is not all in the file.
        """
        return layout.iter_unpack(self.piece(offset, layout.size * count, what))

    def allow(self, size: int) -> None:
        """Take memory for facts, before it is used.

        Arguments:
            size: bytes.

        Raises:
            BadInputError: so much is not left.
        """
        if self.allowance is not None:
            self.allowance.take(size)

    def strings(self, offset: int, size: int, what: str) -> "Strings":
        """Return a string table.

        Raises:
            MalformedElfError: it is not all in the file.
        """
        return Strings(bytes(self.piece(offset, size, what)), what, self.allow)


class Strings:
    """A string table, with a bound on how much is read out of it.

    Arguments:
        data: its bytes.
        what: which one it is, for messages.
        allow: told the memory that names will take, before they are read.
    """

    __slots__ = ("_allow", "_data", "_known", "_left", "_letter_cost", "_what")

    def __init__(self, data: bytes, what: str, allow: Callable[[int], None]) -> None:
        self._data = data
        self._what = what
        self._allow = allow
        self._letter_cost = 1 if data.isascii() else _LETTER_COST
        self._left = STRING_TABLE_READS * len(data)
        self._known: dict[int, str] = {}

    def text(self, offset: int) -> str:
        """Return the string that begins there; bytes that are no UTF-8 are written as escapes.

        Raises:
            MalformedElfError: it begins or ends outside, or the table was read too often.
            BadInputError: the names take more memory than they may.
        """
        self._allow(_NAME_COST)
        return self._text(offset)

    def _text(self, offset: int) -> str:
        data = self._data
        end = data.find(b"\0", offset) if offset < len(data) else -1
        if end < 0:
            raise malformed(f"a name begins or ends outside of {self._what}")
        self._left -= end - offset
        if self._left < 0:
            raise malformed(f"the names in {self._what} overlap without end")
        self._allow(self._letter_cost * (end - offset))
        return data[offset:end].decode("utf-8", "backslashreplace")

    def texts(self, offsets: Sequence[int]) -> list[str]:
        """Return the strings that begin at these places; see `text`.

        Raises:
            MalformedElfError: as `text` does.
            BadInputError: as `text` does.
        """
        self._allow(_NAME_COST * len(offsets))
        data = self._data
        # Most tables hold little else than the names that are asked for: splitting them once is quickest, and costs no
        # more than the table's size, however often a name is asked for. Names share tails, too.
        if data.count(b"\0") > min(len(offsets) * _WORTH_SPLITTING, _MOST_SPLIT) or not data.isascii():
            return [self._text(offset) for offset in offsets]
        if not self._known:
            self._allow(len(data))
            names = data.decode("ascii").split("\0")
            del names[-1]  # what has no end is no name
            self._known = dict(zip(accumulate(map((1).__add__, map(len, names)), initial=0), names, strict=False))
        known = list(map(self._known.get, offsets))
        if None not in known:
            return cast("list[str]", known)
        return [self._text(offset) if name is None else name for name, offset in zip(known, offsets, strict=True)]
