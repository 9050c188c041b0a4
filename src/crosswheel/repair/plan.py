"""What has to change in a wheel, as values that can be looked at before anything is done."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from crosswheel.audit import WheelFacts
from crosswheel.elf import ElfChange, ElfFile, SegmentType
from crosswheel.errors import RefusedError
from crosswheel.repair.graft import Outside, graft_name, sha256_of_library
from crosswheel.repair.places import installed_path, is_script, run_path
from crosswheel.repair.search import FoundLibrary
from crosswheel.targets import Policy
from crosswheel.wheel import WheelName


@dataclass(frozen=True, slots=True, kw_only=True)
class Graft:
    """A library from outside that comes into the wheel.

    Arguments:
        library: what was found.
        names: that files ask for it by.
        name: that it gets.
        path: where it is put, from the wheel's root.
        sha256: of its bytes as they were found, in hexadecimal.
        change: what becomes of it on the way.
    """

    library: FoundLibrary
    names: tuple[str, ...]
    name: str
    path: str
    sha256: str
    change: ElfChange


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairPlan:
    """Everything that changes in a wheel; RECORD follows from it.

    Arguments:
        name: the file name that it gets.
        policy: that it meets then, as a platform tag; "" for a wheel without machine code.
        grafts: libraries that come in, sorted by path.
        changes: of machine code that is in it already, by path.
        moved: new paths of members that move, by their old ones.
        files: contents of other files, new or replaced, by path.
        executable: those of the files that may be executed.
        excluded: libraries that stay outside though the policy does not promise them.
        notes: what is worth knowing, one sentence each.
    """

    name: WheelName
    policy: str = ""
    grafts: tuple[Graft, ...] = ()
    changes: Mapping[str, ElfChange] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    executable: frozenset[str] = frozenset()
    excluded: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GraftPlan:
    """The part of a plan that is about machine code.

    Arguments:
        grafts: libraries that come in, sorted by path.
        changes: of machine code that is in the wheel already, by path.
        moved: new paths of programs that move, by their old ones.
        shims: what stands in the place of those programs, by path.
    """

    grafts: tuple[Graft, ...]
    changes: Mapping[str, ElfChange]
    moved: Mapping[str, str]
    shims: Mapping[str, bytes]


def plan_grafts(
    facts: WheelFacts,
    outside: Outside,
    *,
    is_promised: Callable[[str], bool],
    include: Sequence[str] = (),
    strip: bool = False,
) -> GraftPlan:
    """Return what has to be done so that every file finds the libraries that come in.

    Arguments:
        facts: of the wheel.
        outside: the libraries that come in.
        is_promised: whether a library may stay outside.
        include: libraries that are opened by name at run time: they keep it, and openers get a way to them.
        strip: whether what is not loaded is left out of all machine code.

    Raises:
        RefusedError: a file that needs a graft is where no way leads to it.
    """
    libraries = _folder_beside_code(facts, "libs")
    named = _named(outside, include)
    new_names = {old: one.name for one in named for old in one.names if old != one.name}
    grafted = frozenset(name for one in named for name in one.names)
    folder = installed_path(f"{libraries}/x") or PurePosixPath(libraries)
    ways = _Ways(
        facts=facts, grafted=grafted, new_names=new_names, folder=folder.parent, is_promised=is_promised, strip=strip
    )
    grafts = tuple(
        Graft(
            library=one.library,
            names=one.names,
            name=one.name,
            path=f"{libraries}/{one.name}",
            sha256=one.sha256,
            change=ways.of_graft(one.library, one.name),
        )
        for one in sorted(named, key=lambda one: one.name)
        if f"{libraries}/{one.name}" not in facts.elf_files  # an earlier repair brought it in: its name has its hash
    )
    openers = _openers(facts, grafted.intersection(include))
    changes: dict[str, ElfChange] = {}
    moved: dict[str, str] = {}
    shims: dict[str, bytes] = {}
    for path, file in facts.elf_files.items():
        if not file.is_dynamic:
            if strip and file.has_symbol_table and _is_loaded(file):
                changes[path] = ElfChange(strip=True)
            continue
        place, new_path = installed_path(path), path
        needs_graft = path in openers or not grafted.isdisjoint(file.needed)
        if place is None and needs_graft:
            place, new_path, shims[path] = _moved_program(facts, path)
            moved[path] = new_path
        change = ways.of_member(file, None if place is None else place.parent, opens=path in openers)
        if change != ElfChange():
            changes[path] = change
    return GraftPlan(grafts=grafts, changes=changes, moved=moved, shims=shims)


def _is_loaded(file: ElfFile) -> bool:
    """Whether a file without dynamic section is a program: objects and symbols for debugging have nothing to load."""
    return any(
        segment.type == SegmentType.LOAD and segment.file_size and segment.flags & 1 for segment in file.segments
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    library: FoundLibrary
    names: tuple[str, ...]
    name: str
    sha256: str


def _named(outside: Outside, include: Sequence[str]) -> tuple[_Named, ...]:
    """One entry for each file that comes in; one file may be asked for by several names."""
    by_name: dict[str, _Named] = {}
    digests: dict[Path, str] = {}
    # What is opened by name is looked for by that name: it has to keep it, and who needs the same file gets that one.
    kept = {outside.found[asked].path: PurePosixPath(asked).name for asked in include if asked in outside.found}
    for asked, library in outside.found.items():
        digest = digests.get(library.path) or sha256_of_library(library)
        digests[library.path] = digest
        own = kept.get(library.path) or graft_name(library, digest)
        name = PurePosixPath(asked).name if asked in include else own
        before = by_name.get(name)
        names = (*before.names, asked) if before else (asked,)
        by_name[name] = _Named(library=library, names=names, name=name, sha256=digest)
    return tuple(by_name.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ways:
    """What names and run paths files get."""

    facts: WheelFacts
    grafted: frozenset[str]
    new_names: Mapping[str, str]
    folder: PurePosixPath
    is_promised: Callable[[str], bool]
    strip: bool

    def of_graft(self, library: FoundLibrary, name: str) -> ElfChange:
        file = library.elf
        entries = self._folders_needed(file.needed)
        had = file.rpath is not None or file.runpath is not None
        path = run_path((), self.folder, entries)
        return ElfChange(
            needed=self._renamed(file),
            soname=name if file.soname != name else None,
            run_path=path if path or had else None,
            strip=self.strip,
        )

    def of_member(self, file: ElfFile, folder: PurePosixPath | None, *, opens: bool) -> ElfChange:
        needed = self._renamed(file)
        path = None
        if folder is not None:
            written = file.runpath or file.rpath or ""
            entries = [entry for entry in written.split(":") if entry]
            more = [self.folder] if opens or not self.grafted.isdisjoint(file.needed) else []
            kept = run_path(entries, folder, more)
            # An entry that leads outside is what brought a library of the build machine in; an empty one is the folder
            # that the process happens to be in.
            if kept != written:
                path = kept
        # Object files and what has only its symbols for debugging are left alone.
        strip = self.strip and file.has_symbol_table
        return ElfChange(needed=needed, run_path=path, strip=strip)

    def _renamed(self, file: ElfFile) -> dict[str, str]:
        asked = {*file.needed, *file.version_needs}
        return {old: new for old, new in self.new_names.items() if old in asked}

    def _folders_needed(self, needed: Iterable[str]) -> list[PurePosixPath]:
        """Where the libraries are that a graft needs: beside it, or where the wheel had them before."""
        found: dict[PurePosixPath, None] = {}
        for name in needed:
            if name in self.grafted:
                found[self.folder] = None
            elif name in self.facts.libraries and not self.is_promised(name):
                place = installed_path(self.facts.libraries[name])
                if place is not None:
                    found[place.parent] = None
        return list(found)


def _folder_beside_code(facts: WheelFacts, kind: str) -> str:
    """NAME.KIND, beside the machine code: in .data/platlib where the root is for portable files."""
    name = f"{facts.name.distribution}.{kind}"
    if facts.wheel_metadata.root_is_purelib and not root_has_code(facts):
        data = next((path.split("/")[0] for path in facts.elf_files if path.split("/")[0].endswith(".data")), "")
        if data:
            return f"{data}/platlib/{name}"
    return name


def root_has_code(facts: WheelFacts) -> bool:
    """Return whether machine code is in the root of a wheel, not in one of the folders of .data.

    Arguments:
        facts: of the wheel.
    """
    return any(not path.split("/")[0].endswith(".data") for path in facts.elf_files)


def _openers(facts: WheelFacts, include: frozenset[str]) -> frozenset[str]:
    """The members that open one of these libraries by name; all of them where none is known to."""
    if not include:
        return frozenset()
    known = {path for path, names in facts.opened_libraries.items() if not include.isdisjoint(names)}
    return frozenset(known or facts.elf_files)


def _moved_program(facts: WheelFacts, path: str) -> tuple[PurePosixPath, str, bytes]:
    """Where a program goes that needs a graft, and what is put in its place.

    From the folder for programs no fixed way leads to site-packages; a script of the environment's Python finds it.
    """
    if not is_script(path):
        raise RefusedError(
            f"{path} of {facts.name} cannot be given its libraries",
            why="it is installed outside of site-packages, and no fixed way leads from there to the wheel's libraries",
            hint="link it statically, or put it into the package",
        )
    new_path = f"{_folder_beside_code(facts, 'scripts')}/{PurePosixPath(path).name}"
    place = installed_path(new_path) or PurePosixPath(new_path)
    shim = (
        "#!python\nimport os\nimport sys\nimport sysconfig\n\n"
        f"program = os.path.join(sysconfig.get_path('platlib'), {str(place)!r})\n"
        "os.execv(program, sys.argv)\n"
    )
    return place, new_path, shim.encode()


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Return whether a library is meant by one of the patterns, such as "libcuda.so.*"."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def platform_tags(policy: Policy) -> tuple[str, ...]:
    """Return the platform tags of a policy: its own, and the names that it had before."""
    return tuple(f"{name}_{policy.architecture}" for name in (policy.name, *policy.aliases))
