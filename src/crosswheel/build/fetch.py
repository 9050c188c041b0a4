"""From what a person named to a source tree: found, fetched, its hash checked, unpacked where a build may write."""

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosswheel.build.checkout import find_git, is_full_commit, may_be_commit
from crosswheel.build.project import Project, look_at_project
from crosswheel.build.source import (
    ArchiveSource,
    FolderSource,
    GitSource,
    RequirementSource,
    Source,
    UrlSource,
    name_and_version,
)
from crosswheel.build.unpack import unpack_archive
from crosswheel.errors import LackError, NetworkError, RefusedError, UsageError
from crosswheel.index import Index
from crosswheel.process import Processes, Reporter, SilentReporter
from crosswheel.store import Store, sha256_of
from crosswheel.transport import Client, check_file, credentials_of, without_credentials

_STRONG = frozenset({"sha256", "sha384", "sha512"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedSource:
    """A source that is on this machine, whose content is known.

    Arguments:
        place: the archive, the checkout in the cache, or the project.
        subdirectory: where in it the project is; "" for its top.
        name: of the project, when it can be told without building.
        version: the same; neither is proved.
        digest: content key: the sdist's SHA-256, or one over the project's files, or over the commit.
        origin: where it came from, for people and manifests: no credentials.
    """

    place: "Path | Project"
    subdirectory: str
    name: str | None
    version: str | None
    digest: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTree:
    """A source that a build may write into.

    Arguments:
        path: the folder with pyproject.toml or setup.py.
        name, version, digest, origin: as in `FetchedSource`.
    """

    path: Path
    name: str | None
    version: str | None
    digest: str
    origin: str


class Sources:
    """Fetches sources, and unpacks them.

    Arguments:
        index: asked for requirements.
        client: fetches from URLs.
        store: keeps checkouts.
        processes: starts git.
        environment: the person's own, for git.
        reporter: told what a person should know of a source.
    """

    def __init__(
        self,
        *,
        index: Index,
        client: Client,
        store: Store,
        processes: Processes,
        environment: Mapping[str, str],
        reporter: Reporter | None = None,
    ) -> None:
        self._index = index
        self._client = client
        self._store = store
        self._processes = processes
        self._environment = environment
        self._reporter = reporter or SilentReporter()

    def fetch(self, source: Source, *, python_version: str, leave_out: Sequence[Path] = ()) -> FetchedSource:
        """Bring a source to this machine and check its hash; nothing is unpacked.

        Arguments:
            source: what the person named.
            python_version: the target's full version, which a requirement's sdist has to allow.
            leave_out: files and folders that are no source, such as the one that wheels are written to.

        Raises:
            RefusedError: there is no such project, version, sdist or revision, or a hash differs or is missing.
            UsageError: a local path is not there any more.
            NetworkError: a server cannot be asked.
        """
        if isinstance(source, RequirementSource):
            return self._fetch_requirement(source, python_version)
        if isinstance(source, FolderSource):
            return self._look_at(source, leave_out)
        if isinstance(source, ArchiveSource):
            return self._check_archive(source)
        if isinstance(source, UrlSource):
            return self._fetch_url(source)
        return self._fetch_git(source)

    def unpack(self, fetched: FetchedSource, folder: Path) -> SourceTree:
        """Make a tree that a build may write into.

        Arguments:
            fetched: what `fetch` returned.
            folder: not there yet; made for this build.

        Raises:
            BadInputError: the archive is damaged, or holds what no source archive holds.
            RefusedError: there is no project in it.
            LackError: there is no room for it.
        """
        if isinstance(fetched.place, Project):
            fetched.place.copy(folder)
            top = folder
        elif fetched.place.is_dir():
            _copy_tree(fetched.place, folder)
            top = folder
        else:
            shown = without_credentials(fetched.origin).rpartition("/")[2]
            top = unpack_archive(fetched.place, folder, shown=shown)
        path = top / fetched.subdirectory
        # Not Path.resolve, which makes an error of links that lead in a circle.
        inside = Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
        if not inside or not any((path / name).is_file() for name in ("pyproject.toml", "setup.py")):
            raise RefusedError(
                f"{fetched.origin} is no Python project",
                why=f"{fetched.subdirectory or 'its top'} has neither pyproject.toml nor setup.py",
                hint="if it is further down, add #subdirectory=FOLDER",
            )
        return SourceTree(
            path=path, name=fetched.name, version=fetched.version, digest=fetched.digest, origin=fetched.origin
        )

    def _fetch_requirement(self, source: RequirementSource, python_version: str) -> FetchedSource:
        for note in source.notes:
            self._reporter.note(note)
        file = self._index.sdist(source.requirement, python_version)
        path, digest = self._index.fetch(file)
        return FetchedSource(
            place=path,
            subdirectory="",
            name=source.requirement.name,
            version=str(file.parsed_version or file.version),
            digest=digest,
            origin=file.url,
        )

    def _look_at(self, source: FolderSource, leave_out: Sequence[Path]) -> FetchedSource:
        try:
            git = find_git(self._processes, self._environment)
        except LackError:  # then the folder's own rules say what is source
            git = None
        project = look_at_project(source.path, git, leave_out)
        return FetchedSource(
            place=project,
            subdirectory="",
            name=project.name,
            version=project.version,
            digest=project.digest,
            origin=source.path.as_uri(),
        )

    def _check_archive(self, source: ArchiveSource) -> FetchedSource:
        if not source.path.is_file():
            raise UsageError(f"{source.path} is not there", hint="look at the path")
        digest = check_file(source.path, source.hashes)
        name, version = name_and_version(source.path.name)
        return FetchedSource(
            place=source.path,
            subdirectory=source.subdirectory,
            name=name,
            version=version,
            digest=_with_subdirectory(digest, source.subdirectory),
            origin=source.path.as_uri(),
        )

    def _fetch_url(self, source: UrlSource) -> FetchedSource:
        shown = without_credentials(source.url)
        if not source.hashes:
            _, digest = self._client.unknown_file(source.url)
            raise RefusedError(
                f"{shown} is not built from",
                why="nothing says what it should be",
                hint=f"if you trust it as it is now, write {shown}#sha256={digest}",
            )
        if not set(source.hashes) & _STRONG:
            weak = " and ".join(source.hashes)
            self._reporter.warn(f"{shown} is checked with {weak} only, which can be forged: give its sha256")
        path = self._client.file(source.url, hashes=source.hashes)
        name, version = name_and_version(shown.rpartition("/")[2])
        return FetchedSource(
            place=path,
            subdirectory=source.subdirectory,
            name=source.name or name,
            version=version,
            digest=_with_subdirectory(sha256_of(path), source.subdirectory),
            origin=shown,
        )

    def _fetch_git(self, source: GitSource) -> FetchedSource:
        git = find_git(self._processes, self._environment)
        user = (credentials_of(source.url) or ("",))[0]
        shown = without_credentials(source.url)
        commit = source.ref if is_full_commit(source.ref) else self._resolve(source, user)
        revision = commit or source.ref or ""
        key = hashlib.sha256(f"{shown}\n{user}\n{revision}".encode()).hexdigest()

        def fill(new: Path) -> None:
            git.check_out(source.url, revision, new)

        folder = self._store.folder("checkouts", key, fill)
        if commit is None:  # a short commit: the checkout knows the whole one
            commit = git.head(folder)
        digest = hashlib.sha256(f"crosswheel git 1\n{commit}\n{source.subdirectory}".encode()).hexdigest()
        fragment = f"#subdirectory={source.subdirectory}" if source.subdirectory else ""
        return FetchedSource(
            place=folder,
            subdirectory=source.subdirectory,
            name=source.name,
            version=None,
            digest=digest,
            origin=f"git+{shown}@{commit}{fragment}",
        )

    def _resolve(self, source: GitSource, user: str) -> str | None:
        """Return the commit that a branch or tag names; what it named last when the repository cannot be asked."""
        git = find_git(self._processes, self._environment)
        shown = without_credentials(source.url)
        key = hashlib.sha256(f"{shown}\n{user}\n{source.ref}".encode()).hexdigest()
        try:
            commit = git.resolve(source.url, source.ref)
        except NetworkError as error:
            kept = (self._store.read_record("refs", key) or {}).get("commit")
            if not isinstance(kept, str):
                raise
            self._reporter.warn(f"{shown} cannot be asked ({error.why}); taking {kept}, which it named last")
            return kept
        if commit is not None:
            self._store.write_record("refs", key, {"commit": commit})
        elif not may_be_commit(source.ref):
            raise RefusedError(
                f"{shown} has no {source.ref or 'default branch'}",
                why="it is neither a branch nor a tag of it",
                hint="look at the spelling, or give a full commit",
            )
        return commit


def _with_subdirectory(digest: str, subdirectory: str) -> str:
    return hashlib.sha256(f"{digest}\n{subdirectory}".encode()).hexdigest() if subdirectory else digest


def _copy_tree(place: Path, folder: Path) -> None:
    try:
        shutil.copytree(place, folder, symlinks=True)
    except (OSError, shutil.Error) as error:
        raise LackError(
            f"{place} could not be copied",
            why=getattr(error, "strerror", None) or str(error),
            hint="make room, or give another cache folder (CROSSWHEEL_CACHE)",
        ) from error
