"""HTTP as crosswheel needs it: pages that may be kept, files whose hash is known, parts of files."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from crosswheel.errors import LackError, NetworkError, RefusedError
from crosswheel.process import Reporter, SilentReporter
from crosswheel.store import Store, atomic_write

if TYPE_CHECKING:
    import requests

_CHUNK = 1 << 18
_NOT_FOUND = frozenset({404, 410})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """How to reach servers.

    Arguments:
        certificates: file or folder of certificate authorities; None for the default ones.
        client_certificate: PEM file with the certificate and key that this side shows.
        trusted_hosts: hosts ("host" or "host:port") whose certificate is not checked, because the person said so.
        proxy: URL of the proxy for all requests; None for what the environment says.
        timeout: seconds to wait for a connection, and for each part of an answer.
        retries: how often a request that failed for a passing reason is made again.
        offline: ask no server; what is in the cache is all there is.
    """

    certificates: str | None = None
    client_certificate: str | None = None
    trusted_hosts: frozenset[str] = field(default_factory=frozenset)
    proxy: str | None = None
    timeout: float = 15.0
    retries: int = 4
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A page that was fetched, or found in the cache.

    Arguments:
        url: where it came from in the end, after redirects.
        content_type: without parameters, in lower case.
        encoding: character set that the server named, if it did.
        body: bytes, decompressed.
        stale: the server could not be asked, so this is what it said some time ago.
    """

    url: str
    content_type: str
    encoding: str | None
    body: bytes
    stale: bool = False


class Client:
    """Fetches pages and files; safe to use from many threads.

    Arguments:
        store: where pages and files are kept.
        settings: how to reach servers.
        reporter: told when an old page is used because the server cannot be reached.
    """

    def __init__(self, store: Store, settings: ClientSettings, reporter: Reporter | None = None) -> None:
        self._store = store
        self._settings = settings
        self._reporter = reporter or SilentReporter()
        self._sessions = threading.local()
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
        """Return a page, from the cache when it is younger than `fresh_for` seconds; None when the server says that there is none.

        When the server cannot be reached, an older page from the cache is returned as `stale`.

        Raises:
            NetworkError: the server cannot be reached or answers with an error, and there is no page in the cache.
        """
        key = hashlib.sha256(f"{without_credentials(url)}\n{accept}\n{auth and auth[0]}".encode()).hexdigest()
        cached = self._cached_page(key)
        if cached and time.time() - cached[1] < fresh_for:
            return cached[0]
        try:
            with self._get(url, accept=accept, auth=auth) as answer:
                if answer.status_code in _NOT_FOUND:
                    return None
                self._check(answer, url)
                body = _read(answer, url, limit)
                page = Response(
                    url=answer.url,
                    content_type=answer.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
                    encoding=answer.encoding,
                    body=body,
                )
        except NetworkError as error:
            if cached is None:
                raise
            self._tell_stale(error)
            page = cached[0]
            return Response(
                url=page.url, content_type=page.content_type, encoding=page.encoding, body=page.body, stale=True
            )
        self._keep_page(key, page)
        return page

    def file(self, url: str, *, hashes: Mapping[str, str], auth: tuple[str, str] | None = None) -> Path:
        """Return the path, in the cache, of a file whose hash is known; it is fetched when it is not there.

        Arguments:
            url: where to fetch it.
            hashes: algorithm → hexadecimal digest; every one is checked, and the strongest names the file.
            auth: user and password.

        Raises:
            RefusedError: the hash of what came differs, or there is no such file.
            NetworkError: the server cannot be reached or answers with an error.
        """
        wanted = {name: digest.lower() for name, digest in hashes.items() if name in hashlib.algorithms_guaranteed}
        if not wanted:
            raise RefusedError(
                f"{without_credentials(url)} cannot be checked", why=f"no known hash among {sorted(hashes)}"
            )
        name = max(wanted, key=lambda algorithm: hashlib.new(algorithm).digest_size)
        key = f"{name}-{wanted[name]}"
        path = self._store.path("files", key)
        if path.is_file():
            return path
        with self._store.locked("files", key):
            if not path.is_file():
                self._fetch(url, path, wanted, auth)
        return path

    def part(self, url: str, start: int, length: int, *, auth: tuple[str, str] | None = None) -> bytes | None:
        """Return `length` bytes from `start` (from the end when negative); None when the server knows no ranges (RFC 9110, 14)."""
        wanted = f"bytes=-{-start}" if start < 0 else f"bytes={start}-{start + length - 1}"
        with self._get(
            url, accept="*/*", auth=auth, headers={"Range": wanted, "Accept-Encoding": "identity"}
        ) as answer:
            if answer.status_code != 206:  # noqa: PLR2004 Partial Content
                return None
            return _read(answer, url, length)

    def _fetch(self, url: str, path: Path, wanted: Mapping[str, str], auth: tuple[str, str] | None) -> None:
        shown = without_credentials(url)
        with self._get(url, accept="*/*", auth=auth) as answer:
            if answer.status_code in _NOT_FOUND:
                raise RefusedError(f"{shown} is not there", why=f"the server says {answer.status_code}")
            self._check(answer, url)
            digests = {name: hashlib.new(name, usedforsecurity=False) for name in wanted}
            with atomic_write(path) as file:
                for chunk in _chunks(answer, url):
                    for digest in digests.values():
                        digest.update(chunk)
                    file.write(chunk)
                for name, digest in digests.items():
                    if digest.hexdigest() != wanted[name]:
                        raise RefusedError(
                            f"{shown} is not what it should be",
                            why=f"its {name} is {digest.hexdigest()}, and {wanted[name]} was promised",
                            hint="try again; if it stays so, somebody changed the file or the hash: do not use it",
                        )

    def _get(
        self, url: str, *, accept: str, auth: tuple[str, str] | None, headers: Mapping[str, str] | None = None
    ) -> "requests.Response":
        import requests

        shown = without_credentials(url)
        if self._settings.offline:
            raise NetworkError(f"{shown} was not fetched", why="crosswheel was told to stay offline")
        if urlsplit(url).scheme not in {"http", "https"}:
            raise RefusedError(f"{shown} was not fetched", why="only http and https are fetched")
        try:
            return self._session().get(
                url,
                headers={"Accept": accept, **(headers or {})},
                auth=auth,
                stream=True,
                timeout=self._settings.timeout,
                verify=self._verify(url),
            )
        except (requests.RequestException, OSError) as error:
            raise _unreachable(shown, error) from error

    def _session(self) -> "requests.Session":
        session: requests.Session | None = getattr(self._sessions, "session", None)
        if session is not None:
            return session
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry

        from crosswheel import __version__

        retry = Retry(
            total=self._settings.retries,
            connect=min(2, self._settings.retries),
            backoff_factor=0.3,
            status_forcelist=(429, 500, 502, 503, 504),
            allowed_methods=("GET",),
            raise_on_status=False,
        )
        session = requests.Session()
        session.headers["User-Agent"] = f"crosswheel/{__version__}"
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(max_retries=retry, pool_maxsize=8))
        if self._settings.proxy:
            session.proxies = {"http": self._settings.proxy, "https": self._settings.proxy}
        if self._settings.client_certificate:
            session.cert = self._settings.client_certificate
        self._sessions.session = session
        return session

    def _verify(self, url: str) -> bool | str | None:
        parts = urlsplit(url)
        if {parts.hostname, f"{parts.hostname}:{parts.port}"} & self._settings.trusted_hosts:
            return False
        # None leaves it to requests, which reads REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE.
        return self._settings.certificates

    def _check(self, answer: "requests.Response", url: str) -> None:
        if answer.status_code in {401, 403}:
            raise NetworkError(
                f"{without_credentials(url)} may not be read",
                why=f"the server says {answer.status_code} {answer.reason}",
                hint="give credentials as pip or uv would want them (in the index URL or in ~/.netrc)",
            )
        if answer.status_code >= 400:  # noqa: PLR2004 RFC 9110
            raise NetworkError(
                f"{without_credentials(url)} could not be fetched",
                why=f"the server says {answer.status_code} {answer.reason}, also after {self._settings.retries} retries",
                hint="try again later, or set another server",
            )

    def _cached_page(self, key: str) -> tuple[Response, float] | None:
        path = self._store.path("pages", key)
        try:
            with path.open("rb") as file:
                head = json.loads(file.readline())
                body = file.read()
            page = Response(url=head["url"], content_type=head["content_type"], encoding=head["encoding"], body=body)
            if len(body) != head["length"]:
                return None
            return page, float(head["at"])
        except (OSError, ValueError, KeyError, TypeError):  # none there, or one of an older form: fetched anew
            return None

    def _keep_page(self, key: str, page: Response) -> None:
        head = {
            "url": without_credentials(page.url),
            "content_type": page.content_type,
            "encoding": page.encoding,
            "length": len(page.body),
            "at": time.time(),
        }
        with atomic_write(self._store.path("pages", key)) as file:
            file.write(json.dumps(head).encode() + b"\n" + page.body)

    def _tell_stale(self, error: NetworkError) -> None:
        if not self._said_stale:
            self._said_stale = True
            self._reporter.warn(f"the network does not answer ({error.why}); going on with what is in the cache")


def without_credentials(url: str) -> str:
    """Return the URL as it may be shown and kept: without user and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _chunks(answer: "requests.Response", url: str) -> Iterator[bytes]:
    import requests

    try:
        yield from answer.iter_content(_CHUNK)
    except (requests.RequestException, OSError) as error:
        raise _unreachable(without_credentials(url), error) from error


def _read(answer: "requests.Response", url: str, limit: int) -> bytes:
    body = bytearray()
    for chunk in _chunks(answer, url):
        body += chunk
        if len(body) > limit:
            raise LackError(
                f"{without_credentials(url)} was not read to its end", why=f"it is larger than {limit} bytes"
            )
    return bytes(body)


def _unreachable(shown: str, error: Exception) -> NetworkError:
    import requests

    if isinstance(error, requests.exceptions.SSLError):
        why, hint = "its certificate is not trusted", "name your certificates as for pip (PIP_CERT, SSL_CERT_FILE)"
    elif isinstance(error, requests.exceptions.Timeout):
        why, hint = "it did not answer in time", "try again, or set another server"
    elif isinstance(error, requests.exceptions.ConnectionError):
        why, hint = "no connection to its host", "look at the network, at the proxy settings, and at the address"
    else:
        why, hint = type(error).__name__, "try again, or set another server"
    return NetworkError(f"{shown} could not be fetched", why=why, hint=hint)
