"""Plans the repair of a wheel, from what is in it and what is asked."""

import hashlib
import mmap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from crosswheel import __version__
from crosswheel.audit import WheelFacts
from crosswheel.audit.policy import LIBPYTHON
from crosswheel.elf import EditedElf, ElfChange, edit_elf
from crosswheel.elf.same import give_back
from crosswheel.errors import RefusedError, UsageError
from crosswheel.repair.choose import Choice, choose_policy
from crosswheel.repair.foreign import Foreign, Origin, foreign_grafts
from crosswheel.repair.graft import Collector, is_plain
from crosswheel.repair.packages import CommonLicence
from crosswheel.repair.plan import Graft, RepairPlan, plan_grafts, platform_tags, root_has_code
from crosswheel.repair.sbom import build_sbom, grafted_files, sbom_path
from crosswheel.repair.search import FoundLibrary, LibrarySearch
from crosswheel.targets import AnyPlatform, Manylinux, Musllinux, Platform
from crosswheel.wheel import WheelName, WheelReader, with_tags

_STEP = 1 << 24  # bytes of a mapped file that stay in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of a repair.

    Arguments:
        platform: that the wheel shall be for; None for the strictest that it can meet.
        exclude: patterns of libraries that stay outside though no policy promises them.
        include: libraries that come in though no file says that it needs them: they are opened by name.
        strip: whether what is not loaded is left out of all machine code.
        source_date_epoch: seconds since 1970, UTC: the date of every file in the result.
        foreign: what else came into the wheel, and has to be told.
        origins: of libraries to graft that were made for the build, by their files.
        common_licence: asked for common licences that grafts are under and that the file system that they are from
            does not hold; None for nobody.
        files: contents of more files, by path from the wheel's root.
        python_symbols: what the target's Python exports; None where nobody asked it.
    """

    platform: Platform | None = None
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    strip: bool = False
    source_date_epoch: int = 0
    foreign: Foreign = field(default_factory=Foreign)
    origins: Mapping[Path, Origin] = field(default_factory=dict)
    common_licence: CommonLicence | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    python_symbols: frozenset[str] | None = None


def plan_repair(reader: WheelReader, facts: WheelFacts, search: LibrarySearch | None, wish: Wish) -> RepairPlan:
    """Return what has to change so that the wheel carries a true platform tag, with all that it needs.

    The Python and ABI tags stay. A wheel for any platform that holds no machine code keeps its tags.

    Arguments:
        reader: of the wheel.
        facts: of it.
        search: where the target's loader looks; None for a wheel without machine code.
        wish: what is asked.

    Raises:
        RefusedError: it can meet no policy, or not the one that is asked for; or a file cannot be edited.
        UsageError: a path of the wish's files is not inside the wheel, or is RECORD.
        BadInputError: the wheel is not sound.
    """
    reader.require_sound()
    _check_paths(reader, wish.files)
    if search is None:
        name = facts.name
        if not name.is_any and wish.platform is not None and not isinstance(wish.platform, AnyPlatform):
            name = name.with_platforms(wish.platform.wheel_tag().split("."))
        return RepairPlan(
            name=name,
            files={**wish.files, **_notes(reader, wish.foreign, wish), **_wheel_file(reader, facts, name)},
            notes=wish.foreign.notes,
        )
    choice = _choice(facts, search, wish)
    code = plan_grafts(facts, choice.outside, is_promised=choice.is_promised, include=wish.include, strip=wish.strip)
    digests = [(graft, _digest(edited_graft(graft))) for graft in code.grafts]
    foreign = wish.foreign + foreign_grafts(digests, search.architecture, wish.common_licence, wish.origins)
    name = facts.name.with_platforms(platform_tags(choice.policy))
    return RepairPlan(
        name=name,
        policy=f"{choice.policy.name}_{choice.policy.architecture}",
        grafts=code.grafts,
        changes=code.changes,
        moved=code.moved,
        files={
            **wish.files,
            **code.shims,
            **_notes(reader, foreign, wish, code.changes),
            **_wheel_file(reader, facts, name),
        },
        executable=frozenset(code.shims),
        excluded=choice.excluded,
        notes=(
            *choice.outside.passed_over,
            *(f"{old} became {new}, which a script starts in its place" for old, new in code.moved.items()),
            *foreign.notes,
        ),
    )


def content_of(library: FoundLibrary) -> memoryview:
    """Return the bytes of a library, without reading them all into memory."""
    with library.path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def edited_graft(graft: Graft) -> EditedElf:
    """Return a library as it comes into the wheel.

    Raises:
        RefusedError: it cannot be edited.
    """
    try:
        return edit_elf(content_of(graft.library), graft.change)
    except RefusedError as error:
        raise cannot_edit(str(graft.library.path), error) from error


def cannot_edit(path: str, error: RefusedError) -> RefusedError:
    """Return the error of an edit with the file that it is about."""
    return RefusedError(f"{path} cannot be edited", why=error.why or error.what, hint=error.hint)


def _choice(facts: WheelFacts, search: LibrarySearch, wish: Wish) -> Choice:
    if wish.platform is not None and not isinstance(wish.platform, Manylinux | Musllinux):
        raise UsageError(
            f"{facts.name} cannot be repaired for {wish.platform}",
            why="its machine code is for Linux",
            hint="take --target auto, or a manylinux or musllinux tag",
        )
    if libpython := [name for name in wish.include if name.startswith(LIBPYTHON)]:
        raise UsageError(
            f"--include {libpython[0]} cannot be done",
            why="a second interpreter would come into the process",
            hint="leave it out: the program that loads the wheel has its own",
        )
    if odd := [name for name in wish.include if not is_plain(name)]:
        raise UsageError(
            f"--include {odd[0]!r} cannot be done",
            why="a library that is opened by name keeps it, and this can be no file's name in a wheel",
            hint="give the name that dlopen is asked for, such as libfoo.so.1",
        )
    return choose_policy(
        facts,
        Collector(facts, search),
        search.libc,
        platform=wish.platform,
        exclude=wish.exclude,
        include=wish.include,
        python_symbols=wish.python_symbols,
    )


def _check_paths(reader: WheelReader, files: Mapping[str, bytes]) -> None:
    for path in files:
        if path == f"{reader.dist_info}/RECORD" or any(part in ("", ".", "..") for part in path.split("/")):
            raise UsageError(f"{path} cannot be added to a wheel", why="it is RECORD, or leads outside")


def _notes(
    reader: WheelReader, foreign: Foreign, wish: Wish, changes: Mapping[str, ElfChange] | None = None
) -> dict[str, bytes]:
    """The bill of materials, and the licence texts of what is in it; METADATA is left as it is.

    METADATA is the project's own word: what its sdist says of licences must stand in its wheels too (PEP 643).
    """
    path = sbom_path(reader.dist_info)
    before = reader.read(path) if path in reader.members else None
    again = grafted_files(before).intersection(changes or {}) if before is not None else frozenset[str]()
    if not foreign.components and not again:
        return {}
    sbom = build_sbom(
        reader.name,
        foreign.components,
        version=__version__,
        source_date_epoch=wish.source_date_epoch,
        before=before,
        edited={one: _digest(edit_elf(reader.load(one), (changes or {})[one])) for one in again},
    )
    texts = {f"{reader.dist_info}/{name}": text for name, text in foreign.licence_texts.items()}
    return {path: sbom} | {name: text for name, text in texts.items() if name not in reader.members}


def _wheel_file(reader: WheelReader, facts: WheelFacts, name: WheelName) -> dict[str, bytes]:
    path = f"{reader.dist_info}/WHEEL"
    before = reader.read(path)
    after = with_tags(before, name.tags)
    if facts.wheel_metadata.root_is_purelib and facts.elf_files and root_has_code(facts):
        lines = after.decode().splitlines()
        after = "".join(
            f"{'Root-Is-Purelib: false' if line.lower().startswith('root-is-purelib:') else line}\n" for line in lines
        ).encode()
    return {path: after} if after != before else {}


def passing(edited: EditedElf) -> Iterator[bytes | memoryview]:
    """Yield an edited file in pieces; what was mapped of it does not stay in memory."""
    passed = 0
    for chunk in edited.chunks():
        yield chunk
        passed += len(chunk)
        if passed >= _STEP and isinstance(chunk, memoryview):
            give_back(chunk)
            passed = 0


def _digest(edited: EditedElf) -> str:
    digest = hashlib.sha256()
    for chunk in passing(edited):
        digest.update(chunk)
    return digest.hexdigest()
