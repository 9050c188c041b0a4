"""What a wheel has to say of foreign code that came into it: where it is from, and under which licence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING

from crosswheel.repair.licence import licence_of
from crosswheel.repair.packages import CommonLicence, MissingText, PackageRecords, SystemPackage
from crosswheel.repair.plan import Graft
from crosswheel.repair.sbom import Component, Linkage
from crosswheel.targets import Architecture

if TYPE_CHECKING:
    from crosswheel.repair.tree import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """Foreign code in a wheel.

    Arguments:
        components: for the bill of materials.
        licence_texts: contents by path below the .dist-info folder.
        missing_texts: of licences, which are nowhere.
    """

    components: tuple[Component, ...] = ()
    licence_texts: Mapping[str, bytes] = field(default_factory=dict)
    missing_texts: tuple[MissingText, ...] = ()

    def __add__(self, other: "Foreign") -> "Foreign":
        """Return all of both."""
        return Foreign(
            components=(*self.components, *other.components),
            licence_texts={**self.licence_texts, **other.licence_texts},
            missing_texts=(*self.missing_texts, *other.missing_texts),
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What is missing and where it is to be had, one sentence for each text."""
        wanted: dict[str, list[MissingText]] = {}
        for text in self.missing_texts:
            wanted.setdefault(text.place, []).append(text)
        return tuple(
            f"the wheel lacks the licence text {place}, which belongs to that of "
            f"{', '.join(dict.fromkeys(text.wanted_by for text in texts))}: the sysroot does not hold it; "
            f"it is in the package {texts[0].package} of the same release of {texts[0].vendor.capitalize()}"
            for place, texts in sorted(wanted.items())
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a library was made of that is in no package as it is.

    Arguments:
        package: that had it in another form; a source package has the architecture "source".
        archives: of the package, where it is those.
        licence: SPDX expression; "" where it cannot be told.
        licence_texts: contents by path below the .dist-info folder.
        missing_texts: of licences, which are nowhere.
    """

    package: SystemPackage
    archives: tuple[str, ...] = ()
    licence: str = ""
    licence_texts: Mapping[str, bytes] = field(default_factory=dict)
    missing_texts: tuple[MissingText, ...] = ()


def foreign_grafts(
    grafts: Iterable[tuple[Graft, str]],
    architecture: Architecture,
    common_licence: CommonLicence | None = None,
    origins: Mapping[Path, Origin] = MappingProxyType({}),
) -> Foreign:
    """Return what is to be said of grafted libraries.

    Arguments:
        grafts: with the SHA-256 of each as it is in the wheel.
        architecture: of the wheel.
        common_licence: asked for common licences that the file system of a library does not hold; None for nobody.
        origins: of libraries that were made for the build, by their files.
    """
    records: dict[Tree, PackageRecords] = {}
    components: list[Component] = []
    texts: dict[str, bytes] = {}
    missing: dict[MissingText, None] = {}
    for graft, digest in grafts:
        library = graft.library
        known = records.setdefault(library.tree, PackageRecords(library.tree, architecture, common_licence))
        owner = known.owner(library.place)
        origin = origins.get(library.path) or (origin_of(known, owner) if owner else None)
        own = origin.licence_texts if origin else {}
        texts |= own
        missing |= dict.fromkeys(origin.missing_texts if origin else ())
        components.append(
            Component(
                linkage=Linkage.GRAFT,
                package=origin.package if origin else None,
                soname=library.elf.soname or PurePosixPath(library.name).name,
                place=_told_place(graft),
                original_sha256=graft.sha256,
                path=graft.path,
                sha256=digest,
                archives=origin.archives if origin else (),
                licence=origin.licence if origin else "",
                licence_files=tuple(own),
            )
        )
    return Foreign(components=tuple(components), licence_texts=texts, missing_texts=tuple(missing))


def foreign_archives(linked: Mapping[SystemPackage, Sequence[str]], records: PackageRecords) -> Foreign:
    """Return what is to be said of packages of which static archives were linked.

    Arguments:
        linked: the archives by package, as paths in it.
        records: of the file system that they are from.
    """
    components: list[Component] = []
    texts: dict[str, bytes] = {}
    missing: dict[MissingText, None] = {}
    for package, archives in linked.items():
        origin = origin_of(records, package, archives)
        texts |= origin.licence_texts
        missing |= dict.fromkeys(origin.missing_texts)
        components.append(
            Component(
                linkage=Linkage.STATIC,
                package=package,
                archives=origin.archives,
                licence=origin.licence,
                licence_files=tuple(origin.licence_texts),
            )
        )
    return Foreign(components=tuple(components), licence_texts=texts, missing_texts=tuple(missing))


def origin_of(records: PackageRecords, package: SystemPackage, archives: Sequence[str] = ()) -> Origin:
    """Return what is to be said of a package that something is from.

    Arguments:
        records: of the file system that holds the package.
        package: the package.
        archives: that were taken of it, as paths in it.
    """
    texts = records.licence_texts(package)
    own = texts.found.get(f"{package.name}/copyright", b"")
    return Origin(
        package=package,
        archives=tuple(archives),
        licence=licence_of(package, own, archives),
        licence_texts={f"licenses/{name}": text for name, text in texts.found.items()},
        missing_texts=texts.missing,
    )


def _told_place(graft: Graft) -> str:
    """Where a library was: in the target's file system; of another folder of this machine the name alone.

    Folders of the machine that repairs are nobody's affair, and would make other bytes on another machine.
    """
    place = graft.library.place
    told = place.name if graft.library.is_given else str(place)
    return told.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
