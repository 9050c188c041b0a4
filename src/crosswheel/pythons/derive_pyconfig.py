"""The target's pyconfig.h, out of that of a host Python of the same version.

What architecture or C library decide is asked of the target's compiler, or of the lists of what its C library
exports. All else (options of CPython's configure, libraries that only its own modules link) stays as the host's Python
was built.
"""

import re
from collections.abc import Iterator

from crosswheel.exports import Offer, SystemLibraries
from crosswheel.pythons.derive_questions import Answers
from crosswheel.targets import Manylinux, Musllinux, Target

# A comment ahead of a macro tells what autoconf looked for, and the macro's line what it found.
_MACRO = re.compile(r"^(?P<before>/\* *)?# *(?:define|undef) +(?P<name>\w+)(?: +(?P<value>.*?))?(?P<after> *\*/)?$")
_HEADER = re.compile(r"have\s+the\s+<([^>]+)>\s+header")
_FUNCTION = re.compile(r"have\s+the\s+[`']?(\w+)'?(?:\(\))?\s+function")
_GLIBC_VERSION = re.compile(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?")
_IN_CONDITION = "WORDS_BIGENDIAN"

# AC_HEADER_DIRENT stops at the first header that it finds, <dirent.h>; newer autoconf does not look for memory.h.
# gethostbyname only counts where there is no gethostbyname_r.
_NOT_LOOKED_FOR = frozenset({"HAVE_GETHOSTBYNAME", "HAVE_MEMORY_H", "HAVE_NDIR_H", "HAVE_SYS_DIR_H", "HAVE_SYS_NDIR_H"})

# Functions that glibc had in its headers or in libc_nonshared.a, and that libc.so.6 exports since 2.33 or 2.34 only.
_ALWAYS = frozenset({"fstat", "fstatat", "lstat", "mknod", "mknodat", "pthread_atfork", "stat"})

# glibc exports them, but they only say that they do not work (<gnu/stubs.h>); musl has none of them.
_STUBS = frozenset({"chflags", "fchflags", "lchflags", "lchmod", "revoke", "setlogin", "sigreturn"})

# Macros that are named otherwise than their function.
_FUNCTIONS = {
    "HAVE_CRYPT_R": "crypt_r",
    "HAVE_DYNAMIC_LOADING": "dlopen",
    "HAVE_EPOLL": "epoll_create",
    "HAVE_GETC_UNLOCKED": "getc_unlocked",
    "HAVE_GETHOSTBYNAME_R": "gethostbyname_r",
    "HAVE_GETRANDOM": "getrandom",
}
_HEADERS = {"HAVE_WCHAR_H": "wchar.h"}


def read_macros(pyconfig: str) -> dict[str, str | None]:
    """Return the macros that a pyconfig.h speaks of, and as what they are defined; None for those that are not.

    Arguments:
        pyconfig: the file's text.
    """
    found: dict[str, str | None] = {}
    for line in pyconfig.splitlines():
        match = _MACRO.match(line.strip())
        if match and not (match["before"] and found.get(match["name"]) is not None):
            found[match["name"]] = None if match["before"] else (match["value"] or "").strip()
    return found


def looked_for(pyconfig: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the headers and the functions that CPython's configure looked for, by their macros.

    Arguments:
        pyconfig: the file's text.
    """
    headers = dict(_HEADERS)
    functions = dict(_FUNCTIONS)
    comment = ""
    for line in pyconfig.splitlines():
        match = _MACRO.match(line.strip())
        if match is None:
            comment = f"{comment} {line.strip()}" if line.strip() else ""
            continue
        name = match["name"]
        if name in _NOT_LOOKED_FOR:
            pass
        elif header := _HEADER.search(comment):
            headers[name] = header[1]
        elif function := _FUNCTION.search(comment):
            functions.setdefault(name, function[1])
        comment = ""
    return headers, functions


def derive_pyconfig(pyconfig: str, target: Target, answers: Answers) -> str:
    """Return the target's pyconfig.h.

    Arguments:
        pyconfig: that of the host's Python.
        target: whose it is to be.
        answers: what the target's compiler says, the headers of `looked_for` among it.
    """
    decided = decided_macros(pyconfig, target, answers)
    depth = 0
    lines: list[str] = []
    for line in pyconfig.splitlines():
        text = line.strip()
        match = _MACRO.match(text)
        if match and match["name"] in decided and (depth <= 1 or _is_default(text, lines, match["name"])):
            lines.append(_line(match["name"], decided[match["name"]]))
        else:
            lines.append(line)
        if re.match(r"# *if", text):
            depth += 1
        elif re.match(r"# *endif", text):
            depth -= 1
    return "".join(f"{line}\n" for line in lines)


def _is_default(text: str, lines: list[str], name: str) -> bool:
    """Whether it is what holds where the compiler does not define the macro itself: behind `#ifndef` of its own."""
    return name == _IN_CONDITION and bool(text) and re.match(rf"# *ifndef +{name}$", lines[-1].strip()) is not None


def _line(name: str, value: str | None) -> str:
    return f"/* #undef {name} */" if value is None else f"#define {name} {value}"


def decided_macros(pyconfig: str, target: Target, answers: Answers) -> dict[str, str | None]:
    """Return the macros that the target decides, and as what they are defined; None for those that are not to be.

    Arguments:
        pyconfig: that of the host's Python.
        target: whose they are.
        answers: what the target's compiler says.
    """
    there = read_macros(pyconfig)
    headers, functions = looked_for(pyconfig)
    decided: dict[str, str | None] = {name: str(number) for name, number in answers.numbers.items()}
    decided |= {name: _flag(value) for name, value in answers.flags.items()}
    decided |= {name: _flag(answers.headers[header]) for name, header in headers.items() if header in answers.headers}
    known, present = _functions(target)
    for macro, function in functions.items():
        if function in known and function not in _ALWAYS:
            decided[macro] = _flag(function in present and not (function in _STUBS and there.get(macro) is None))
    decided["Py_GIL_DISABLED"] = _flag(target.python.free_threaded)
    if "PY_SUPPORT_TIER" in there:
        decided["PY_SUPPORT_TIER"] = str(_support_tier(target))
    decided["SOABI_PLATFORM"] = f'"{target.platform.triplet(target.python.version)}"'
    if not answers.headers.get("crypt.h", True):
        decided["HAVE_CRYPT_R"] = None
    return decided


def _flag(value: bool) -> str | None:
    return "1" if value else None


def _functions(target: Target) -> tuple[frozenset[str], frozenset[str]]:
    """All functions that some version of either C library exports on this architecture, and those of the target's."""
    platform = target.platform
    assert isinstance(platform, Manylinux | Musllinux)  # noqa: S101 others are refused before
    architecture = platform.architecture
    oldest = (
        Manylinux(major=2, minor=architecture.oldest_glibc[1], architecture=architecture),
        Musllinux(major=1, minor=architecture.oldest_musl[1], architecture=architecture),
    )
    known = frozenset[str]().union(*(offer.names for one in oldest for offer in _offers(one)))
    return known, frozenset[str]().union(*(offer.names for offer in _offers(platform) if _is_in(offer, platform)))


def _offers(platform: Manylinux | Musllinux) -> Iterator[Offer]:
    system = SystemLibraries.of(platform)
    for offers in system.offers.values() if system else ():
        yield from offers


def _is_in(offer: Offer, platform: Manylinux | Musllinux) -> bool:
    if isinstance(platform, Musllinux):
        return offer.since <= (platform.major, platform.minor)
    version = _GLIBC_VERSION.fullmatch(offer.version or "")
    return version is not None and (int(version[1]), int(version[2])) <= platform.glibc


def _support_tier(target: Target) -> int:
    """How CPython supports the platform (PEP 11), as its configure says of gcc; nothing compiles otherwise for it."""
    if target.glibc is None:
        return 0
    tiers = {"x86_64": 1, "aarch64": 2, "ppc64le": 2, "s390x": 3}
    return tiers.get(target.architecture.name, 0)
