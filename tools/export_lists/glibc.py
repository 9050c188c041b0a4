"""glibc, from the lists that zig links against: lib/libc/glibc/abilists of the installed package ziglang.

The format is described in the repository libc-abi-tools of the Zig project, which makes the file out of glibc's own
*.abilist files of every release: which library exports which name at which version, per architecture.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files

from crosswheel.targets import Architecture, architectures
from export_lists.sections import as_text

_SONAMES = {"c": 6, "m": 6, "pthread": 0, "dl": 2, "rt": 1, "util": 1, "resolv": 2}
_LAST = 1 << 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """One row: a name in a library at versions, on some targets."""

    name: str
    targets: int
    library: str
    versions: tuple[str, ...]


class Reader:
    """Reads the bytes from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def byte(self) -> int:
        """Return one byte."""
        self._at += 1
        return self._data[self._at - 1]

    def word(self) -> int:
        """Return two bytes, the low one first."""
        return self.byte() | self.byte() << 8

    def text(self) -> str:
        """Return what stands before the next zero."""
        end = self._data.index(0, self._at)
        text = self._data[self._at : end].decode("ascii")
        self._at = end + 1
        return text

    def number(self) -> int:
        """Return a ULEB128 number."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    def ended_bytes(self) -> Iterator[int]:
        """Yield bytes of seven bits, to the one whose eighth is set."""
        while True:
            byte = self.byte()
            yield byte & ~_LAST
            if byte & _LAST:
                return

    @property
    def is_at_end(self) -> bool:
        """Whether everything was read."""
        return self._at == len(self._data)


def read_abilists(data: bytes) -> tuple[list[str], list[Symbol]]:
    """Return the targets, whose numbers are the bits of `Symbol.targets`, and all rows."""
    reader = Reader(data)
    libraries = [reader.text() for _ in range(reader.byte())]
    versions = [(reader.byte(), reader.byte(), reader.byte()) for _ in range(reader.byte())]
    targets = [reader.text() for _ in range(reader.byte())]
    symbols = []
    for sized in (False, True, True):  # functions, objects, thread-local objects
        name = ""
        for _ in range(reader.word()):
            name = name or reader.text()
            on = reader.number()
            if sized:
                reader.number()
            library = reader.byte()
            found = tuple(_version(versions[number]) for number in reader.ended_bytes())
            symbols.append(Symbol(name=name, targets=on, library=libraries[library & ~_LAST], versions=found))
            if library & _LAST:
                name = ""
    if not reader.is_at_end:
        raise ValueError("abilists has more in it than its counts say: its format has changed")
    return targets, symbols


def glibc_texts() -> dict[str, str]:
    """Return the files of the lists, by their paths: one for each architecture that zig knows with glibc."""
    data = files("ziglang").joinpath("lib", "libc", "glibc", "abilists").read_bytes()
    targets, symbols = read_abilists(data)
    made = {}
    for architecture in architectures():
        triple = f"{architecture.zig}-linux-gnu{architecture.abi_suffix}"
        if triple in targets:
            made[f"glibc/{architecture}.txt"] = _text(architecture, targets.index(triple), symbols)
    return made


def _text(architecture: Architecture, target: int, symbols: list[Symbol]) -> str:
    sections: dict[tuple[str, ...], list[str]] = {}
    for symbol in symbols:
        if symbol.targets >> target & 1:
            for number in symbol.versions:
                words = (_soname(symbol.library, architecture), f"GLIBC_{number}", "-", architecture.name)
                sections.setdefault(words, []).append(symbol.name)
    return as_text(f"glibc on {architecture}: [library version - architecture]; ziglang {version('ziglang')}", sections)


def _soname(library: str, architecture: Architecture) -> str:
    return architecture.loader if library == "ld" else f"lib{library}.so.{_SONAMES[library]}"


def _version(parts: tuple[int, int, int]) -> str:
    major, minor, patch = parts
    return f"{major}.{minor}.{patch}" if patch else f"{major}.{minor}"
