"""Files out of Debian's archive, whose mirrors and trust are crosswheel's own settings.

The releases alone are read, without the suites of security fixes: those change no exports. sid moves, and a slow mirror
has its release file for longer than that is valid: CROSSWHEEL_DEBIAN_EXPIRED_DAYS says how long is acceptable.
"""

import lzma
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from crosswheel.app.workshop import Workshop
from crosswheel.debian import SUITES as RELEASES
from crosswheel.debian import Package, read_archive_settings
from crosswheel.debian.closure import newest
from crosswheel.debian.deb import open_data
from crosswheel.debian.mirrors import Mirrors, Origin, first_of
from crosswheel.elf import ElfFile, is_elf, parse_elf
from crosswheel.targets import Architecture, architecture_named

SUITES = ("bullseye", "bookworm", "trixie", "sid")
_LIMIT = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file of a package.

    Arguments:
        path: in the package, without a slash before it.
        content: of the file.
        source: the package, its version and the release, for people.
        version: of the package, without the parts that are Debian's.
    """

    path: str
    content: bytes
    source: str
    version: str

    @property
    def elf(self) -> ElfFile:
        """The facts about an ELF file."""
        return parse_elf(self.content)


class Debian:
    """Reads packages of the Debian archive."""

    def libraries(self, package: str, suite: str, architecture: Architecture) -> Iterator[Found]:
        """Yield the shared objects of a package; none where there is no such package."""
        for found in self.files(package, suite, architecture, r"\.so(\.|$)"):
            if is_elf(found.content[:4]):
                yield found

    def files(self, package: str, suite: str, architecture: Architecture, pattern: str) -> Iterator[Found]:
        """Yield the files of a package whose paths fit a pattern; none where there is no such package."""
        chosen = self._package(package, suite, architecture)
        if chosen is None:
            return
        path = self._file(chosen.filename, chosen.sha256, chosen.size)
        with path.open("rb") as deb, open_data(deb, name=package, limit=_LIMIT) as archive:
            for member in archive:
                if member.isreg() and re.search(pattern, member.name) and (file := archive.extractfile(member)):
                    yield Found(
                        path=member.name.removeprefix("./"),
                        content=file.read(),
                        source=f"{package} {chosen.version} of Debian {suite}",
                        version=re.sub(r"^\d+:|-[^-]*$", "", chosen.version),
                    )

    def glibc(self, suite: str, architecture: Architecture) -> tuple[int, int] | None:
        """Return the version of a release's glibc; None where it has not the architecture."""
        package = self._package("libc6", suite, architecture)
        match = re.match(r"(\d+)\.(\d+)", package.version) if package else None
        return (int(match[1]), int(match[2])) if match else None

    def source_files(self, source: str, suite: str, pattern: str) -> Iterator[Found]:
        """Yield the files of a source package whose paths fit a pattern.

        Raises:
            LookupError: there is no such source package.
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
                if member.isreg() and re.search(pattern, member.name) and (file := archive.extractfile(member)):
                    yield Found(
                        path=member.name,
                        content=file.read(),
                        source=f"source package {source} {version[1]} of Debian {suite}",
                        version=re.sub(r"^\d+:|-[^-]*$", "", version[1]),
                    )

    @cache  # noqa: B019 one object for the whole run
    def _package(self, name: str, suite: str, architecture: Architecture) -> Package | None:
        if architecture.debian not in RELEASES[suite].architectures:
            return None
        with self._mirrors.index([self._origin(suite)], architecture) as index:
            return newest(name, index)

    @cache  # noqa: B019 the same
    def _origin(self, suite: str) -> Origin:
        return self._mirrors.origins(suite, architecture_named("x86_64"))[0]

    def _source_stanza(self, source: str, suite: str) -> str:
        sha256, size = self._origin(suite).release.files["main/source/Sources.xz"]
        listing = self._file(f"dists/{suite}/main/source/Sources.xz", sha256, size)
        for stanza in lzma.decompress(listing.read_bytes()).decode("utf-8").split("\n\n"):
            if stanza.startswith(f"Package: {source}\n"):
                return stanza
        raise LookupError(f"there is no source package {source} in {suite}")

    def _file(self, path: str, sha256: str, size: int) -> Path:
        """Return a file of the archive; the client refuses it when it has another hash."""
        urls = tuple(f"{mirror}/{path}" for mirror in read_archive_settings(os.environ).mirrors)
        return first_of(urls, lambda url: self._workshop.client.file(url, hashes={"sha256": sha256}, limit=size))

    @cached_property
    def _workshop(self) -> Workshop:
        return Workshop(os.environ)

    @cached_property
    def _mirrors(self) -> Mirrors:
        shop = self._workshop
        return Mirrors(shop.client, shop.store, read_archive_settings(os.environ), shop.reporter)
