"""Which package of a distribution a library came from, and where its licence text is (Debian Policy 12.5)."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from crosswheel.repair.tree import Tree
from crosswheel.store import SysrootPackage
from crosswheel.targets import Architecture

COMMON_LICENCES = "base-files"
"""The binary package that has the texts of common licences."""

_SYSROOT_RECORD = "sysroot.json"  # beside the folder of a sysroot that crosswheel unpacked
_DPKG = PurePosixPath("/var/lib/dpkg")
_STANZA = re.compile(r"^(Package|Status|Source|Version|Architecture): *(.*)$", re.MULTILINE)
_COMMON = re.compile(r"/usr/share/common-licenses/([A-Za-z0-9][A-Za-z0-9.+-]*[A-Za-z0-9+])")
_COMMON_FOLDER = PurePosixPath("/usr/share/common-licenses")
_MOVED = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")  # what merged /usr made into links

CommonLicence = Callable[[str], bytes | None]
"""Gives the text of a licence that many packages share, by its file name such as "GPL-3"; None where it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingText:
    """A licence text that a file system should hold and does not.

    Arguments:
        place: of it.
        package: binary package that holds it.
        vendor: of the distribution, as a package URL names it.
        wanted_by: binary package whose licence it is a part of.
    """

    place: str
    package: str
    vendor: str
    wanted_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceTexts:
    """What was found of a package's licence.

    Arguments:
        found: texts by names that they may have in a wheel.
        missing: what is nowhere.
    """

    found: Mapping[str, bytes]
    missing: tuple[MissingText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemPackage:
    """A binary package of a distribution.

    Arguments:
        name: such as "libopenblas0-pthread".
        version: in the distribution's words.
        source: source package that it was built from.
        architecture: in the distribution's words, such as "arm64".
        vendor: of the distribution, as a package URL names it: "debian", "ubuntu".
        sha256: of the package file; "" where it is not known.
    """

    name: str
    version: str
    source: str
    architecture: str
    vendor: str = "debian"
    sha256: str = ""

    @property
    def purl(self) -> str:
        """Its package URL (purl specification, type deb)."""
        name, version = quote(self.name, safe=""), quote(self.version, safe="")
        return f"pkg:deb/{self.vendor}/{name}@{version}?arch={quote(self.architecture, safe='')}"

    @classmethod
    def of_sysroot(cls, package: SysrootPackage) -> "SystemPackage":
        """Return the same for a package that a sysroot was made of."""
        return cls(
            name=package.name,
            version=package.version,
            source=package.source,
            architecture=package.architecture,
            sha256=package.sha256,
        )


@dataclass(frozen=True)
class PackageRecords:
    """What a file system tells of the packages that it was made of.

    Arguments:
        tree: the file system.
        architecture: whose machine code is in it.
        common_licence: asked for common licences that the file system does not hold; None for nobody.
    """

    tree: Tree
    architecture: Architecture
    common_licence: CommonLicence | None = None

    def owner(self, place: PurePosixPath) -> SystemPackage | None:
        """Return the package that a file belongs to; None where nothing tells.

        Arguments:
            place: of the file, in the file system, without links.
        """
        if self._unpacked is not None:
            return self._unpacked.get(str(place)[1:])
        for name in self._dpkg_owners(place):
            if name in self._installed:
                return self._installed[name]
        return None

    def licence_texts(self, package: SystemPackage) -> LicenceTexts:
        """Return the licence text of a package, and those that it refers to.

        Arguments:
            package: whose.
        """
        place = PurePosixPath("/usr/share/doc", package.name, "copyright")
        text = _read(self.tree, place)
        if text is None:
            return LicenceTexts(found={}, missing=(_missing(place, package.name, package),))
        found = {f"{package.name}/copyright": text}
        missing: list[MissingText] = []
        for name in sorted(set(_COMMON.findall(text.decode("utf-8", "replace")))):
            common = common_licence(self.tree, name)
            if common is None and self.common_licence is not None:
                common = self.common_licence(name)
            if common is None:
                missing.append(_missing(_COMMON_FOLDER / name, COMMON_LICENCES, package))
            else:
                found[f"common-licenses/{name}"] = common
        return LicenceTexts(found=found, missing=tuple(missing))

    @cached_property
    def _unpacked(self) -> Mapping[str, SystemPackage] | None:
        """The owners of files of a sysroot that crosswheel made, by path; None where it is another's."""
        folder = self.tree.root.parent
        if not (folder / _SYSROOT_RECORD).is_file():
            return None
        from crosswheel.debian.unpack import read_sysroot

        sysroot = read_sysroot(folder, self.architecture)
        if sysroot.path != self.tree.root:
            return None
        return {path: SystemPackage.of_sysroot(package) for package in sysroot.packages for path in package.files}

    def _dpkg_owners(self, place: PurePosixPath) -> Iterator[str]:
        """The packages whose list has the file, under one of its names: merged /usr came after most lists."""
        if not _may_be_packaged(place):
            return
        names = {str(place)}
        if place.parts[1:2] == ("usr",) and place.parts[2:3] and place.parts[2] in _MOVED:
            names.add(str(PurePosixPath("/", *place.parts[2:])))
        lines = [f"\n{name}\n".encode() for name in names]
        for path in self._lists:
            try:
                content = path.read_bytes()
            except OSError:
                continue
            if any(line in content for line in lines):
                yield path.name.removesuffix(".list")

    @cached_property
    def _lists(self) -> tuple[Path, ...]:
        """What dpkg wrote down of the files of each package."""
        folder = self.tree.find(_DPKG / "info")
        if folder is None:
            return ()
        with os.scandir(self.tree.host_path(folder)) as entries:
            found = [
                entry.path for entry in entries if entry.name.endswith(".list") and entry.is_file(follow_symlinks=False)
            ]
        return tuple(map(Path, sorted(found)))

    @cached_property
    def _installed(self) -> Mapping[str, SystemPackage]:
        """The installed packages, by the names of their lists: NAME, or NAME:ARCHITECTURE."""
        vendor = "debian"
        for line in (self.tree.text(PurePosixPath("/etc/os-release")) or "").splitlines():
            if line.startswith("ID="):
                vendor = line.removeprefix("ID=").strip().strip('"').lower() or vendor
        found: dict[str, SystemPackage] = {}
        for stanza in (self.tree.text(_DPKG / "status") or "").split("\n\n"):
            fields: dict[str, str] = dict(_STANZA.findall(stanza))
            if not {"Package", "Version", "Architecture"} <= fields.keys():
                continue
            package = SystemPackage(
                name=fields["Package"],
                version=fields["Version"],
                source=fields.get("Source", fields["Package"]).partition(" ")[0],
                architecture=fields["Architecture"],
                vendor=vendor,
            )
            found[f"{package.name}:{package.architecture}"] = package
            found.setdefault(package.name, package)
        return found


def common_licence(tree: Tree, name: str) -> bytes | None:
    """Return the text of a licence that many packages share (Debian Policy 12.5); None where there is none.

    Arguments:
        tree: file system that is looked into.
        name: of its file, such as "GPL-3".
    """
    return _read(tree, _COMMON_FOLDER / name)


def _read(tree: Tree, place: PurePosixPath) -> bytes | None:
    path = tree.file(place)
    try:
        return None if path is None else path.read_bytes()
    except OSError:
        return None


def _missing(place: PurePosixPath, holder: str, package: SystemPackage) -> MissingText:
    return MissingText(place=str(place), package=holder, vendor=package.vendor, wanted_by=package.name)


def _may_be_packaged(place: PurePosixPath) -> bool:
    """Whether a distribution's package may have put a file there (Debian Policy 9.1.1 and 9.1.2)."""
    top = place.parts[1:3]
    return top[:1] in (("usr",), ("opt",), *((name,) for name in _MOVED)) and top != ("usr", "local")
