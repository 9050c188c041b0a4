"""A folder that is looked at as the target's file system: its links lead to places in it, never outside."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

_MOST_LINKS = 40  # Linux gives up after as many (path_resolution(7))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A folder laid out as a file system; "/" for this machine's own.

    Arguments:
        root: the folder, absolute, without links.
    """

    root: Path

    def find(self, path: PurePosixPath) -> PurePosixPath | None:
        """Return the file or folder that a path of the target leads to, without links; None where nothing is.

        An absolute link leads to a place under the root, and `..` never above it, as after chroot(2).

        Arguments:
            path: absolute, as programs of the target would name it.
        """
        if "\0" in str(path):  # no file has such a name, and Python refuses to ask
            return None
        waiting = list(reversed(path.parts[1:]))
        at = PurePosixPath("/")
        links = 0
        while waiting:
            part = waiting.pop()
            if part in ("", "."):
                continue
            if part == "..":
                at = at.parent
                continue
            here = self.host_path(at / part)
            try:
                target = os.readlink(here)  # noqa: PTH115 Path.readlink takes twice the time, and fails alike
            except FileNotFoundError:
                return None
            except OSError:  # no link
                at /= part
                continue
            links += 1
            if links > _MOST_LINKS:
                return None
            if target.startswith("/"):
                at = PurePosixPath("/")
            waiting.extend(reversed(target.split("/")))
        return at if os.path.lexists(self.host_path(at)) else None

    def host_path(self, path: PurePosixPath) -> Path:
        """Return where a path of the target is on this machine; links in it are not looked at."""
        return self.root.joinpath(*path.parts[1:])

    def file(self, path: PurePosixPath) -> Path | None:
        """Return where on this machine the regular file is that a path of the target leads to; None for none."""
        found = self.find(path)
        if found is None:
            return None
        here = self.host_path(found)
        return here if here.is_file() else None

    def text(self, path: PurePosixPath) -> str | None:
        """Return the text of a file; None where there is none that can be read."""
        here = self.file(path)
        if here is None:
            return None
        try:
            return here.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None

    def matching(self, pattern: PurePosixPath) -> Iterator[PurePosixPath]:
        """Yield the paths of files that match the last part of a pattern, sorted; its folders are taken as they stand.

        Arguments:
            pattern: such as /etc/ld.so.conf.d/*.conf.
        """
        folder = self.find(pattern.parent)
        if folder is None or not pattern.name:
            return
        if not set(pattern.name).intersection("*?["):
            yield folder / pattern.name
            return
        try:
            names = sorted(os.listdir(self.host_path(folder)))  # noqa: PTH208 names, not paths
        except OSError:
            return
        yield from (folder / name for name in names if fnmatchcase(name, pattern.name))
