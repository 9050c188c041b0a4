"""Files out of Debian's archive, whose mirrors and trust are crosswheel's own settings.

sid moves, and a slow mirror has its release file for longer than that is valid: CROSSWHEEL_DEBIAN_EXPIRED_DAYS says how
long is acceptable.
"""

import hashlib
import lzma
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from crosswheel.app.workshop import Workshop
from crosswheel.debian.mirrors import Mirrors, first_of
from crosswheel.elf import ElfFile, parse_elf
from crosswheel.store import Sysroot
from crosswheel.targets import Architecture, architecture_named

SUITES = ("bullseye", "bookworm", "trixie", "sid")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file of a source package, and the package's version."""

    content: bytes
    version: str


class Debian:
    """Reads packages of the Debian archive."""

    @cached_property
    def _workshop(self) -> Workshop:
        return Workshop(os.environ)

    def has(self, package: str, suite: str, architecture: Architecture) -> str:
        """Return the version of a package; "" when the suite has none for the architecture."""
        from crosswheel.errors import RefusedError

        try:
            found = self._workshop.archive.find(package, suite=suite, architecture=architecture)
        except RefusedError:
            return ""
        return found.version if found else ""

    def libraries(self, package: str, suite: str, architecture: Architecture) -> Iterator[tuple[str, ElfFile]]:
        """Yield the shared objects of a package, by file name; none where it is not there."""
        if not self.has(package, suite, architecture):
            return
        for path in self._files(self.folder(package, suite, architecture)):
            if ".so" in path.name and path.is_file() and not path.is_symlink():
                data = path.read_bytes()
                if data[:4] == b"\x7fELF":
                    yield path.name, parse_elf(data)

    def folder(self, package: str, suite: str, architecture: Architecture) -> Sysroot:
        """Return a folder in which a package is unpacked."""
        return self._workshop.archive.sysroot((package,), suite=suite, architecture=architecture, dependencies=False)

    def source_file(self, source: str, suite: str, pattern: str) -> SourceFile:
        """Return the file of a source package whose path fits a pattern.

        Raises:
            LookupError: there is no such source package, or no such file in it.
        """
        stanza = self._source_stanza(source, suite)
        version = re.search(r"^Version: (.*)$", stanza, re.MULTILINE)
        tarball = re.search(r"^ ([0-9a-f]{64}) (\d+) (\S+\.orig\.tar\.xz)$", stanza, re.MULTILINE)
        folder = re.search(r"^Directory: (.*)$", stanza, re.MULTILINE)
        if not (version and tarball and folder):
            raise LookupError(f"the source package {source} of {suite} has no .orig.tar.xz")
        path = self._file(f"{folder[1]}/{tarball[3]}", tarball[1], int(tarball[2]))
        with tarfile.open(path) as archive:
            for member in archive:
                if re.search(pattern, member.name) and (file := archive.extractfile(member)):
                    return SourceFile(content=file.read(), version=version[1])
        raise LookupError(f"no {pattern} in {tarball[3]}")

    @staticmethod
    def _files(sysroot: Sysroot) -> Iterator[Path]:
        for package in sysroot.packages:
            for name in package.files:
                yield sysroot.path / name

    def _source_stanza(self, source: str, suite: str) -> str:
        origin = self._mirrors.origins(suite, architecture_named("x86_64"))[0]
        sha256, size = origin.release.files["main/source/Sources.xz"]
        text = lzma.decompress(self._file(f"dists/{suite}/main/source/Sources.xz", sha256, size).read_bytes()).decode()
        for stanza in text.split("\n\n"):
            if stanza.startswith(f"Package: {source}\n"):
                return stanza
        raise LookupError(f"there is no source package {source} in {suite}")

    def _file(self, path: str, sha256: str, size: int) -> Path:
        mirrors = self._mirrors_of_settings
        client = self._workshop.client
        found = first_of(
            tuple(f"{mirror}/{path}" for mirror in mirrors),
            lambda url: client.file(url, hashes={"sha256": sha256}, limit=size),
        )
        if hashlib.sha256(found.read_bytes()).hexdigest() != sha256:
            raise ValueError(f"{path} is not what was signed for")
        return found

    @cached_property
    def _mirrors(self) -> Mirrors:
        from crosswheel.debian import read_archive_settings

        return Mirrors(
            self._workshop.client, self._workshop.store, read_archive_settings(os.environ), self._workshop.reporter
        )

    @cached_property
    def _mirrors_of_settings(self) -> tuple[str, ...]:
        from crosswheel.debian import read_archive_settings

        return read_archive_settings(os.environ).mirrors
