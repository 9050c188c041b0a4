"""Deflating in several threads: the same bytes come out, however many there are."""

import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future

from crosswheel.wheel.engine import deflated

BLOCK = 1024 * 1024
"""Bytes that are compressed as one piece. It is part of what the same input gives."""
_DICTIONARY = 32 * 1024  # as far as deflate looks back (RFC 1951, 3.2.5)


def blocks(chunks: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """Yield the same bytes in blocks of `BLOCK`, the last one shorter; one empty block where there are none."""
    parts: list[bytes | memoryview] = []
    size = 0
    waiting: bytes | None = None
    for chunk in chunks:
        rest = memoryview(chunk)
        while rest:
            part = rest[: BLOCK - size]
            parts.append(part)
            size += len(part)
            rest = rest[len(part) :]
            if size == BLOCK:
                if waiting is not None:
                    yield waiting
                waiting, parts, size = b"".join(parts), [], 0
        # The caller may use the room of its chunk again.
        parts = [b"".join(parts)] if parts else []
    if waiting is not None:
        yield waiting
    if parts or waiting is None:
        yield b"".join(parts)


class Deflater:
    """Deflates one member after the other, block by block, in the threads of a pool; at most so many are under way.

    Each block begins with what came ahead of it as its dictionary, as if one thread had done all of it, and ends on a
    byte (Z_SYNC_FLUSH), so that the streams can be put one behind the other.

    Arguments:
        pool: the threads.
        window: blocks that are under way at a time.
    """

    def __init__(self, pool: Executor, window: int) -> None:
        self._pool = pool
        self._window = window

    def deflate(self, content: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the raw deflate stream of a member.

        Arguments:
            content: its `blocks`.
        """
        under_way: deque[Future[bytes]] = deque()
        before, block = b"", None
        for following in content:
            if block is not None:
                under_way.append(self._pool.submit(deflated, block, before, zlib.Z_SYNC_FLUSH))
                before = block[-_DICTIONARY:]
            block = following
            if len(under_way) >= self._window:
                yield under_way.popleft().result()
        if block is not None:
            under_way.append(self._pool.submit(deflated, block, before, zlib.Z_FINISH))
        while under_way:
            yield under_way.popleft().result()
