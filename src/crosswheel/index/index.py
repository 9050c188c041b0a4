"""Asks indexes and find-links for the files of a project."""

import contextlib
import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from crosswheel.errors import NetworkError, RefusedError
from crosswheel.index.choose import Choice, choose_sdist, is_pinned
from crosswheel.index.file import IndexFile
from crosswheel.index.settings import IndexSettings, path_of
from crosswheel.process import Reporter, SilentReporter
from crosswheel.store import sha256_of
from crosswheel.transport import Client, Response, check_file, credentials_of, without_credentials

_RECORD_FORM = 1
_FRESH = 600.0  # seconds
_FRESH_IF_PINNED = 7 * 86400.0
# Media types in the order of our liking; a server that knows JSON sends sizes as well (PEP 691).
_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.5, text/html;q=0.01"


class Index:
    """All indexes and find-links of the settings, asked as one: as in pip, every place counts, the best version wins.

    Arguments:
        client: fetches pages and files.
        settings: where to ask.
        reporter: told of places that are not there, and of versions that were passed over.
    """

    def __init__(self, client: Client, settings: IndexSettings, reporter: Reporter | None = None) -> None:
        self._client = client
        self._settings = settings
        self._reporter = reporter or SilentReporter()

    def files(self, project: str, *, fresh_for: float = _FRESH) -> list[IndexFile]:
        """Return the files of a project, in the order of the places that name them.

        Arguments:
            project: its name, however spelled.
            fresh_for: seconds for which a page in the cache is taken without asking.

        Raises:
            RefusedError: no place knows the project.
            NetworkError: a place cannot be asked.
        """
        name = canonicalize_name(project)
        files: list[IndexFile] = []
        known = False
        for index in self._settings.indexes:
            page = self._project_page(index, name, fresh_for)
            if page is not None:
                known = True
                files += self._read(page, name, index)
        for place in self._settings.find_links:
            found = [file for file in self._find_links(place, name, fresh_for) if _names(file, name)]
            known = known or bool(found)
            files += found
        if not known:
            asked = [without_credentials(url) for url in (*self._settings.indexes, *self._settings.find_links)]
            raise RefusedError(
                f"there is no project {project!r}",
                why=f"asked: {', '.join(asked)}"
                if asked
                else "no index is to be asked (no-index), and there are no find-links",
                hint="look at the spelling, or name the index that has it (PIP_EXTRA_INDEX_URL, UV_INDEX)",
            )
        return list({(file.filename, file.url): file for file in files}.values())

    def sdist(self, requirement: Requirement, python_version: str) -> IndexFile:
        """Return the sdist of the newest version that the requirement allows.

        Arguments:
            requirement: name and specifier.
            python_version: the target's full version, such as "3.11.2".

        Raises:
            RefusedError: there is no such project, version or sdist; the message tells what there is.
            NetworkError: a place cannot be asked.
        """
        choice = self._choose(requirement, python_version)
        if choice.passed_over:
            shown = "; ".join(choice.passed_over[:3]) + ("; …" if choice.passed_over[3:] else "")
            self._reporter.note(f"{requirement.name} {choice.file.version} is the newest that can be built ({shown})")
        if choice.file.yanked:
            reason = f": {choice.file.yanked_reason}" if choice.file.yanked_reason else ""
            self._reporter.warn(f"{choice.file.filename} was taken back by its makers{reason}")
        return choice.file

    def _choose(self, requirement: Requirement, python_version: str) -> Choice:
        if is_pinned(requirement):
            # What a version's sdist is does not change any more; an older page tells as well.
            with contextlib.suppress(RefusedError):
                files = self.files(requirement.name, fresh_for=_FRESH_IF_PINNED)
                return choose_sdist(requirement, files, python_version)
        return choose_sdist(requirement, self.files(requirement.name), python_version)

    def fetch(self, file: IndexFile) -> tuple[Path, str]:
        """Return the path of a file, its hashes checked, and its SHA-256.

        Raises:
            RefusedError: the file is not there, or a hash differs.
            NetworkError: the server cannot be asked.
        """
        local = path_of(file.url)
        if local is not None:
            return local, check_file(local, file.hashes)
        auth = self._credentials_for(file)
        if not file.hashes:
            path, digest = self._client.unknown_file(file.url, auth=auth)
            self._reporter.warn(f"{file.origin} promises no hash of {file.filename}; what came has sha256 {digest}")
            return path, digest
        if not set(file.hashes) - {"md5", "sha1"}:
            self._reporter.warn(
                f"{file.origin} promises only {', '.join(sorted(file.hashes))} of {file.filename}, which proves little"
            )
        path = self._client.file(file.url, hashes=file.hashes, auth=auth)
        # Not what the index says: a file that is in the cache was checked by its strongest hash alone.
        return path, sha256_of(path)

    def _credentials_for(self, file: IndexFile) -> tuple[str, str] | None:
        there = urlsplit(file.url)
        for url in (*self._settings.indexes, *self._settings.find_links):
            place = urlsplit(without_credentials(url))
            # Never in the open where the index itself is not.
            if place.netloc == there.netloc and there.scheme in {place.scheme, "https"} and credentials_of(url):
                return credentials_of(url)
        return None

    def _project_page(self, index: str, name: str, fresh_for: float) -> Response | None:
        url = f"{index.rstrip('/')}/{quote(name)}/"
        folder = path_of(url)
        if folder is None:
            return self._client.page(
                without_credentials(url), accept=_ACCEPT, auth=credentials_of(index), fresh_for=fresh_for
            )
        root = path_of(index)
        if root is not None and not root.is_dir():
            self._reporter.warn(f"the index {root} is not there")
            return None
        return _local_page(folder / "index.html")

    def _find_links(self, place: str, name: str, fresh_for: float) -> Iterator[IndexFile]:
        path = path_of(place)
        if path is None:
            page = self._client.page(
                without_credentials(place),
                accept="text/html, */*;q=0.1",
                auth=credentials_of(place),
                fresh_for=fresh_for,
            )
            yield from self._read(page, "", place) if page else ()
        elif path.is_dir():
            # A folder of many files: only those that can be of this project are looked at.
            names = [entry for entry in _entries(path) if canonicalize_name(entry).startswith(name)]
            page = Response(url=place, content_type="text/html", encoding="utf-8", body=_links(path, sorted(names)))
            yield from self._read(page, name, place) if names else ()
        elif path.is_file():
            page = _local_page(path)
            yield from self._read(page, "", place) if page else ()
        else:
            self._reporter.warn(f"the find-links place {path} is not there")

    def _read(self, page: Response, name: str, place: str) -> list[IndexFile]:
        """Return the files of a page; what was read is kept, since reading takes far longer than finding it again."""
        origin = without_credentials(place)
        told = f"{_RECORD_FORM}\n{page.url}\n{page.content_type}\n{page.encoding}\n{name}\n".encode()
        key = hashlib.sha256(told + page.body).hexdigest()
        record = self._client.store.read_record("index", key)
        try:
            kept = record["files"] if record else None
            if isinstance(kept, list):
                return [IndexFile.from_record(item, origin) for item in kept]
        except (KeyError, ValueError):  # of another form: read anew
            pass
        from crosswheel.index.page import read_page

        files = read_page(page, name, origin)
        self._client.store.write_record("index", key, {"files": [file.to_record() for file in files]})
        return files


def _names(file: IndexFile, name: str) -> bool:
    """Tell whether a file that stands among others is of the project: its name, up to its version, says so."""
    stem = file.filename[: file.filename.rfind(f"-{file.version}")]
    # "pkg-extra-9.0.tar.gz" could be version "extra-9.0" of pkg, were that a version.
    return canonicalize_name(stem) == name and file.parsed_version is not None


def _entries(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 names are all that is wanted
    except OSError as error:
        raise _unreadable(folder, error) from error


def _local_page(path: Path) -> Response | None:
    try:
        body = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error) from error
    return Response(url=path.as_uri(), content_type="text/html", encoding=None, body=body)


def _unreadable(path: Path, error: OSError) -> NetworkError:
    return NetworkError(f"{path} cannot be read", why=error.strerror or str(error), hint="look at its permissions")


def _links(folder: Path, names: Sequence[str]) -> bytes:
    return "".join(f'<a href="{(folder / name).as_uri()}">{quote(name)}</a>\n' for name in names).encode()
