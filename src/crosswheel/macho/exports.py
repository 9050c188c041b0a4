"""The exported names of a Mach-O file that Python may look for, and no others: a large library has many thousands."""

import re
from itertools import islice

from crosswheel.bounded import BoundedBytes

_BEGINNINGS = (b"_PyInit_", b"_PyInitU_", b"_init")
_IN_STRINGS = re.compile(rb"(?<=\0)_(?:PyInitU?_|init)[A-Za-z0-9_]{1,1000}(?=\0)")
_MAXIMUM_NAME = 4096  # bytes
# Only branches that may lead to such a name are read; of a large library that is some kilobytes.
_TRIE_READS = 1 << 22  # bytes
_MAXIMUM_NAMES = 1 << 16
_MAXIMUM_SYMBOLS = 1 << 23  # the largest libraries have some hundred thousands
_STAB, _TYPE, _EXTERNAL = 0xE0, 0x0E, 0x01  # bits of n_type; a type of 0 is an undefined symbol


def trie_initializers(view: BoundedBytes, offset: int, size: int) -> tuple[str, ...]:
    """Return the names out of the trie of exported symbols (LC_DYLD_INFO, LC_DYLD_EXPORTS_TRIE), sorted.

    Arguments:
        view: of one machine's code.
        offset: of the trie in it.
        size: of the trie, in bytes.

    Raises:
        BadInputError: it leaves the file, or does not end.
    """
    trie = _Trie(bytes(view.piece(offset, size, "the trie of exported names")), view)
    names: set[str] = set()
    waiting = [(0, b"")]
    seen = {0}
    while waiting:
        node, prefix = waiting.pop()
        is_symbol, children = trie.node(node)
        if is_symbol and prefix.startswith(_BEGINNINGS):
            names.add(prefix[1:].decode("utf-8", "backslashreplace"))
        for edge, child in children:
            name = prefix + edge
            if len(name) > _MAXIMUM_NAME:
                raise view.refuse(f"an exported name has more than {_MAXIMUM_NAME} bytes")
            if name.startswith(_BEGINNINGS) or any(beginning.startswith(name) for beginning in _BEGINNINGS):
                if child in seen:
                    raise view.refuse("the trie of exported names runs in a circle")
                seen.add(child)
                trie.spend(len(name))
                waiting.append((child, name))
    return tuple(sorted(names))


class _Trie:
    __slots__ = ("_data", "_left", "_view")

    def __init__(self, data: bytes, view: BoundedBytes) -> None:
        self._data = data
        self._view = view
        self._left = _TRIE_READS

    def node(self, at: int) -> tuple[bool, list[tuple[bytes, int]]]:
        """Return whether a symbol ends at a node, and its edges with the nodes that they lead to."""
        begin = at
        size, at = self._number(at)
        at += size
        count = self._byte(at)
        at += 1
        children = []
        for _ in range(count):
            end = self._data.find(b"\0", at, at + _MAXIMUM_NAME + 1)
            if end < 0:
                raise self._view.refuse("a name in the trie of exported names does not end")
            edge = self._data[at:end]
            child, at = self._number(end + 1)
            children.append((edge, child))
        self.spend(at - begin - size)
        return size > 0, children

    def spend(self, size: int) -> None:
        """Take so many bytes from what may still be read and kept."""
        self._left -= size
        if self._left < 0:
            raise self._view.refuse("the trie of exported names has names without end")

    def _byte(self, at: int) -> int:
        if at >= len(self._data):
            raise self._view.refuse("the trie of exported names is cut off")
        return self._data[at]

    def _number(self, at: int) -> tuple[int, int]:
        """Return an unsigned LEB128 number and where the next byte is."""
        number = 0
        for shift in range(0, 63, 7):
            byte = self._byte(at)
            at += 1
            number |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004 the bit that says that more follow
                return number, at
        raise self._view.refuse("a number in the trie of exported names does not end")


def table_initializers(view: BoundedBytes, place: tuple[int, ...], *, wide: bool) -> tuple[str, ...]:
    """Return the names out of the symbol table (LC_SYMTAB), sorted.

    Arguments:
        view: of one machine's code.
        place: offset of the table, number of its rows, offset and size of the strings.
        wide: whether addresses have 64 bits.

    Raises:
        BadInputError: it leaves the file.
    """
    symbols_at, count, strings_at, strings_size = place
    strings = view.piece(strings_at, strings_size, "the strings of the symbol table")
    matches = islice(_IN_STRINGS.finditer(strings), _MAXIMUM_NAMES + 1)
    found = {match.start(): match[0] for match in matches}
    if len(found) > _MAXIMUM_NAMES or count > _MAXIMUM_SYMBOLS:
        raise view.refuse("its symbol table has names without end")
    rows = view.table("IBBHQ" if wide else "IBBHI", symbols_at, count, "the symbol table")
    if not found:
        return ()
    defined = {
        found[name]
        for name, kind, _, _, _ in rows
        if name in found and not kind & _STAB and kind & _EXTERNAL and kind & _TYPE
    }
    return tuple(sorted(name[1:].decode() for name in defined))
