"""Writes the files of packages, archives and images into a folder, and never beside it, whatever they say."""

import os
import shutil
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

from crosswheel.errors import BadInputError

MERGED = ("bin", "lib", "lib64", "sbin")
"""Links into /usr. From trixie on packages leave them to the base system."""

_MOST_LINKS = 40  # as the kernel follows (path_resolution(7))
_SPECIAL = {tarfile.CHRTYPE: "device", tarfile.BLKTYPE: "device", tarfile.FIFOTYPE: "named pipe"}


class Tree:
    """A new folder that is filled from tar archives, laid out as a file system with merged /usr if need be.

    Every link that is written points to a place inside, seen from the folder it truly is in: first steps up, no more
    than that folder is deep, then steps down. So no chain of them leads out, in whatever order things come, and later
    files may be written through them.

    Arguments:
        root: an empty folder that nobody else writes to.
        merged: whether /bin, /lib and so on are links into /usr, whatever the archives say.
        machine: whether it is the root of a machine: links that step above it stay at it, as the kernel has them.
        kind: of what is unpacked, for people.
    """

    def __init__(self, root: Path, *, merged: bool = True, machine: bool = False, kind: str = "package") -> None:
        self._root = str(root)
        self._real: dict[str, str] = {"": ""}
        self._links = frozenset(MERGED if merged else ())
        self._machine = machine
        self._kind = kind
        for name in self._links:
            os.makedirs(f"{self._root}/usr/{name}", exist_ok=True)
            os.symlink(f"usr/{name}", f"{self._root}/{name}")

    def unpack(
        self,
        archive: tarfile.TarFile,
        *,
        name: str,
        only: frozenset[str] = frozenset(),
        wanted: Callable[[str], bool] | None = None,
    ) -> tuple[str, ...]:
        """Write the files of a package; return their paths, where they truly are, below the root.

        Arguments:
            archive: its files.
            name: of the package, for people.
            only: paths of the only files that are wanted, as the package has them; none for all. What comes after the
                last of them is not read.
            wanted: says of a path, as the package has it, whether it is wanted; None for all. What is not wanted may
                be anything, also a device.

        Owners, setuid, setgid and sticky bits are not taken over.

        Raises:
            BadInputError: something in it is not harmless; nothing that it says is done then.
        """
        written: list[str] = []
        missing = set(only)
        for member in archive:
            if only and not missing:
                break
            parts = self._parts(member.name, name)
            if not parts or (only and "/".join(parts) not in missing):
                continue
            if wanted and not (wanted("/".join(parts)) and _has_wanted_content(member, wanted)):
                continue
            missing.discard("/".join(parts))
            if member.isdir():
                self._folder(parts, name)
                continue
            path = f"{self._folder(parts[:-1], name)}/{parts[-1]}".lstrip("/")
            if self._write(archive, member, path, name):
                written.append(path)
        return tuple(written)

    def link(self, path: str, target: str, *, name: str) -> None:
        """Make a link that no package has, unless something is there or it would lead to nothing.

        Arguments:
            path: of the link, absolute.
            target: what it leads to, absolute.
            name: who wants it, for people.

        Raises:
            BadInputError: it is outside, or leads there.
        """
        *folder, last = self._parts(path.lstrip("/"), name) or [""]
        wanted = "/".join(self._parts(target.lstrip("/"), name))
        if not last or not os.path.exists(f"{self._root}/{wanted}"):
            return
        place = f"{self._folder(folder, name)}/{last}".lstrip("/")
        if not os.path.lexists(f"{self._root}/{place}"):
            os.symlink(self._inside(target, place, name), f"{self._root}/{place}")

    def _write(self, archive: tarfile.TarFile, member: tarfile.TarInfo, path: str, name: str) -> bool:
        if path in self._links:
            return False  # base-files ships the links that are made already
        place = f"{self._root}/{path}"
        symbolic = hard = None
        if member.issym():
            symbolic = self._inside(member.linkname, path, name)
        elif member.islnk():
            hard = self._existing(member.linkname, name)
            if hard == path:
                raise self._refused(name, f"{member.name} is a hard link to itself")
            if os.path.islink(f"{self._root}/{hard}"):
                # Its steps up are counted from the folder that it is in: elsewhere the same text may lead out.
                text = os.readlink(f"{self._root}/{hard}")
                symbolic = self._inside(f"/{hard.rpartition('/')[0]}/{text}", path, name)
        elif not member.isfile() or member.issparse():  # a sparse file may be larger than any limit
            kind = _SPECIAL.get(member.type, "thing of an unknown kind")
            raise self._refused(name, f"it holds a {kind}, {member.name}")
        if symbolic and os.path.isdir(place) and not os.path.islink(place):
            return False  # as dpkg does: a folder stays
        self._clear(place, member, name)
        if symbolic:
            os.symlink(symbolic, place)
        elif hard:
            os.link(f"{self._root}/{hard}", place, follow_symlinks=False)
        else:
            self._file(archive, member, place)
        return True

    def _file(self, archive: tarfile.TarFile, member: tarfile.TarInfo, place: str) -> None:
        source = archive.extractfile(member)
        assert source is not None  # noqa: S101 it is a file
        mode = (member.mode & 0o777) | stat.S_IRUSR | stat.S_IWUSR
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
            os.fchmod(handle, mode)
        os.utime(place, (member.mtime, member.mtime))

    def _clear(self, place: str, member: tarfile.TarInfo, name: str) -> None:
        try:
            found = os.lstat(place)
        except FileNotFoundError:
            return
        if stat.S_ISDIR(found.st_mode):
            raise self._refused(name, f"{member.name} would take the place of a folder")
        os.unlink(place)

    def _parts(self, path: str, name: str) -> list[str]:
        parts = [part for part in path.split("/") if part not in {"", "."}]
        if path.startswith("/") or ".." in parts or "\0" in path:
            raise self._refused(name, f"it holds a file that would be written outside of its folder: {path!r}")
        return parts

    def _folder(self, parts: list[str], name: str) -> str:
        """Return where a folder truly is, below the root, through all links; it is made where there is none."""
        at = ""
        for part in parts:
            step = f"{at}/{part}" if at else part
            if step not in self._real:
                self._real[step] = self._resolve(step, name, _MOST_LINKS)
            at = self._real[step]
        return at

    def _resolve(self, path: str, name: str, links_left: int) -> str:
        place = f"{self._root}/{path}"
        try:
            mode = os.lstat(place).st_mode
        except FileNotFoundError:
            os.mkdir(place, 0o755)
            return path
        if stat.S_ISDIR(mode):
            return path
        if not stat.S_ISLNK(mode) or not links_left:
            raise self._refused(name, f"/{path} would be a folder and is something else")
        at = path.rpartition("/")[0]
        for part in os.readlink(place).split("/"):
            if part == "..":
                at = at.rpartition("/")[0]
            elif part not in {"", "."}:
                at = self._resolve(f"{at}/{part}" if at else part, name, links_left - 1)
        return at

    def _inside(self, link: str, path: str, name: str) -> str:
        """Return a symbolic link's text, relative, its steps up first; refuse one that leads out.

        Arguments:
            link: as the package has it; absolute means from the root of the sysroot.
            path: where the link will truly be, below the root.
            name: the package's.
        """
        if not link or "\0" in link:
            raise self._refused(name, f"/{path} is a link to nowhere")
        folders = path.split("/")[:-1]
        target = [] if link.startswith("/") else list(folders)
        for part in link.split("/"):
            if part == "..":
                # At the root of a file system ".." stays there, but a relative link that says so is made to deceive.
                if not target and self._machine:
                    continue
                if not target:
                    raise self._refused(name, f"/{path} is a link that leads out of its folder: {link!r}")
                target.pop()
            elif part not in {"", "."}:
                target.append(part)
        common = 0
        while common < min(len(folders), len(target)) and folders[common] == target[common]:
            common += 1
        return "/".join([".."] * (len(folders) - common) + target[common:]) or "."

    def _existing(self, link: str, name: str) -> str:
        parts = self._parts(link, name)
        path = f"{self._folder(parts[:-1], name)}/{parts[-1]}".lstrip("/") if parts else ""
        try:
            mode = os.lstat(f"{self._root}/{path}").st_mode
        except FileNotFoundError:
            mode = 0
        if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            raise self._refused(name, f"it holds a hard link to something that is no file of it: {link!r}")
        return path

    def _refused(self, name: str, why: str) -> BadInputError:
        return BadInputError(f"the {self._kind} {name} is refused", why=why)


def _has_wanted_content(member: tarfile.TarInfo, wanted: Callable[[str], bool]) -> bool:
    return not member.islnk() or wanted("/".join(part for part in member.linkname.split("/") if part not in {"", "."}))
