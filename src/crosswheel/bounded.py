"""Reading numbers and texts out of the bytes of a file that nobody vouches for, bounds first."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from crosswheel.errors import BadInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundedBytes:
    """The bytes of a file, or of a part of one, that are never read beyond their end.

    Arguments:
        data: the bytes.
        byte_order: of the numbers in them.
        refuse: makes the error that says why the file is damaged.
    """

    data: memoryview
    byte_order: Literal["little", "big"]
    refuse: Callable[[str], BadInputError]

    def layout(self, fields: str) -> struct.Struct:
        """Return the layout of a record in the file's byte order.

        Arguments:
            fields: as `struct` writes them, without the byte order.
        """
        return struct.Struct(("<" if self.byte_order == "little" else ">") + fields)

    def piece(self, offset: int, size: int, what: str) -> memoryview:
        """Return `size` bytes from `offset`.

        Raises:
            BadInputError: they are not all there.
        """
        if offset < 0 or size < 0 or offset + size > len(self.data):
            raise self.refuse(
                f"{what} is said to be at bytes {offset} to {offset + size}, but the file ends at {len(self.data)}"
            )
        return self.data[offset : offset + size]

    def record(self, fields: str, offset: int, what: str) -> tuple[int, ...]:
        """Return the numbers of one record.

        Raises:
            BadInputError: it is not all there.
        """
        layout = self.layout(fields)
        return layout.unpack(self.piece(offset, layout.size, what))

    def table(self, fields: str, offset: int, count: int, what: str) -> Iterator[tuple[int, ...]]:
        """Return the records of a table, one after the other.

        Raises:
            BadInputError: it is not all there.
        """
        layout = self.layout(fields)
        return layout.iter_unpack(self.piece(offset, layout.size * count, what))

    def text(self, offset: int, limit: int, what: str) -> str:
        """Return the text that begins there and ends with a zero byte; bytes that are no UTF-8 become escapes.

        Arguments:
            offset: of its first byte.
            limit: number of bytes that it may have at most.
            what: the text, for messages.

        Raises:
            BadInputError: it begins outside, or does not end within the limit or the file.
        """
        start = bytes(self.piece(offset, min(limit + 1, max(len(self.data) - offset, 0)), what))
        text, end, _ = start.partition(b"\0")
        if not end:
            raise self.refuse(f"{what} does not end")
        return text.decode("utf-8", "backslashreplace")


class Allowance:
    """Memory that what is read out of several files may take together, by as many threads as read them.

    Arguments:
        size: bytes.
        refuse: makes the error that says that it is used up.
    """

    def __init__(self, size: int, refuse: Callable[[], BadInputError]) -> None:
        self._left = size
        self._lock = Lock()
        self._refuse = refuse

    def take(self, size: int) -> None:
        """Take bytes, before they are used.

        Raises:
            BadInputError: so many are not left.
        """
        with self._lock:
            self._left -= size
            left = self._left
        if left < 0:
            raise self._refuse()
