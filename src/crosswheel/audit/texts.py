"""What the strings of machine code give away: a sanitizer, the folders of a build machine, libraries opened by name."""

import re
from collections.abc import Iterator
from itertools import islice

from crosswheel.elf import ElfFile
from crosswheel.wheel.reader import release

# zig's UBSan runtime is written in Zig (lib/ubsan_rt.zig, 0.17): stripped, it has no symbol, but its panic and what it
# has to say. The linker may leave only the messages of the checks that the code has, so there is one for each.
_ZIG_PANIC = b"aborting due to recursive panic"
_ZIG_MESSAGES = (
    b" cannot be represented in type ",
    b"_Nonnull binding to",
    b" out of bounds for type ",
    b"pointer index expression with base 0x",
    b" for pointer of type ",
    b"shift exponent ",
    b"execution reached an unreachable program point",
    b"execution reached the end of a value-returning function",
    b"null pointer returned from function declared to never return null",
    b"null pointer passed as argument ",
    b", which is not valid for type ",
    b"passing zero to ",
    b"variable length array bound evaluates to non-positive value ",
    b" is outside the range of representable values of type ",
)
# LLVM's runtime, linked statically. A compiler knows the second text alone; ctest, which reads what sanitizers print,
# knows the first two. The third is an option of every such runtime (sanitizer_flags.inc).
_LLVM_TEXTS = (b"UBSAN_OPTIONS", b"UndefinedBehaviorSanitizer", b"external_symbolizer_path")
# Only what names a source, a header or an object below such a folder was there when it was built: "/tmp/" alone, and
# "/home/" in the text of a help, are what the program itself works with.
_BUILT = (
    rb"(?:[\w.+@-]+/)*[\w.+@-]+"
    rb"\.(?:[chmlyosSfF]|cc|cpp|cxx|hh|hpp|hxx|inc|inl|ipp|tcc|mm|cu|cuh|rs|go|f90|F90|zig|pyx|pxd|so|a)\b"
)
# A path begins behind what none holds: no text is looked at from two beginnings, so that the time stays linear.
_BUILD_PATH = re.compile(
    rb"/(?<![\w.~$/+@-]/)((?:home/[\w.-]+|Users/[\w.-]+|root|tmp/[\w.+-]+|var/tmp/[\w.+-]+|build|builds|project|projects"
    rb"|workspace|github/workspace|__w)/)" + _BUILT
)
_WINDOWS_PATH = re.compile(rb"\b([A-Za-z]:\\+Users\\+[\w. -]+\\+)" + _BUILT.replace(b"/", rb"\\+"))
_MOST_PATHS = 3
_MOST_MATCHES = 1000
_LONGEST_NAME = 200
_LONGEST_TEXT = 4096
_LARGEST_PAGE = 65536
_AT_ONCE = 8 * 1024 * 1024
_LIBRARY = re.compile(rb"lib[\w+.-]+\.so(?:\.\d+)*")
_MOST_LIBRARIES = 50
_OPENERS = frozenset({"dlopen", "dlmopen"})


def sanitizer_trace(file: ElfFile, content: memoryview) -> str:
    """Return what tells of a sanitizer in machine code, "" for nothing.

    Arguments:
        file: facts about it.
        content: the whole file.
    """
    if file.sanitizer_handlers:
        return file.sanitizer_handlers[0]
    # A compiler, which is a program, has all of zig's in it: zig itself is one.
    wanted = (*_LLVM_TEXTS, *((_ZIG_PANIC,) if file.needed and file.interpreter is None else ()))
    found = {text for area in _areas(file, content) for text in wanted if text in area}
    if found.issuperset(_LLVM_TEXTS):
        return "the texts of LLVM's runtime"
    if _ZIG_PANIC in found:
        there = {text for area in _areas(file, content) for text in _ZIG_MESSAGES if text in area}
        for text in _ZIG_MESSAGES:
            if text in there:
                return f"the text {text.decode().strip()!r} of zig's runtime"
    return ""


def build_paths(file: ElfFile, content: memoryview) -> tuple[str, ...]:
    """Return a few folders of the machine that it was built on, found in its strings.

    Arguments:
        file: facts about it.
        content: the whole file.
    """
    found: dict[bytes, bytes] = {}
    for area in _areas(file, content):
        # A pattern that begins with a class is slow: most files have nothing for it.
        for pattern in (_BUILD_PATH, _WINDOWS_PATH) if b"Users\\" in area else (_BUILD_PATH,):
            for match in islice(pattern.finditer(area), _MOST_MATCHES):
                found.setdefault(match[1], match[0])
    return tuple(sorted(_folder(path) for path in islice(found.values(), _MOST_PATHS)))


def _folder(path: bytes) -> str:
    text = path.decode("ascii", "backslashreplace")[:_LONGEST_NAME]
    return text.rpartition("\\" if "\\" in text else "/")[0]


def opened_libraries(file: ElfFile, content: memoryview) -> tuple[str, ...]:
    """Return the libraries that it probably opens by name: strings that are one, in a file that can do so.

    Arguments:
        file: facts about it.
        content: the whole file.
    """
    if not any(symbol.name in _OPENERS for symbol in file.imports):
        return ()
    found: set[str] = set()
    for area in _areas(file, content):
        at = area.find(b".so")
        while at >= 0 and len(found) < _MOST_LIBRARIES:
            start = area.rfind(b"\0", max(at - _LONGEST_NAME, 0), at) + 1
            end = area.find(b"\0", at, at + _LONGEST_NAME)
            # The first text of an area has nothing ahead of it.
            if at - start <= _LONGEST_NAME and end > 0 and _LIBRARY.fullmatch(area, start, end):
                found.add(area[start:end].decode("ascii", "backslashreplace"))
            at = area.find(b".so", at + 3)
    return tuple(sorted(found - {*file.needed, file.soname or ""}))


def _areas(file: ElfFile, content: memoryview) -> Iterator[bytes]:
    """Yield where strings are, a few mebibytes at a time; a string that begins in one may end in the next."""
    for start, size in file.data_areas:
        for at in range(start, start + size, _AT_ONCE):
            yield bytes(content[at : min(at + _AT_ONCE + _LONGEST_TEXT, start + size)])
            release(content, at // _LARGEST_PAGE * _LARGEST_PAGE, min(at + _AT_ONCE, start + size))
