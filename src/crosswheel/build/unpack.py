"""Unpacks source archives, without trust in who made them.

Python's own extraction filters (PEP 706) let through what this refuses: archives without an end to their size, members
that replace others through a link, links that leave only together (CVE-2025-4517), tar files that break off between two
members.
"""

import calendar
import os
import stat
import tarfile
import zipfile
from pathlib import Path

from crosswheel.build.tree import DAMAGE, Limits, Tree, printable
from crosswheel.errors import BadInputError, LackError
from crosswheel.store import remove_tree
from crosswheel.store.tar import open_tar

_LONGEST_LINK = 4096  # PATH_MAX


def unpack_archive(archive: Path, folder: Path, *, shown: str = "", limits: Limits | None = None) -> Path:
    """Unpack a source archive and return the one folder in it (PEP 517: NAME-VERSION).

    Executable bits and times are kept; owners, set-user-id bits and the rest are not. When it fails, nothing stays.

    Arguments:
        archive: a tar file (plain, gzip, bzip2, xz) or a zip file, told by its content.
        folder: where to; it must be empty or not there.
        shown: what the archive is called in messages.
        limits: how much it may unpack to.

    Raises:
        BadInputError: it is damaged, or holds what no source archive holds.
        LackError: there is no room for it.
        ValueError: the folder is not empty.
    """
    name = shown or archive.name
    try:
        packed = archive.stat().st_size
        with archive.open("rb") as opened:
            magic = opened.read(6)
    except OSError as error:
        raise BadInputError(f"{name} cannot be read", why=error.strerror or str(error)) from error
    tree = Tree(folder, name, packed, limits or Limits())
    tree.begin()
    try:
        if magic.startswith(b"PK"):
            _unpack_zip(archive, tree)
        else:
            _unpack_tar(archive, tree)
        return tree.finish()
    except BaseException:
        remove_tree(folder)
        raise


def _unpack_tar(archive: Path, tree: Tree) -> None:
    try:
        with open_tar(archive, name=tree.shown, limit=tree.longest_stream()) as tar:
            for member in tar:
                _unpack_member(tar, member, tree)
    except OSError as error:
        raise tree.damaged(error) from error


def _unpack_member(tar: tarfile.TarFile, member: tarfile.TarInfo, tree: Tree) -> None:
    if member.isreg():
        content = tar.extractfile(member)
        if content is None:
            raise tree.damaged(why=f"{printable(member.name)} has no content")
        tree.file(member.name, content, member.size, member.mode, member.mtime)
    elif member.isdir():
        tree.folder(member.name)
    elif member.issym():
        tree.link(member.name, member.linkname)
    elif member.islnk():
        tree.hard_link(member.name, member.linkname, member.mode, member.mtime)
    else:
        tree.refuse(f"{printable(member.name)} is a device, a pipe, or something else that no source holds")


def _unpack_zip(archive: Path, tree: Tree) -> None:
    try:
        with zipfile.ZipFile(archive) as opened:
            for info in opened.infolist():
                _unpack_entry(opened, info, tree)
    except (BadInputError, LackError):
        raise
    except DAMAGE as error:
        raise tree.damaged(error) from error


def _unpack_entry(opened: zipfile.ZipFile, info: zipfile.ZipInfo, tree: Tree) -> None:
    # The upper half is a Unix mode, where the maker's system has modes (APPNOTE.TXT, 4.4.15).
    mode = info.external_attr >> 16
    kind = stat.S_IFMT(mode)
    if info.is_dir():
        tree.folder(info.filename)
    elif kind == stat.S_IFLNK:
        if info.file_size > _LONGEST_LINK:
            tree.refuse(f"{printable(info.filename)} is a link to nothing")
        tree.link(info.filename, os.fsdecode(opened.read(info)))
    elif kind in {0, stat.S_IFREG}:
        with opened.open(info) as content:
            tree.file(info.filename, content, info.file_size, mode, _zip_time(info))
            if content.read(1):
                raise tree.damaged(why=f"{printable(info.filename)} is longer than it says")
    else:
        tree.refuse(f"{printable(info.filename)} is a device, a pipe, or something else that no source holds")


def _zip_time(info: zipfile.ZipInfo) -> float:
    try:
        # Zip times have no zone; as UTC they are the same on every machine.
        return float(calendar.timegm((*info.date_time, 0, 0, 0)))
    except (ValueError, OverflowError):
        return 0.0
