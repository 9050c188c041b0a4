"""The symbols of ELF objects and archives of any machine, as nm(1) lists them; libtool cannot do without.

zig has no nm, and this machine's may know no other machine's files.
"""

import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosswheel.errors import BadInputError

_ARCHIVE = b"!<arch>\n"
_CLASS64, _BIG_ENDIAN = 2, 2  # EI_CLASS, EI_DATA
_MEMBER = 60  # bytes of an archive member's header (ar(5))
_SYMTAB, _NOBITS = 2, 8  # sh_type
_WRITE, _LOADED, _EXECUTE = 1, 2, 4  # sh_flags
_ABSOLUTE, _COMMON = 0xFFF1, 0xFFF2  # st_shndx
_SECTION, _FILE = 3, 4  # symbol types
_LOCAL, _WEAK = 0, 2  # symbol bindings


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """One row of a symbol table.

    Arguments:
        name: of the symbol.
        value: its address or offset.
        letter: its kind as nm writes it: T, D, B, R, C, W, A, U; in lower case when it is local.
        width: hexadecimal digits of an address.
    """

    name: str
    value: int
    letter: str
    width: int

    def __str__(self) -> str:
        value = " " * self.width if self.letter in "Uw" else f"{self.value:0{self.width}x}"
        return f"{value} {self.letter} {self.name}"


def members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of an archive's members, its indexes left out.

    Raises:
        BadInputError: the archive is damaged.
    """
    names = b""
    position = len(_ARCHIVE)
    while position + _MEMBER <= len(data):
        header = data[position : position + _MEMBER]
        try:
            size = int(header[48:58])
        except ValueError as error:
            raise BadInputError("the archive is damaged", why=f"no size at {position}") from error
        name = header[:16].rstrip().decode(errors="replace")
        content = data[position + _MEMBER : position + _MEMBER + size]
        position += _MEMBER + size + size % 2
        if name == "//":
            names = content
        elif name not in {"/", "/SYM64/"}:
            if name[:1] == "/" and name[1:].isdigit():
                name = names[int(name[1:]) :].partition(b"\n")[0].decode(errors="replace")
            yield name.removesuffix("/"), content


def symbols(data: bytes) -> Iterator[Symbol]:
    """Yield the symbols of an ELF file's symbol table, those of files and sections left out.

    Raises:
        BadInputError: it is no ELF file, or a damaged one.
    """
    if data[:4] != b"\x7fELF" or len(data) < 52:  # noqa: PLR2004 the shorter ELF header
        raise BadInputError("file format not recognized")
    wide = data[4] == _CLASS64
    order = ">" if data[5] == _BIG_ENDIAN else "<"
    try:
        yield from _table(data, wide=wide, order=order)
    except (struct.error, IndexError) as error:
        raise BadInputError("the file is damaged", why=str(error)) from error


def _table(data: bytes, *, wide: bool, order: str) -> Iterator[Symbol]:
    start, step, count = _section_table(data, wide=wide, order=order)
    form = order + ("IIQQQQIIQQ" if wide else "IIIIIIIIII")
    sections = [struct.unpack_from(form, data, start + number * step) for number in range(count)]
    for kind, offset, size, link in ((row[1], row[4], row[5], row[6]) for row in sections):
        if kind != _SYMTAB:
            continue
        names = data[sections[link][4] : sections[link][4] + sections[link][5]]
        for row in range(offset, offset + size, 24 if wide else 16):
            if wide:
                name, info, _, section, value, _ = struct.unpack_from(order + "IBBHQQ", data, row)
            else:
                name, value, _, info, _, section = struct.unpack_from(order + "IIIBBH", data, row)
            text = names[name:].partition(b"\0")[0].decode(errors="replace")
            if text and info & 15 not in {_SECTION, _FILE}:
                flags = sections[section] if 0 < section < count else None
                letter = _letter(section, info >> 4, flags)
                yield Symbol(name=text, value=value, letter=letter, width=16 if wide else 8)


def _section_table(data: bytes, *, wide: bool, order: str) -> tuple[int, int, int]:
    (start,) = struct.unpack_from(order + ("Q" if wide else "I"), data, 40 if wide else 32)
    step, count = struct.unpack_from(order + "HH", data, 58 if wide else 46)
    return start, step, count


def _letter(section: int, binding: int, row: tuple[int, ...] | None) -> str:
    if section == 0:
        return "w" if binding == _WEAK else "U"
    if binding == _WEAK:
        return "W"
    if section == _COMMON:
        letter = "C"
    elif section == _ABSOLUTE or row is None:
        letter = "A"
    elif not row[2] & _LOADED:
        letter = "N"
    elif row[2] & _EXECUTE:
        letter = "T"
    elif row[1] == _NOBITS:
        letter = "B"
    else:
        letter = "D" if row[2] & _WRITE else "R"
    return letter.lower() if binding == _LOCAL else letter


def main(arguments: Sequence[str]) -> int:
    """List the symbols of the files named, as `nm -B` does; return the exit status.

    Arguments:
        arguments: files; of the options, -g, -u and --defined-only matter.
    """
    options = {argument for argument in arguments if argument.startswith("-")}
    files = [argument for argument in arguments if not argument.startswith("-")] or ["a.out"]
    status = 0
    for file in files:
        try:
            data = Path(file).read_bytes()
            parts = list(members(data)) if data.startswith(_ARCHIVE) else [("", data)]
            lines = [line for name, content in parts for line in _listed(name, content, options)]
        except (OSError, BadInputError) as error:
            sys.stderr.write(f"nm: {file}: {error.strerror if isinstance(error, OSError) else error}\n")
            status = 1
            continue
        heading = f"\n{file}:\n" if len(files) > 1 else ""
        sys.stdout.write(heading + "".join(f"{line}\n" for line in lines))
    return status


def _listed(name: str, content: bytes, options: set[str]) -> Iterator[str]:
    if name:
        yield f"\n{name}:"
    for symbol in sorted(symbols(content), key=lambda one: one.name):
        undefined = symbol.letter in "Uw"
        if undefined and "--defined-only" in options:
            continue
        if not undefined and options & {"-u", "--undefined-only"}:
            continue
        if symbol.letter.islower() and not undefined and options & {"-g", "--extern-only"}:
            continue
        yield str(symbol)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
