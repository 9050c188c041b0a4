"""The Python of a container image: its files are copied out by docker or podman, and nothing in it is started."""

import contextlib
import hashlib
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from crosswheel.errors import LackError, RefusedError
from crosswheel.process import Command, Completed, Processes, Reporter
from crosswheel.pythons.prefix import FoundPython, find_python
from crosswheel.store import Store, cannot_write
from crosswheel.store.tar import open_tar
from crosswheel.store.tree import Tree
from crosswheel.targets import Target

_LARGEST = 64 << 30  # bytes of an image's files
_LAYOUT = 1  # raised when images are unpacked in another way
_ENGINES = ("docker", "podman")
# As the OCI's image specification names them (GOARCH and GOARM).
_PLATFORMS = {
    "x86_64": "linux/amd64",
    "i686": "linux/386",
    "aarch64": "linux/arm64",
    "armv7l": "linux/arm/v7",
    "loongarch64": "linux/loong64",
}
# Of a whole file system, what a Python runs with: libraries, itself, and how libraries are found.
_WANTED = re.compile(
    r"(usr/)?(local/)?lib[^/]*(/|$)|usr/(local/)?(bin/python|include/)|usr/local/(opt|ssl)(/|$)|opt/|etc/(ld\.|alternatives/)"
)
# manylinux images have 1 GB of compilers, and a Python of every version.
_NOT_WANTED = re.compile(
    r"opt/(rh|clang|_internal/(pypy|graalpy|pipx))|(usr/)?lib[^/]*/(gcc|debug|modules|firmware|jvm|locale)(/|$)"
)
_OTHER_PYTHON = re.compile(r"opt/_internal/cpython-(\d+)\.(\d+)[^/]*(/|$)")
_HASH = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """The container engines of this machine.

    Arguments:
        processes: starts them.
        environment: the person's, which says where an engine is and how it stores (DOCKER_HOST, CONTAINERS_CONF, …).
        search_path: folders that they are looked for in, as PATH has them.
        reporter: told what is going on.
    """

    processes: Processes
    environment: Mapping[str, str]
    search_path: str
    reporter: Reporter

    def programs(self) -> tuple[Path, ...]:
        """Return those that are here."""
        found = (shutil.which(name, path=self.search_path) for name in _ENGINES)
        return tuple(Path(path) for path in found if path)

    def run(self, *argv: str) -> Completed:
        """Run one of them to its end."""
        return self.processes.run(Command(argv=argv, environment=self.environment, directory=Path("/")))


def image_python(reference: str, target: Target, *, engines: Engines, store: Store) -> FoundPython:
    """Return the Python of a target that an image has, copied into the cache.

    The engine makes a container of the image for the target's platform, which pulls it where it is not here, copies its
    files out, and removes it; the container is never started.

    Arguments:
        reference: of the image, as docker and podman know it.
        target: whose Python.
        engines: that may have it.
        store: where its files are kept, by the image's content.

    Raises:
        LackError: no engine is here, or none can get the image for the target's platform.
        RefusedError: its files cannot be copied.
        UsageError: it has no such Python.
    """
    with _container(reference, target, engines) as (program, container, image):
        key = hashlib.sha256(f"{_LAYOUT} {image} {target.python.tag}-{target.python.abi}".encode()).hexdigest()[:40]

        def make(folder: Path) -> None:
            with engines.reporter.step(f"files of the image {reference}"):
                exported = folder.with_name(f"{folder.name}.tar")
                try:
                    _export(program, container, exported, reference, engines)
                    _unpack(exported, folder, reference, target)
                finally:
                    exported.unlink(missing_ok=True)

        folder = store.folder("images", key, make)
    origin = f"image {reference} ({image[:12]})"
    return find_python(folder, target, store, shown=f"the image {reference}", origin=origin)


def image_platform(target: Target) -> str:
    """Return a target's platform as container engines know it, such as "linux/arm64"."""
    name = target.architecture.name
    return _PLATFORMS.get(name, f"linux/{name}")


@contextlib.contextmanager
def _container(reference: str, target: Target, engines: Engines) -> Iterator[tuple[str, str, str]]:
    """Give the engine, the container, and the SHA-256 of the image's configuration."""
    platform, programs = image_platform(target), engines.programs()
    if not programs:
        raise LackError(
            f"the image {reference} cannot be had",
            why="there is neither docker nor podman on PATH",
            hint="install podman (apt install podman), or name another place with --target-python",
        )
    said: list[str] = []
    for program in map(str, programs):
        # Whatever command is named is never run; an image without one of its own needs it.
        create = (program, "create", "--network", "none", "--platform", platform, reference, "/never-started")
        with engines.reporter.step(f"image {reference} for {platform}"):
            created = engines.run(*create)
        container = _last_hash(created.output) if created.returncode == 0 else None
        if container is None:
            said += [f"{Path(program).name}: {line}" for line in created.output.splitlines()[-4:] if line.strip()]
            continue
        try:
            inspected = engines.run(program, "inspect", "--type", "container", "--format", "{{.Image}}", container)
            image = _last_hash(inspected.output) if inspected.returncode == 0 else None
            if image is None:
                raise RefusedError(f"{program} does not tell what image {reference} is", details=[inspected.output])
            yield program, container, image
        finally:
            engines.run(program, "rm", "--force", container)
        return
    raise LackError(
        f"the image {reference} cannot be had for {platform}",
        why=f"{' and '.join(program.name for program in programs)} could make no container of it",
        hint="look at its name, and whether there is one of this architecture (docker manifest inspect)",
        details=said,
    )


def _last_hash(output: str) -> str | None:
    """Engines say a good deal before the answer (progress, warnings): it is the last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    match = _HASH.fullmatch(lines[-1]) if lines else None
    return match[1] if match else None


def _export(program: str, container: str, exported: Path, reference: str, engines: Engines) -> None:
    done = engines.run(program, "export", "--output", str(exported), container)
    if done.returncode != 0:
        raise RefusedError(
            f"the files of the image {reference} cannot be copied",
            why=f"{Path(program).name} export ended with exit status {done.returncode}",
            hint="see what it says; there has to be room for all of the image's files in the cache folder",
            details=done.output.splitlines()[-10:],
        )


def _unpack(exported: Path, folder: Path, reference: str, target: Target) -> None:
    try:
        with open_tar(exported, name=f"the image {reference}", limit=_LARGEST) as tar:
            tree = Tree(folder, merged=False, machine=True, kind="image")
            tree.unpack(tar, name=reference, wanted=_wanted(target))
    except OSError as error:
        raise cannot_write(folder, error) from error


def _wanted(target: Target) -> Callable[[str], bool]:
    version = target.python.version

    def wanted(path: str) -> bool:
        if not _WANTED.match(path) or _NOT_WANTED.match(path):
            return False
        other = _OTHER_PYTHON.match(path)
        return other is None or (int(other[1]), int(other[2])) == version

    return wanted
