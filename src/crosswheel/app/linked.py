"""Which of the target's libraries were linked into a wheel."""

from pathlib import Path, PurePosixPath

from crosswheel.repair import PackageRecords, SystemPackage


def linked_archives(records: PackageRecords, link_log: Path) -> dict[SystemPackage, tuple[str, ...]]:
    """Return the packages whose static archives were linked, with those archives, both sorted.

    Arguments:
        records: of the sysroot that the compilers looked into.
        link_log: names each library that was linked, one path a line; not there when none was.
    """
    if not link_log.is_file():
        return {}
    root = records.tree.root
    found: dict[SystemPackage, set[str]] = {}
    for line in link_log.read_text(encoding="utf-8", errors="replace").splitlines():
        path = Path(line).resolve()
        if path.suffix != ".a" or not path.is_relative_to(root):
            continue
        place = path.relative_to(root)
        package = records.owner(PurePosixPath("/", place))
        if package:
            found.setdefault(package, set()).add(str(place))
    return {package: tuple(sorted(found[package])) for package in sorted(found, key=lambda package: package.name)}


def linked_folders(link_log: Path) -> tuple[Path, ...]:
    """Return the folders of shared libraries that were linked, as LD_LIBRARY_PATH would name them.

    The compilers' own runtimes (OpenMP's) are in no folder of the target's.

    Arguments:
        link_log: names each library that was linked, one path a line; not there when none was.
    """
    if not link_log.is_file():
        return ()
    lines = link_log.read_text(encoding="utf-8", errors="replace").splitlines()
    return tuple(dict.fromkeys(Path(line).parent for line in lines if Path(line).suffix == ".so"))
