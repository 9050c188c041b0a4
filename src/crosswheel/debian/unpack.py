"""Writes a sysroot from package files, and reads what was written down about it."""

import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crosswheel.debian.control import Package
from crosswheel.errors import LackError
from crosswheel.store import Sysroot, SysrootPackage
from crosswheel.store.files import cannot_write
from crosswheel.targets import Architecture

if TYPE_CHECKING:
    from crosswheel.debian.alternatives import Alternative
    from crosswheel.store.tree import Tree

_RECORD = "sysroot.json"
_ROOT = "root"
_SLACK = 16 << 20  # bytes that a package may have beyond what it says of itself, which leaves out blocks and links


def write_sysroot(
    folder: Path,
    packages: Iterable[tuple[Package, Path]],
    *,
    suite: str,
    glibc: tuple[int, int],
    only: frozenset[str] = frozenset(),
) -> None:
    """Unpack packages, or `only` these files of them, into an empty folder, in this order; write down what they were.

    Of whole packages, the links are made too that update-alternatives would make when they are configured.

    Raises:
        BadInputError: a package is damaged, or would write outside.
        LackError: the disk is full.
    """
    from crosswheel.debian.alternatives import chosen_links
    from crosswheel.store.tree import Tree

    root = folder / _ROOT
    alternatives: list[Alternative] = []
    entries: list[dict[str, object]] = []
    try:
        root.mkdir()
        tree = Tree(root)
        for package, path in packages:
            entries.append(
                {
                    "name": package.name,
                    "version": package.version,
                    "source": package.source,
                    "architecture": package.architecture,
                    "sha256": package.sha256,
                    "files": _unpack(tree, package, path, only),
                }
            )
            if not only:
                alternatives += _alternatives(package, path)
        for link, target in chosen_links(alternatives).items():
            tree.link(link, target, name="of alternatives")
        record = {"suite": suite, "glibc": glibc, "packages": entries, "bytes": _size(root, entries)}
        (folder / _RECORD).write_text(json.dumps(record), encoding="utf-8")
    except OSError as error:
        raise cannot_write(root, error) from error


def read_sysroot(folder: Path, architecture: Architecture) -> Sysroot:
    """Return a sysroot that `write_sysroot` made.

    Raises:
        LackError: it is damaged.
    """
    try:
        record = json.loads((folder / _RECORD).read_bytes())
        major, minor = record["glibc"]
        sysroot = Sysroot(
            path=folder / _ROOT,
            architecture=architecture,
            glibc=(int(major), int(minor)),
            suite=record["suite"],
            packages=tuple(SysrootPackage(**{**entry, "files": tuple(entry["files"])}) for entry in record["packages"]),
        )
        _check_size(sysroot.path, record)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LackError(
            f"the sysroot {folder} is damaged", why=str(error), hint=f"remove it (rm -r {folder}) and try again"
        ) from error
    return sysroot


def sysroot_of(path: Path, architecture: Architecture) -> Sysroot | None:
    """Return the sysroot that a file is in; None where it is in none.

    Arguments:
        path: of the file, without links.
        architecture: of the sysroot.

    Raises:
        LackError: it is damaged.
    """
    folder = next((parent.parent for parent in path.parents if parent.name == _ROOT), None)
    return read_sysroot(folder, architecture) if folder and (folder / _RECORD).is_file() else None


def _unpack(tree: "Tree", package: Package, path: Path, only: frozenset[str]) -> tuple[str, ...]:
    from crosswheel.debian.deb import open_data

    limit = package.installed_size * 1024 * 2 + _SLACK
    with path.open("rb") as deb, open_data(deb, name=package.name, limit=limit) as archive:
        return tree.unpack(archive, name=package.name, only=only)


def _check_size(root: Path, record: Mapping[str, Any]) -> None:
    """What a cleaner of old files took, or a copy cut short, would fail much later, and not say why."""
    size = _size(root, record["packages"])
    if size != record.get("bytes", size):
        raise ValueError(f"its files have {size} bytes together, and had {record['bytes']} when they were unpacked")


def _size(root: Path, entries: Sequence[Mapping[str, object]]) -> int:
    """Bytes of all files together.

    Raises:
        OSError: one of them is not there.
    """
    top = str(root)
    sizes = {path: os.lstat(f"{top}/{path}") for entry in entries for path in _texts(entry["files"])}
    return sum(status.st_size for status in sizes.values() if stat.S_ISREG(status.st_mode))


def _texts(files: object) -> Iterator[str]:
    if isinstance(files, list | tuple):
        yield from (path for path in files if isinstance(path, str))


def _alternatives(package: Package, path: Path) -> "tuple[Alternative, ...]":
    from crosswheel.debian.alternatives import read_alternatives
    from crosswheel.debian.deb import read_script

    with path.open("rb") as deb:
        return read_alternatives(read_script(deb, "postinst", name=package.name))
