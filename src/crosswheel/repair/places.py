"""Where the files of a wheel are once it is installed, and the ways that lead from one to another."""

import posixpath
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

_ORIGIN = re.compile(r"\$(?:ORIGIN\b|\{ORIGIN\})(?=/|$)")
_ROOTS = ("platlib", "purelib")


def installed_path(path: str) -> PurePosixPath | None:
    """Return where a member is below site-packages; None for one that is put elsewhere (scripts, data, headers).

    Arguments:
        path: of the member, from the wheel's root.
    """
    parts = path.split("/")
    if not parts[0].endswith(".data"):
        return PurePosixPath(path)
    return PurePosixPath(*parts[2:]) if parts[1] in _ROOTS and len(parts) > 2 else None  # noqa: PLR2004 NAME.data/ROOT/…


def is_script(path: str) -> bool:
    """Return whether a member is a program that an installer puts into the folder for programs.

    Arguments:
        path: of the member, from the wheel's root.
    """
    parts = path.split("/")
    return parts[0].endswith(".data") and parts[1:2] == ["scripts"]


def way(start: PurePosixPath, folder: PurePosixPath) -> str:
    """Return the run path entry that leads from a file's folder to another.

    Arguments:
        start: folder of the file, below site-packages.
        folder: below site-packages.
    """
    relative = posixpath.relpath(str(folder), str(start))
    return "$ORIGIN" if relative == "." else f"$ORIGIN/{relative}"


def folder_of(entry: str, start: PurePosixPath) -> PurePosixPath | None:
    """Return the folder below site-packages that a run path entry leads to; None where it leads elsewhere.

    Arguments:
        entry: of a run path, such as "$ORIGIN/../x.libs".
        start: folder of the file that has it, below site-packages.
    """
    match = _ORIGIN.match(entry)
    if match is None or "$" in entry[match.end() :]:
        return None
    reached = posixpath.normpath(posixpath.join(str(start), entry[match.end() :].lstrip("/")))
    return None if reached == ".." or reached.startswith("../") else PurePosixPath(reached)


def run_path(entries: Iterable[str], start: PurePosixPath, more: Iterable[PurePosixPath]) -> str:
    """Return the run path with the entries that stay below site-packages, and ways to more folders.

    Arguments:
        entries: that the file has.
        start: its folder, below site-packages.
        more: folders that it has to reach.
    """
    kept = [entry for entry in entries if folder_of(entry, start) is not None]
    reached = {folder_of(entry, start) for entry in kept}
    added = [way(start, folder) for folder in more if folder not in reached]
    return ":".join(dict.fromkeys((*kept, *added)))
