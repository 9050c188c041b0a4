"""Where a Python of this machine poses as the target's: its build requirements' headers become those of the target.

The Python code of a build requirement runs on this machine, so its wheel is this machine's. What compilers read of it
has to be the target's: sizes of types stand in headers (numpy's `_numpyconfig.h`), and static libraries are machine
code. So for every installed build requirement that has such files and machine code, the same files are taken from its
wheel of the same version for the target.
"""

from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath

from crosswheel.app.workshop import Workshop
from crosswheel.errors import BadInputError, RefusedError
from crosswheel.index import IndexFile
from crosswheel.pythons import Environment
from crosswheel.targets import Manylinux, Musllinux, Target, newest_platform
from crosswheel.wheel import WheelName, read_wheel

# What compilers and linkers read of a package.
_READ = frozenset({".h", ".hh", ".hpp", ".hxx", ".inc", ".ipp", ".a", ".pc"})
_SCHEMES = frozenset({"purelib", "platlib"})  # of NAME.data, that land in site-packages (PEP 427)


def lay_over(workshop: Workshop, environment: Environment, target: Target, done: set[str]) -> tuple[str, ...]:
    """Lay the target's headers and static libraries over those of installed build requirements.

    Arguments:
        workshop: the run's parts.
        environment: of the posing Python.
        target: whose they are to be.
        done: names and versions that have been looked at; those of this call are added.

    Returns:
        A sentence for each build requirement that has no wheel for the target.
    """
    missing: list[str] = []
    for folder in sorted(environment.site.glob("*.dist-info")):
        metadata = _headers(folder / "METADATA")
        name, version = metadata.get("Name", ""), metadata.get("Version", "")
        if f"{name} {version}" in done:
            continue
        done.add(f"{name} {version}")
        if not (_has_machine_code(folder) and _files(folder)):
            continue
        wheel = _wheel(workshop, name, version, target)
        if wheel is None:
            missing.append(
                f"{name} {version} has no wheel for {target}: what includes its headers is compiled with this machine's"
            )
            continue
        path, _ = workshop.index.fetch(wheel)
        with path.open("rb") as file:
            reader = read_wheel(file, wheel.filename)  # in the cache it has another name
            for member in reader.members:
                place = _place(member)
                if place is not None and place.suffix in _READ:
                    _replace(environment.site / place, reader.load(member))
        workshop.reporter.note(f"{wheel.filename}: its headers and static libraries are laid over this machine's")
    return tuple(missing)


def _headers(file: Path) -> dict[str, str]:
    try:
        return dict(HeaderParser().parsestr(file.read_text(encoding="utf-8", errors="replace")))
    except OSError:  # not what an installer left there
        return {}


def _has_machine_code(folder: Path) -> bool:
    wheel = folder / "WHEEL"
    lines = wheel.read_text(encoding="utf-8", errors="replace").splitlines() if wheel.is_file() else []
    tags = [line.partition(":")[2].strip() for line in lines if line.startswith("Tag:")]
    # Programs (cmake, with headers that are its templates) have no ABI and a script to start them: nobody links them.
    if (folder / "entry_points.txt").is_file() and all("-none-" in tag for tag in tags):
        return False
    return any(not tag.endswith("-any") for tag in tags)


def _files(folder: Path) -> bool:
    record = folder / "RECORD"
    lines = record.read_text(encoding="utf-8", errors="replace").splitlines() if record.is_file() else []
    return any(PurePosixPath(line.rsplit(",", 2)[0]).suffix in _READ for line in lines)


def _wheel(workshop: Workshop, name: str, version: str, target: Target) -> IndexFile | None:
    try:
        files = workshop.index.files(name)
    except RefusedError:  # installed from a URL, or a folder: no index knows it
        return None
    wheels = [(file, _tags_of(file)) for file in files if file.kind == "wheel" and file.version == version]
    for tag in _tags(target.interpreter):
        for file, tags in wheels:
            if tag in tags:
                return file
    return None


def _tags_of(file: IndexFile) -> tuple[str, ...]:
    try:
        return WheelName.parse(file.filename).tags
    except BadInputError:  # of the time before wheels had a standard
        return ()


def _tags(target: Target) -> Iterator[str]:
    """The tags that the target accepts, best first; then those of newer C libraries, since nothing of it is run."""
    yield from map(str, target.tags())
    platform = target.platform
    if isinstance(platform, Manylinux | Musllinux):
        yield from map(str, Target(python=target.python, platform=newest_platform(platform)).tags())


def _place(member: str) -> PurePosixPath | None:
    path = PurePosixPath(member)
    if len(path.parts) == 1 or not path.parts[0].endswith(".data"):
        return path
    return PurePosixPath(*path.parts[2:]) if path.parts[1] in _SCHEMES and path.parts[2:] else None


def _replace(path: Path, content: bytes | memoryview) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(content)
