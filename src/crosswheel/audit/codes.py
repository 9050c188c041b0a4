"""Every code that a finding may have, in one table; `docs/findings.md` is made from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingKind:
    """What a code means.

    Arguments:
        code: stable, never used for something else.
        severity: an error refuses the wheel, a warning tells of something to mend, a note of something to know.
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


_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

FINDING_KINDS: Mapping[str, FindingKind] = MappingProxyType(
    dict(
        (
            _kind(
                "CW101", _ERROR, "machine code of another machine",
                "The loader refuses a file of another machine, class (32 or 64 bits) or byte order. Of several "
                "platforms that the tag names, each needs machine code of its own.",
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
                "CW116", _ERROR, "machine code among portable files",
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
                "The file begins as an ELF, Mach-O or PE file, and its headers lie or it is cut off; or its name is an "
                "extension module's, and it is something else (a text, an object file).",
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
            _kind(
                "CW121", _NOTE, "symbol version that tools judge differently",
                "auditwheel, the PEP of the policy and the loader do not agree on it. It was settled by the symbols "
                "that have the version; other tools may compute another tag.",
                "nothing has to be done; build against the policy's own glibc where another tool refuses the wheel",
            ),
            _kind(
                "CW122", _ERROR, "more than the limited API",
                "A wheel for the stable ABI is installed for every later Python too, and those need not export what is "
                "not in the limited API of the version that it is tagged with (PEP 384, 803).",
                "compile with Py_LIMITED_API of the tagged version, or tag the wheel for one Python",
            ),
            _kind(
                "CW123", _ERROR, "instructions above the baseline",
                "On a processor of the architecture that does not have them it ends with an illegal instruction.",
                "compile without -march of the build machine; choose faster code at run time",
            ),
            _kind(
                "CW124", _WARNING, "path of the build machine",
                "The code may look for its files there; the path tells who built it, and another machine does not "
                "build the same bytes.",
                "compile with -ffile-prefix-map, or configure with the folder where the files will be",
            ),
            _kind(
                "CW125", _ERROR, "libpython linked",
                "The interpreter that imports it need not have libpython as a shared library, or loads a second one.",
                "link extension modules without libpython",
            ),
            _kind(
                "CW126", _WARNING, "names that differ by case only",
                "On a file system that does not tell cases apart one file overwrites the other.",
                "rename one of them",
            ),
            _kind(
                "CW127", _ERROR, "hostile member",
                "Its name leads out of the folder that the wheel is unpacked to, or it is a link or a device.",
                "do not install it, and ask where it came from",
            ),
            _kind(
                "CW128", _ERROR, "member that is there twice",
                "Installers differ in which of the two they take: what was looked at is not what is installed.",
                "pack the wheel again, with one file of each name",
            ),
            _kind(
                "CW129", _ERROR, "compressed tags expanded wrongly",
                "WHEEL holds one line for each combination of the compressed tags in the file name (PEP 425, 427); "
                "installers and tools that read WHEEL see another wheel than those that read the name.",
                "write one Tag line for each combination into WHEEL",
            ),
            _kind(
                "CW130", _NOTE, "library opened by name at run time, probably",
                "No header names such a library, so nobody has looked whether systems of the policy have it.",
                "graft it with --include where the wheel needs it",
            ),
            _kind(
                "CW131", _ERROR, "needs a newer system than the tag says",
                "Installers take the wheel on systems whose loader refuses this file.",
                "compile with MACOSX_DEPLOYMENT_TARGET (or the linker's subsystem version) of the tag, or tag it newer",
            ),
            _kind(
                "CW132", _NOTE, "claims less than it could",
                "Older systems that could use the wheel pass it over.",
                "give it the tag that it may carry: crosswheel retag, or repair --target auto",
            ),
            _kind(
                "CW133", _WARNING, "copyleft came in",
                "Whoever hands the wheel on has the duties of that licence (GPL, LGPL, AGPL), also for what is linked "
                "with it statically.",
                "link a library under another licence, or ship what the licence asks for",
            ),
            _kind(
                "CW134", _WARNING, "library of the wheel that the loader does not find",
                "No RPATH leads to the library beside it: it works only if something else loads the library before.",
                "give the file an RPATH from $ORIGIN to the library's folder",
            ),
            _kind(
                "CW135", _ERROR, "archive that installers do not read",
                "Members overlap, lie about their sizes, are encrypted, or packed as installers cannot unpack.",
                "pack the wheel again with a zip tool that stores or deflates",
            ),
            _kind(
                "CW136", _WARNING, "symbol that only later releases of the tag's musl have",
                "musllinux_1_2 speaks of every musl 1.2, whatever the third number: an installer on 1.2.2 (Alpine 3.13 "
                "to 3.15) takes the wheel, and the loader refuses the file. No tag can say 1.2.3.",
                "build on the oldest musl of that version, or say in the project's documentation which one it needs",
            ),
            _kind(
                "CW137", _WARNING, "tag that no installer takes",
                "Installers look for tags of their own lists (PEP 425, 600, 656): manylinux_2_17_arm64 and py3-abi3 "
                "are on none of them, so that the wheel is passed over where only such a tag would fit.",
                "give it the tag that was meant: crosswheel retag",
            ),
        )
    )
)  # fmt: skip
