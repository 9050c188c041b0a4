"""HTTP as crosswheel needs it: pages that may be kept, files whose hash is known, parts of files."""

import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit, urlunsplit

from crosswheel.errors import NetworkError, RefusedError
from crosswheel.process import Reporter, SilentReporter
from crosswheel.store import Store, atomic_write
from crosswheel.transport.address import credentials_of, without_credentials
from crosswheel.transport.hashes import differs, known_hashes
from crosswheel.transport.settings import ClientSettings, Response

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    import requests

_T = TypeVar("_T")
_CHUNK = 1 << 16  # bytes: small enough that also a slow download notices soon when it has to end
_NOT_FOUND = frozenset({404, 410})
_PARTIAL_CONTENT = 206
_NO_RANGES = frozenset({200, 416})


class _BrokenOffError(NetworkError):
    """An answer that began well and did not come to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A page of the cache, or that there was none, and when the server said so."""

    page: Response | None
    at: float


class Client:
    """Fetches pages and files; safe to use from many threads.

    Arguments:
        store: where pages and files are kept.
        settings: how to reach servers.
        reporter: told when an old page is used because the server cannot be reached.
    """

    def __init__(self, store: Store, settings: ClientSettings, reporter: Reporter | None = None) -> None:
        self.store = store
        self._settings = settings
        self._reporter = reporter or SilentReporter()
        self._sessions = threading.local()
        self._ending = threading.Event()
        self._said_stale = False

    def page(
        self,
        url: str,
        *,
        accept: str = "*/*",
        fresh_for: float = 600.0,
        auth: tuple[str, str] | None = None,
        limit: int = 256 << 20,
    ) -> Response | None:
        """Return a page, from the cache when it is young enough; None when the server says that there is none.

        When the server cannot be reached, an older page from the cache is returned as `stale`.

        Arguments:
            url: where it is.
            accept: media types that are understood (RFC 9110, section 12.5.1).
            fresh_for: seconds for which a page in the cache is taken without asking.
            auth: user and password; those in the URL and in a netrc file count without it.
            limit: bytes that a page may have.

        Raises:
            NetworkError: the server cannot be reached or answers with an error, and there is no page in the cache.
        """
        user = auth or credentials_of(url)
        key = hashlib.sha256(f"{without_credentials(url)}\n{accept}\n{user and user[0]}".encode()).hexdigest()
        cached = self._cached_page(key)
        if cached and 0 <= time.time() - cached.at < fresh_for:
            return cached.page
        try:
            page = self._whole(lambda: self._fetch_page(url, accept, auth, limit))
        except NetworkError as error:
            if cached is None:
                raise
            self._tell_stale(error)
            return replace(cached.page, stale=True) if cached.page else None
        # That there is none is kept as well: most projects are not in most extra indexes.
        self._keep_page(key, page)
        return page

    def file(
        self,
        url: str,
        *,
        hashes: Mapping[str, str],
        auth: tuple[str, str] | None = None,
        limit: int = 4 << 30,
    ) -> Path:
        """Return the path, in the cache, of a file whose hash is known; it is fetched when it is not there.

        Arguments:
            url: where to fetch it.
            hashes: algorithm → hexadecimal digest; every one is checked, and the strongest names the file.
            auth: user and password.
            limit: bytes that the file may have.

        Raises:
            RefusedError: the hash of what came differs, or there is no such file.
            NetworkError: the server cannot be reached or answers with an error.
            LackError: there is no room for it.
        """
        wanted = known_hashes(hashes, without_credentials(url))
        name, digest = next(iter(wanted.items()))
        path = self.store.path("files", f"{name}-{digest}")
        if path.is_file():
            return path
        with self.store.locked("files", f"{name}-{digest}"):
            if not path.is_file():
                self._whole(lambda: self._fetch_file(url, path, wanted, auth, limit))
        return path

    def unknown_file(self, url: str, *, auth: tuple[str, str] | None = None, limit: int = 4 << 30) -> tuple[Path, str]:
        """Return the path, in the cache, of a file whose hash nobody promised, and its SHA-256.

        It is fetched each time; what came before is taken only when the server cannot be reached.

        Raises:
            RefusedError: there is no such file.
            NetworkError: the server cannot be reached or answers with an error, and the file never came before.
        """
        key = hashlib.sha256(without_credentials(url).encode()).hexdigest()
        try:
            with self.store.scratch("files") as folder:
                new = folder / "file"
                digest = self._whole(lambda: self._fetch_file(url, new, {}, auth, limit))
                path = self.store.path("files", f"sha256-{digest}")
                new.replace(path)
        except NetworkError as error:
            digest = str((self.store.read_record("digests", key) or {}).get("sha256", ""))
            path = self.store.path("files", f"sha256-{digest}")
            if not digest or not path.is_file():
                raise
            self._tell_stale(error)
        else:
            self.store.write_record("digests", key, {"sha256": digest})
        return path, digest

    def part(self, url: str, start: int, length: int, *, auth: tuple[str, str] | None = None) -> bytes | None:
        """Return `length` bytes from `start`; None when the server knows no ranges (RFC 9110, section 14).

        Arguments:
            url: where the file is.
            start: offset of the first byte; negative for that many bytes from the end.
            length: how many bytes; fewer come when the file ends before.
            auth: user and password.

        Raises:
            RefusedError: there is no such file.
            NetworkError: the server cannot be reached or answers with an error.
        """
        wanted = f"bytes=-{-start}" if start < 0 else f"bytes={start}-{start + length - 1}"

        def fetch() -> bytes | None:
            headers = {"Range": wanted, "Accept-Encoding": "identity"}
            with self._get(url, accept="*/*", auth=auth, headers=headers) as answer:
                if answer.status_code in _NO_RANGES:
                    return None
                self._check_file(answer, url)
                if answer.status_code != _PARTIAL_CONTENT:
                    return None
                return self._read(answer, url, max(length, -start))[:length]

        return self._whole(fetch)

    @contextlib.contextmanager
    def at_once(self, most: int) -> "Iterator[ThreadPoolExecutor]":
        """Give threads to fetch with; Ctrl-C ends the downloads that are under way, which Python would wait for.

        Arguments:
            most: how many threads.
        """
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(most) as pool:
            try:
                yield pool
            except KeyboardInterrupt:
                self._ending.set()
                raise

    def _go_on(self, shown: str) -> None:
        if self._ending.is_set():
            raise NetworkError(f"{shown} was not fetched", why="the run is being ended")

    def _whole(self, fetch: Callable[[], _T]) -> _T:
        """Fetch again when the answer broke off; urllib3 retries only what failed before the body."""
        for attempt in range(min(2, self._settings.retries)):
            try:
                return fetch()
            except _BrokenOffError:
                time.sleep(0.3 * 2**attempt)
        return fetch()

    def _fetch_page(self, url: str, accept: str, auth: tuple[str, str] | None, limit: int) -> Response | None:
        with self._get(url, accept=accept, auth=auth) as answer:
            if answer.status_code in _NOT_FOUND:
                return None
            self._check(answer, url)
            body = self._read(answer, url, limit)
            content_type, _, parameters = answer.headers.get("Content-Type", "").partition(";")
            return Response(
                # The query of a redirect's end is often a signature that opens the door for a while.
                url=urlunsplit(urlsplit(without_credentials(answer.url))._replace(query="", fragment="")),
                content_type=content_type.strip().lower(),
                encoding=answer.encoding if "charset" in parameters.lower() else None,
                body=body,
            )

    def _fetch_file(
        self, url: str, path: Path, wanted: Mapping[str, str], auth: tuple[str, str] | None, limit: int
    ) -> str:
        """Write the file to `path` when its hashes are as wanted; return its SHA-256."""
        # Some servers label .tar.gz as encoded with gzip, and it would be unpacked on its way (pip asks the same).
        with self._get(url, accept="*/*", auth=auth, headers={"Accept-Encoding": "identity"}) as answer:
            self._check_file(answer, url)
            digests = {name: hashlib.new(name, usedforsecurity=False) for name in (*wanted, "sha256")}
            with atomic_write(path) as file:
                self._copy(answer, url, limit, file, list(digests.values()))
                for name, promised in wanted.items():
                    found = digests[name].hexdigest()
                    if found != promised:
                        raise differs(without_credentials(url), name, found, promised)
            return digests["sha256"].hexdigest()

    def _copy(
        self, answer: "requests.Response", url: str, limit: int, file: IO[bytes], digests: "list[hashlib._Hash]"
    ) -> None:
        for chunk in self._chunks(answer, url, limit):
            for digest in digests:
                digest.update(chunk)
            file.write(chunk)

    @contextlib.contextmanager
    def _get(
        self, url: str, *, accept: str, auth: tuple[str, str] | None, headers: Mapping[str, str] | None = None
    ) -> "Iterator[requests.Response]":
        shown = without_credentials(url)
        self._go_on(shown)
        if self._settings.offline:
            raise NetworkError(
                f"{shown} was not fetched",
                why="crosswheel was told to stay offline, and it is not in the cache",
                hint="run it once with the network",
            )
        if not url.lower().startswith(("https://", "http://")):
            raise RefusedError(f"{shown} was not fetched", why="only http and https are fetched")
        import requests

        from crosswheel.transport.session import unreachable

        proxy = self._settings.proxy
        try:
            answer = self._session().get(
                url,
                headers={"Accept": accept, **(headers or {})},
                auth=auth,
                stream=True,
                timeout=self._settings.timeout,
                # Said here, and not of the session, it counts before what the environment says, as in pip.
                proxies={"http": proxy, "https": proxy} if proxy else None,
                # None leaves it to requests, which reads REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE.
                verify=self._settings.certificates,
            )
        except (requests.RequestException, OSError, ValueError) as error:
            raise unreachable(shown, error) from error
        with answer:
            yield answer

    def _session(self) -> "requests.Session":
        from crosswheel.transport.session import make_session

        # A session is not safe between threads: one each, so that connections are kept.
        if not hasattr(self._sessions, "session"):
            self._sessions.session = make_session(self._settings)
        session: requests.Session = self._sessions.session
        return session

    def _check_file(self, answer: "requests.Response", url: str) -> None:
        if answer.status_code in _NOT_FOUND:
            raise RefusedError(
                f"{without_credentials(url)} is not there",
                why=f"the server says {answer.status_code}",
                hint="look at the address",
            )
        self._check(answer, url)

    def _check(self, answer: "requests.Response", url: str) -> None:
        said = f"the server says {answer.status_code} {answer.reason or ''}".rstrip()
        if answer.status_code in {401, 403, 407}:
            raise NetworkError(
                f"{without_credentials(url)} may not be read",
                why=said,
                hint="give credentials as pip or uv would want them (in the index URL or in ~/.netrc)",
            )
        if answer.status_code >= 400:  # noqa: PLR2004 RFC 9110: an error from there on
            again = (
                f", also after {self._settings.retries} retries"
                if answer.status_code in {429, 500, 502, 503, 504}
                else ""
            )
            raise NetworkError(
                f"{without_credentials(url)} could not be fetched",
                why=f"{said}{again}",
                hint="try again later, or set another server",
            )

    def _read(self, answer: "requests.Response", url: str, limit: int) -> bytes:
        return b"".join(self._chunks(answer, url, limit))

    def _chunks(self, answer: "requests.Response", url: str, limit: int) -> Iterator[bytes]:
        import requests

        from crosswheel.transport.session import unreachable

        shown = without_credentials(url)
        total = 0
        try:
            for chunk in answer.iter_content(_CHUNK):
                self._go_on(shown)
                total += len(chunk)
                if total > limit:
                    raise RefusedError(f"{shown} was not read to its end", why=f"it is larger than {limit} bytes")
                yield chunk
        except requests.RequestException as error:
            told = unreachable(shown, error)
            raise _BrokenOffError(told.what, why=told.why, hint=told.hint) from error

    def _cached_page(self, key: str) -> "_Kept | None":
        path = self.store.path("pages", key)
        try:
            with path.open("rb") as file:
                head = json.loads(file.readline())
                body = file.read()
            if head["length"] is None:
                return _Kept(page=None, at=float(head["at"]))
            page = Response(url=head["url"], content_type=head["content_type"], encoding=head["encoding"], body=body)
            return _Kept(page=page, at=float(head["at"])) if len(body) == head["length"] else None
        except (OSError, ValueError, KeyError, TypeError):  # none there, or one of an older form: fetched anew
            return None

    def _keep_page(self, key: str, page: Response | None) -> None:
        head = {
            "url": page and page.url,
            "content_type": page and page.content_type,
            "encoding": page and page.encoding,
            "length": None if page is None else len(page.body),
            "at": time.time(),
        }
        with atomic_write(self.store.path("pages", key)) as file:
            file.write(json.dumps(head).encode() + b"\n" + (page.body if page else b""))

    def _tell_stale(self, error: NetworkError) -> None:
        if not self._said_stale:
            self._said_stale = True
            self._reporter.warn(f"the network does not answer ({error.why}); going on with what is in the cache")
