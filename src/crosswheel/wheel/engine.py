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
# Of libscipy_openblas (25 MB) zlib-ng makes 7.9 MB in 0.3 s at 6, 7.6 MB in 0.8 s at 9; zlib 7.6 MB in 1.5 s at 6; isal
# 8.4 MB in 0.1 s at its best, and its streams depend on the machine's instructions.
_LEVEL = 6
DeflateError: type[Exception] = _LIBRARY.error
crc32: Callable[[bytes | memoryview, int], int] = _LIBRARY.crc32


def new_inflater() -> Inflater:
    """Return an object that inflates a raw deflate stream (RFC 1951), as zip archives hold it."""
    inflater: Inflater = _LIBRARY.decompressobj(-zlib.MAX_WBITS)
    return inflater


def deflated(block: bytes, before: bytes, flush: int) -> bytes:
    """Return the raw deflate stream of a block.

    Arguments:
        block: its bytes.
        before: what the stream ahead of it ends with, as far as deflate looks back.
        flush: how it ends: zlib.Z_SYNC_FLUSH, or zlib.Z_FINISH for the last.
    """
    arguments = (_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_DEFAULT_STRATEGY)
    compressor = _LIBRARY.compressobj(*arguments, before) if before else _LIBRARY.compressobj(*arguments)
    stream: bytes = compressor.compress(block) + compressor.flush(flush)
    return stream


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
