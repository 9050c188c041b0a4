"""The other libraries that policies promise, as Debian's packages have them.

What has symbol versions is read in the newest release: versions tell what is older, and what a version has never
changes. Of the others each release is read: what the oldest has is taken for what every system has, and what is new in
a later one for what systems with a glibc as new as that release's have.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from crosswheel.targets import Architecture, architectures
from export_lists.debian import SUITES, Debian, Found
from export_lists.sections import as_text, version_order

_NEWEST = SUITES[-1]
_GLIB = ("libglib2.0-0t64", "libglib2.0-0")
# By SONAME, the packages that have it under one name or another.
VERSIONED = {
    "libanl.so.1": ("libc6",),
    "libatomic.so.1": ("libatomic1",),
    "libgcc_s.so.1": ("libgcc-s1",),
    "libmvec.so.1": ("libc6",),
    "libnsl.so.1": ("libc6",),
    "libstdc++.so.6": ("libstdc++6",),
    "libz.so.1": ("zlib1g",),
}
UNVERSIONED = {
    "libGL.so.1": ("libgl1",),
    "libICE.so.6": ("libice6",),
    "libSM.so.6": ("libsm6",),
    "libX11.so.6": ("libx11-6",),
    "libXext.so.6": ("libxext6",),
    "libXrender.so.1": ("libxrender1",),
    "libexpat.so.1": ("libexpat1",),
    "libglib-2.0.so.0": _GLIB,
    "libgobject-2.0.so.0": _GLIB,
    "libgthread-2.0.so.0": _GLIB,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A symbol of a library."""

    name: str
    version: str
    since: str

    @property
    def head(self) -> tuple[str, str]:
        """The version and the oldest C library."""
        return self.version, self.since


def library_texts(debian: Debian, only: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the files of the lists, by their paths: one for each library.

    Arguments:
        debian: the archive.
        only: SONAMEs of those that are wanted; () for all.
    """
    return {
        f"libraries/{soname}.txt": _text(debian, soname, packages)
        for soname, packages in sorted({**VERSIONED, **UNVERSIONED}.items())
        if not only or soname in only
    }


def _text(debian: Debian, soname: str, packages: tuple[str, ...]) -> str:
    owners: dict[Symbol, list[str]] = {}
    sources: set[str] = set()
    for architecture in architectures():
        for symbol, source in _symbols(debian, soname, packages, architecture):
            owners.setdefault(symbol, []).append(architecture.name)
            sources.add(source)
    sections: dict[tuple[str, ...], list[str]] = {}
    for symbol, who in owners.items():
        sections.setdefault((soname, *symbol.head, *who), []).append(symbol.name)
    title = f"{soname}: [library version since-glibc architectures]\n# " + "\n# ".join(
        sorted(sources, key=version_order)
    )
    return as_text(title, sections)


def _symbols(
    debian: Debian, soname: str, packages: tuple[str, ...], architecture: Architecture
) -> Iterator[tuple[Symbol, str]]:
    known: set[tuple[str, str]] = set()
    for suite in (_NEWEST,) if soname in VERSIONED else SUITES:
        glibc = debian.glibc(suite, architecture)
        # The oldest that is to be had stands for all that is older.
        since = "{}.{}".format(*glibc) if known and glibc else "-"
        for found in _files(debian, soname, packages, suite, architecture):
            for export in found.elf.exports:
                # The library's own name stands for no version.
                pair = (export.name, export.version if export.version not in (None, soname) else "-")
                # A version's name is a symbol, too, in what binutils links.
                if pair not in known and export.name != export.version:
                    known.add(pair)
                    yield Symbol(name=export.name, version=pair[1], since=since), found.source


def _files(
    debian: Debian, soname: str, packages: tuple[str, ...], suite: str, architecture: Architecture
) -> Iterator[Found]:
    for package in packages:
        for found in debian.libraries(package, suite, architecture):
            if found.elf.soname == soname:
                yield found
