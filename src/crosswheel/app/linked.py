"""Which foreign code was linked into a wheel: the target's libraries, and runtimes of the compilers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from crosswheel.app.licences import CommonLicences
from crosswheel.app.workshop import Workshop
from crosswheel.debian.unpack import sysroot_of
from crosswheel.repair import Foreign, Origin, PackageRecords, SystemPackage, Tree, foreign_archives, origin_of
from crosswheel.targets import Architecture, architecture_named
from crosswheel.toolchains.openmp import OPENMP_SOURCE
from crosswheel.toolchains.origins import read_origins

_OPENMP = "libomp.so"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """What the compilers of a build linked.

    Arguments:
        packages: those of which static archives were linked, with the archives as paths in them.
        foreign: what a wheel has to say of these.
        origins: what shared libraries were made of that no package has as they are, by their files.
        folders: of shared libraries, as LD_LIBRARY_PATH would name them.
    """

    packages: Mapping[SystemPackage, tuple[str, ...]] = field(default_factory=dict)
    foreign: Foreign = field(default_factory=Foreign)
    origins: Mapping[Path, Origin] = field(default_factory=dict)
    folders: tuple[Path, ...] = ()


def what_was_linked(workshop: Workshop, link_log: Path, records: PackageRecords | None) -> Linked:
    """Return what the compilers of a build linked.

    Arguments:
        workshop: the run's parts.
        link_log: names each library that was linked, one path a line; not there when none was.
        records: of the target's libraries; None where there are none.

    Raises:
        LackError: what the cache holds of a library is damaged.
    """
    if not link_log.is_file():
        return Linked()
    lines = link_log.read_text(encoding="utf-8", errors="replace").splitlines()
    libraries = tuple(dict.fromkeys(map(Path, lines)))
    reading = _Reading(workshop=workshop, known={records.tree.root: records} if records else {})
    archives: dict[Path, dict[SystemPackage, set[str]]] = {}
    origins: dict[Path, Origin] = {}
    for library in libraries:
        made_of = read_origins(library)
        if library.suffix == ".so" and made_of != (library,):
            origin = reading.origin(made_of[0])
            origins |= {library.resolve(): origin} if origin else {}
            made_of = made_of[1:]
        elif library.name == _OPENMP and (text := library.with_name("LICENSE.TXT")).is_file():
            origins[library.resolve()] = _openmp(text)
        for root, package, place in reading.owned(made_of):
            archives.setdefault(root, {}).setdefault(package, set()).add(place)
    foreign = Foreign()
    packages: dict[SystemPackage, tuple[str, ...]] = {}
    for root, found in archives.items():
        ordered = {one: tuple(sorted(found[one])) for one in sorted(found, key=lambda package: package.name)}
        foreign += foreign_archives(ordered, reading.known[root])
        packages |= ordered
    folders = dict.fromkeys(library.parent for library in libraries if library.suffix == ".so")
    return Linked(packages=packages, foreign=foreign, origins=origins, folders=tuple(folders))


@dataclass(slots=True, kw_only=True)
class _Reading:
    """Looks up whose files are: of the target's libraries, and of compilers' packages, which are this machine's."""

    workshop: Workshop
    known: dict[Path, PackageRecords]

    def owned(self, files: tuple[Path, ...]) -> Iterator[tuple[Path, SystemPackage, str]]:
        """Yield the root, the package and the place in it, of those archives that are of a package."""
        for file in files:
            path = file.resolve()
            records = self._records(path) if path.suffix == ".a" else None
            if records is None:
                continue
            place = path.relative_to(records.tree.root)
            package = records.owner(PurePosixPath("/", place))
            if package:
                yield records.tree.root, package, str(place)

    def origin(self, archive: Path) -> Origin | None:
        """Return what is to be said of a library that was made of an archive."""
        return next(
            (origin_of(self.known[root], package, [place]) for root, package, place in self.owned((archive,))), None
        )

    def _records(self, path: Path) -> PackageRecords | None:
        found = next((root for root in self.known if path.is_relative_to(root)), None)
        if found is None:
            sysroot = sysroot_of(path, self._machine)
            if sysroot is None:
                return None
            found = sysroot.path.resolve()
            licences = CommonLicences(self.workshop, sysroot)
            self.known[found] = PackageRecords(Tree(root=found), self._machine, licences)
        return self.known[found]

    @property
    def _machine(self) -> Architecture:
        return architecture_named(self.workshop.host.machine)


def _openmp(text: Path) -> Origin:
    source = OPENMP_SOURCE
    package = SystemPackage(
        name=source.package,
        version=source.debian_version,
        source=source.package,
        architecture="source",
        sha256=source.sha256,
    )
    return Origin(
        package=package,
        licence="Apache-2.0 WITH LLVM-exception",
        licence_texts={f"licenses/{source.package}/LICENSE.TXT": text.read_bytes()},
    )
