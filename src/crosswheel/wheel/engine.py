"""Deflate: whichever implementation this Python has, and pieces that are small enough for memory."""

import zlib
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Protocol


class Inflater(Protocol):
    """What a decompression object of zlib, or of zlib-ng, can do."""

    @property
    def eof(self) -> bool:
        """Whether the end of the stream was seen."""
        ...

    @property
    def unconsumed_tail(self) -> bytes:
        """Input that was not looked at yet, since the limit was reached."""
        ...

    @property
    def unused_data(self) -> bytes:
        """Input behind the end of the stream."""
        ...

    def decompress(self, data: bytes | memoryview, max_length: int = ..., /) -> bytes:
        """Return at most that many bytes more."""
        ...


def _library() -> ModuleType:
    # Half of zlib's time for inflating, a seventh of it for the checksum; on machines for which it has no wheel, zlib.
    try:
        return import_module("zlib_ng.zlib_ng")
    except ImportError:
        return zlib


_LIBRARY = _library()
DeflateError: type[Exception] = _LIBRARY.error
crc32: Callable[[bytes | memoryview, int], int] = _LIBRARY.crc32


def new_inflater() -> Inflater:
    """Return an object that inflates a raw deflate stream (RFC 1951), as zip archives hold it."""
    inflater: Inflater = _LIBRARY.decompressobj(-zlib.MAX_WBITS)
    return inflater


def inflated(pieces: Iterator[bytes], at_once: int) -> Iterator[bytes]:
    """Yield what a raw deflate stream holds.

    Arguments:
        pieces: of the compressed stream.
        at_once: bytes that one piece of the answer has at most.

    Raises:
        DeflateError: the stream is damaged, cut off, or something follows its end.
    """
    inflater = new_inflater()
    for piece in pieces:
        waiting: bytes = piece
        while waiting and not inflater.eof:
            data = inflater.decompress(waiting, at_once)
            waiting = inflater.unconsumed_tail
            if data:
                yield data
        if inflater.eof and (inflater.unused_data or waiting):
            raise DeflateError("something follows the end of the compressed stream")
    while not inflater.eof:
        data = inflater.decompress(b"", at_once)
        if not data:
            raise DeflateError("the compressed stream is cut off")
        yield data
