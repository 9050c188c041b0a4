"""A project folder of the person's own: what of it is source, and a copy of that, so that no build writes into it."""

import hashlib
import os
import shutil
import stat
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosswheel.build.checkout import Git
from crosswheel.errors import LackError, RefusedError

# Made by tools, and made again by them; never part of the source.
_TOOL_FOLDERS = frozenset({
    "__pycache__", ".venv", ".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".eggs",
})  # fmt: skip
_HISTORY_FOLDERS = frozenset({".git", ".hg", ".svn"})
_OUTPUT_FOLDERS = frozenset({"build", "dist", "wheelhouse"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project folder, looked at.

    Arguments:
        path: the folder.
        files: the source files in it, relative and sorted; links are files here.
        digest: SHA-256 over names, executable bits and contents, and over the commit when it is a git checkout.
        name: as a static pyproject.toml says (PEP 621).
        version: the same.
    """

    path: Path
    files: tuple[str, ...]
    digest: str
    name: str | None
    version: str | None

    def copy(self, folder: Path) -> None:
        """Copy the source, and the history that versions are read from, into a new folder.

        Raises:
            LackError: there is no room for it.
            RefusedError: a file of it cannot be read.
        """
        try:
            folder.mkdir(parents=True)
            for name in self.files:
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.path / name, target, follow_symlinks=False)
            history = self.path / ".git"  # setuptools-scm and its like ask it for the version
            if history.is_dir():
                shutil.copytree(history, folder / ".git", symlinks=True, ignore=_ignore_special)
            elif history.is_file():
                shutil.copy2(history, folder / ".git")
        except (FileNotFoundError, PermissionError) as error:
            raise _unreadable(self.path, error) from error
        except (OSError, shutil.Error) as error:
            raise LackError(
                f"{self.path} could not be copied",
                why=getattr(error, "strerror", None) or str(error),
                hint="make room, or give another cache folder (CROSSWHEEL_CACHE)",
            ) from error


def look_at_project(path: Path, git: Git | None, leave_out: Sequence[Path] = ()) -> Project:
    """Return what a project folder holds.

    In a git checkout the source is what git tracks, and what it neither tracks nor ignores. Elsewhere it is everything
    but caches, virtual environments and the top's build, dist and wheelhouse.

    Arguments:
        path: the folder.
        git: the git program; None where there is none.
        leave_out: files and folders in it that are no source, such as the one that wheels are written to.

    Raises:
        RefusedError: a file cannot be read, or there is none.
    """
    listed = git.source_files(path) if git and _in_git(path) else None
    try:
        if listed is None:
            names = set(_walk(path, path))
        else:
            tracked, untracked = listed
            names = {name for name in untracked if name.partition("/")[0] not in _OUTPUT_FOLDERS}
            names = {file for name in (*names, *tracked) for file in _present(path, name)}
        real = path.resolve()
        left_out = [folder.resolve() for folder in leave_out]
        skipped = [str(out.relative_to(real)) for out in left_out if out != real and out.is_relative_to(real)]
        files = sorted(name for name in names if not any(f"{name}/".startswith(f"{out}/") for out in skipped))
        history = git.history_of(path) if git and listed is not None else ""
        digest = _digest(path, files, history)
        name, version = _static_metadata(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    return Project(path=path, files=tuple(files), digest=digest, name=name, version=version)


def _in_git(path: Path) -> bool:
    return any((folder / ".git").exists() for folder in (path, *path.parents))


def _walk(folder: Path, top: Path) -> Iterator[str]:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        relative = str(Path(entry.path).relative_to(top))
        if entry.is_dir(follow_symlinks=False):
            if entry.name in _TOOL_FOLDERS | _HISTORY_FOLDERS or (folder == top and entry.name in _OUTPUT_FOLDERS):
                continue
            if Path(entry.path, "pyvenv.cfg").is_file():
                continue
            yield from _walk(Path(entry.path), top)
        elif not entry.name.endswith((".pyc", ".pyo")) and _is_source(Path(entry.path)):
            yield relative


def _present(top: Path, name: str) -> Iterator[str]:
    """Give the files behind one name that git lists: itself, those of a submodule, or none when it was deleted."""
    path = top / name
    if path.is_dir() and not path.is_symlink():
        yield from _walk(path, top)
    elif _is_source(path):
        yield name


def _is_source(path: Path) -> bool:
    """Tell whether it is a file or a link: sockets, pipes and what is not there are none."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode)


def _digest(top: Path, files: Sequence[str], history: str) -> str:
    digest = hashlib.sha256(f"crosswheel project 1\n{history}\n".encode())
    for name in files:
        path = top / name
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            kind, content = b"l", hashlib.sha256(os.fsencode(path.readlink())).digest()
        else:
            kind = b"x" if mode & stat.S_IXUSR else b"f"
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").digest()
        digest.update(os.fsencode(name) + b"\0" + kind + content)
    return digest.hexdigest()


def _static_metadata(path: Path) -> tuple[str | None, str | None]:
    try:
        with (path / "pyproject.toml").open("rb") as file:
            project = tomllib.load(file).get("project", {})
    except (FileNotFoundError, ValueError):  # its build tells what is wrong with it
        return None, None
    name, version = (project.get("name"), project.get("version")) if isinstance(project, dict) else (None, None)
    return (name if isinstance(name, str) else None, version if isinstance(version, str) else None)


def _ignore_special(folder: str, names: list[str]) -> list[str]:
    """Leave out sockets and pipes (git's fsmonitor has one), which cannot be copied."""
    return [name for name in names if not _is_source(Path(folder, name)) and not Path(folder, name).is_dir()]


def _unreadable(path: Path, error: OSError) -> RefusedError:
    where = f" ({error.filename})" if error.filename else ""
    return RefusedError(
        f"{path} cannot be read", why=f"{error.strerror or error}{where}", hint="look at the permissions of its files"
    )
