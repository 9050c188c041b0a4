"""Every code that a finding may have, in one table; `docs/findings.md` is made from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingKind:
    """What a code means.

    Arguments:
        code: stable, never used for something else.
        severity: an error refuses the wheel.
        title: what is wrong, in a few words.
        why: what happens to people who use such a wheel.
        mend: what to do.
    """

    code: str
    severity: Severity
    title: str
    why: str
    mend: str


def _kind(code: str, severity: Severity, title: str, why: str, mend: str) -> tuple[str, FindingKind]:
    return code, FindingKind(code=code, severity=severity, title=title, why=why, mend=mend)


_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

FINDING_KINDS: Mapping[str, FindingKind] = MappingProxyType(
    dict(
        (
            _kind(
                "CW101", _ERROR, "machine code of another machine",
                "The loader refuses a file of another machine, class (32 or 64 bits) or byte order.",
                "find what called a compiler of the build machine, or packed a file that was there before",
            ),
            _kind(
                "CW102", _ERROR, "suffix that the target's Python does not import",
                "Python finds extension modules by their suffix: such a wheel looks right and cannot be imported.",
                "let the build ask the target's Python for EXT_SUFFIX",
            ),
            _kind(
                "CW103", _ERROR, "suffix and ABI tag disagree",
                "An installer takes the wheel by its tag; the Python that it takes it for does not import the file.",
                "build once for each Python, or for the stable ABI with the suffix .abi3.so",
            ),
            _kind(
                "CW104", _ERROR, "library outside the policy",
                "A system that fits the platform tag need not have that library.",
                "link it statically, or graft it into the wheel",
            ),
            _kind(
                "CW105", _ERROR, "symbol version outside the policy",
                "A system that fits the platform tag need not have so new a library; the loader then refuses the file.",
                "build against the policy's own glibc, or choose a newer platform tag",
            ),
            _kind(
                "CW106", _ERROR, "symbol that the policy forbids",
                "The library is allowed, but not every system's has that symbol.",
                "build without it, or link the library statically",
            ),
            _kind(
                "CW107", _ERROR, "undefined symbol that nothing provides",
                "It is neither the target Python's, nor the policy's libraries' at an allowed version, nor another "
                "library's in the wheel. It fails, at the latest when it is first called, wherever the libraries "
                "happen not to have it.",
                "link the library that defines it, or one that was built for a glibc as old as the target's",
            ),
            _kind(
                "CW108", _ERROR, "sanitizer left in",
                "With a sanitizer's runtime a file is many times larger, slower, and aborts on what used to work.",
                "compile and link with -fno-sanitize=undefined (zig turns it on where there is no -O)",
            ),
            _kind(
                "CW109", _ERROR, "executable stack",
                "Hardened systems refuse to load it (SELinux, glibc 2.41), others lose a protection.",
                "link with -Wl,-z,noexecstack; assembler sources need a .note.GNU-stack section",
            ),
            _kind(
                "CW110", _ERROR, "text relocations",
                "The loader must write to code: hardened systems and musl refuse that.",
                "compile everything that is linked in with -fPIC",
            ),
            _kind(
                "CW111", _ERROR, "segments aligned below the largest page",
                "A kernel with larger pages than the segments are aligned to cannot load the file (64 KiB on aarch64).",
                "link with -Wl,-z,max-page-size=65536",
            ),
            _kind(
                "CW112", _WARNING, "RPATH that leads outside",
                "The loader looks for libraries in a folder of another machine, and believes what it finds there.",
                "use $ORIGIN, or none",
            ),
            _kind(
                "CW113", _WARNING, "not stripped",
                "Symbols for debugging make the file several times larger than it must be.",
                "link with -s, or strip it",
            ),
            _kind(
                "CW114", _ERROR, "RECORD is wrong",
                "Installers check every file against RECORD, and take away by it when they uninstall.",
                "write RECORD anew from the files that are there",
            ),
            _kind(
                "CW115", _ERROR, "file name and .dist-info disagree",
                "Installers believe the one or the other (PEP 427).",
                "write the tags of the file name into WHEEL, expanded, and name and version into METADATA",
            ),
            _kind(
                "CW116", _ERROR, "Root-Is-Purelib is true with machine code",
                "Machine code is installed where only portable files belong.",
                "let the build backend know that the project has extension modules",
            ),
            _kind(
                "CW117", _ERROR, "machine code in a wheel for any platform",
                "Installers take such a wheel on every machine; it works on one.",
                "let the build backend know that the project has extension modules",
            ),
            _kind(
                "CW118", _ERROR, "damaged machine code",
                "The file begins as an ELF file, and its headers lie or it is cut off.",
                "build it again; if a tool edited it, leave that tool out",
            ),
            _kind(
                "CW119", _ERROR, "tags that the target does not accept",
                "An installer on the target would pass the wheel over.",
                "build it for this target, or ask for the target that it is for",
            ),
            _kind(
                "CW120", _WARNING, "symbol from a library that is not asked for",
                "Another file of the wheel defines the symbol, but this one does not name it: it works only "
                "if the other happens to be loaded before, for all to see.",
                "link with the library that defines it",
            ),
        )
    )
)  # fmt: skip
