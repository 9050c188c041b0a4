"""Which indexes are asked, and how: pip's and uv's settings, laid over each other.

Precedence, where only one value can hold (the default index, certificates, proxy, timeout, retries):

1. uv's environment (UV_DEFAULT_INDEX, UV_INDEX_URL, UV_HTTP_TIMEOUT, …);
2. pip's environment (PIP_INDEX_URL, PIP_CERT, PIP_PROXY, …);
3. uv's files: the project's uv.toml or pyproject.toml, the user's, the system's;
4. pip's files: the virtual environment's, the user's, the global ones.

Extra indexes, find-links and trusted hosts of uv and of pip are all used; within pip the environment replaces its
files, within uv they add up, as those tools do. Certificates: pip's setting, else SSL_CERT_FILE, REQUESTS_CA_BUNDLE,
CURL_CA_BUNDLE, SSL_CERT_DIR, else the system's.
"""

import importlib.util
import re
import ssl
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from crosswheel.errors import LackError, UsageError
from crosswheel.index.layers import Layer
from crosswheel.index.pip_settings import read_pip_environment, read_pip_files
from crosswheel.index.uv_settings import read_uv_environment, read_uv_files
from crosswheel.transport import ClientSettings, without_credentials

_T = TypeVar("_T")
_PIP_TIMEOUT = 15.0  # seconds; pip's own default
_PIP_RETRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """Which indexes and find-links are asked, and how to reach them.

    Arguments:
        indexes: URLs of the indexes (http, https, file), credentials and all; the default one is the last.
        find_links: URLs of pages or folders with links to files, or of folders with files.
        client: how to reach servers.
        environment: certificate, proxy and netrc variables that other programs need to reach the same servers, and uv's
            index strategy.
    """

    # Not shown in a traceback: URLs may hold credentials.
    indexes: tuple[str, ...] = field(repr=False)
    find_links: tuple[str, ...] = field(repr=False)
    client: ClientSettings
    environment: Mapping[str, str] = field(repr=False)

    def __post_init__(self) -> None:
        for url in (*self.indexes, *self.find_links):
            why = "only http, https and file URLs, and folders, are"
            try:
                known = urlsplit(url).scheme in {"http", "https", "file"}
            except ValueError as error:
                known, why = False, str(error)
            if not known:
                raise UsageError(
                    f"{without_credentials(url)} is no index", why=why, hint="correct pip's or uv's settings"
                )

    def uv_environment(self) -> dict[str, str]:
        """Return the variables with which uv, told to read no configuration, asks the same places in the same way.

        Folders that are not there are left out: pip warns of them, uv would fail. The dictionary holds credentials
        where the settings do: it is for a program's environment, never for a log.
        """
        indexes = [url for url in self.indexes if _may_exist(url)]
        links = [url for url in self.find_links if _may_exist(url)]
        # As pip: the best version of all indexes, not whatever the first one has; unless the person tells uv otherwise.
        variables = {"UV_INDEX_STRATEGY": "unsafe-best-match", **self.environment, "UV_NO_CONFIG": "1"}
        if indexes:
            variables["UV_DEFAULT_INDEX"] = indexes[-1]
            if indexes[:-1]:
                variables["UV_INDEX"] = " ".join(indexes[:-1])
        else:
            # uv has no variable for --no-index; an index that is not there knows no project.
            variables["UV_DEFAULT_INDEX"] = "file:///nonexistent/no-index"
        if links:
            variables["UV_FIND_LINKS"] = ",".join(links)
        if self.client.certificates:
            kind = "SSL_CERT_DIR" if Path(self.client.certificates).is_dir() else "SSL_CERT_FILE"
            variables[kind] = self.client.certificates
        if self.client.client_certificate:
            variables["SSL_CLIENT_CERT"] = self.client.client_certificate
        if self.client.trusted_hosts:
            variables["UV_INSECURE_HOST"] = " ".join(sorted(self.client.trusted_hosts))
        if self.client.proxy:
            variables |= {"HTTP_PROXY": self.client.proxy, "HTTPS_PROXY": self.client.proxy}
        if self.client.offline:
            variables["UV_OFFLINE"] = "1"
        variables["UV_HTTP_TIMEOUT"] = str(max(1, round(self.client.timeout)))
        variables["UV_HTTP_RETRIES"] = str(self.client.retries)
        return variables


def read_index_settings(
    environ: Mapping[str, str],
    *,
    home: Path,
    directory: Path,
    prefix: Path | None = None,
    system: Path = Path("/etc"),
    offline: bool = False,
) -> IndexSettings:
    """Return what pip's and uv's settings say; the module's text tells who wins.

    Arguments:
        environ: the environment.
        home: the user's folder.
        directory: the working folder: relative paths, and the project's uv settings.
        prefix: the virtual environment whose pip.conf is read; None for the one that this program runs in.
        system: where the machine's own settings are.
        offline: ask no server, whatever the settings say.

    Raises:
        UsageError: a setting is not of its kind, or a configuration file cannot be read.
        LackError: no default index is known, because pypi_simple is damaged.
    """
    pip_environment = read_pip_environment(environ, directory, home)
    pip_files = read_pip_files(environ, directory, home, prefix or Path(sys.prefix), system)
    uv_environment = read_uv_environment(environ)
    uv_files = read_uv_files(environ, directory, home, system)
    layers = [uv_environment, pip_environment, *uv_files, pip_files]
    listed = _lists(pip_environment, pip_files, [uv_environment, *uv_files])
    no_index = _first(layer.no_index for layer in layers)
    default = _first(layer.default_index for layer in layers)
    indexes: tuple[str, ...] = ()
    if not no_index:
        indexes = (*listed.extra_indexes, default or default_index())
    timeout, retries = _first(layer.timeout for layer in layers), _first(layer.retries for layer in layers)
    return IndexSettings(
        indexes=_urls(indexes, directory),
        find_links=_urls(listed.find_links, directory),
        client=ClientSettings(
            certificates=_certificates(layers, environ, directory),
            client_certificate=_first(layer.client_certificate for layer in layers),
            trusted_hosts=frozenset(_host(host) for host in listed.trusted_hosts),
            proxy=_first(layer.proxy for layer in layers),
            timeout=timeout or _PIP_TIMEOUT,
            retries=_PIP_RETRIES if retries is None else retries,
            offline=offline or bool(_first(layer.offline for layer in layers)),
        ),
        environment=_passed_on(environ, home),
    )


def default_index() -> str:
    """Return the index that is asked when no setting names one: the one that pypi_simple knows.

    Read from its source: importing it takes a third of a second, and most runs need only this line.

    Raises:
        LackError: pypi_simple is not installed, or is another one.
    """
    spec = importlib.util.find_spec("pypi_simple")
    if spec is not None and spec.origin is not None:
        source = Path(spec.origin).read_text(encoding="utf-8")
        match = re.search(r'^PYPI_SIMPLE_ENDPOINT\b[^="\n]*= *"([^"\n]+)"$', source, re.MULTILINE)
        if match:
            return match[1]
        import pypi_simple

        return pypi_simple.PYPI_SIMPLE_ENDPOINT
    raise LackError("no default index is known", why="pypi_simple is not installed", hint="install crosswheel anew")


def path_of(url: str) -> Path | None:
    """Return the path that a file URL names; None for other URLs."""
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _lists(pip_environment: Layer, pip_files: Layer, uv: Sequence[Layer]) -> Layer:
    return Layer(
        extra_indexes=(
            *(url for layer in uv for url in layer.extra_indexes),
            *(pip_environment.extra_indexes or pip_files.extra_indexes),
        ),
        find_links=(
            *(url for layer in uv for url in layer.find_links),
            *(pip_environment.find_links or pip_files.find_links),
        ),
        trusted_hosts=(
            *(host for layer in uv for host in layer.trusted_hosts),
            *(pip_environment.trusted_hosts or pip_files.trusted_hosts),
        ),
    )


def _urls(locations: Iterable[str], directory: Path) -> tuple[str, ...]:
    urls = []
    for location in locations:
        url = location if "://" in location else (directory / location.removeprefix("file:")).resolve().as_uri()
        urls.append(url)
    return tuple(dict.fromkeys(urls))


def _may_exist(url: str) -> bool:
    path = path_of(url)
    return path is None or path.exists()


def _host(host: str) -> str:
    return without_credentials(host).rpartition("//")[2].rstrip("/").lower()


def _certificates(layers: Sequence[Layer], environ: Mapping[str, str], directory: Path) -> str | None:
    named = _first(layer.certificates for layer in layers)
    if named:
        return named
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_DIR"):
        value = environ.get(name, "").partition(":")[0]
        # uv warns of a file that is not there, and goes on without it.
        if value and (directory / value).exists():
            return str(directory / value)
    system = ssl.get_default_verify_paths()
    if system.openssl_cafile and Path(system.openssl_cafile).is_file():
        return system.openssl_cafile
    if system.openssl_capath and any(Path(system.openssl_capath).glob("*.0")):
        return system.openssl_capath
    return None


def _passed_on(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    names = {"ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "NETRC", "SSL_CERT_FILE", "SSL_CERT_DIR"}
    names.add("UV_INDEX_STRATEGY")
    passed = {name: value for name, value in environ.items() if name.upper() in names and value}
    if "NETRC" not in passed and (home / ".netrc").is_file():
        # The build's own HOME is another folder.
        passed["NETRC"] = str(home / ".netrc")
    return passed


def _first(values: Iterable[_T | None]) -> _T | None:
    return next((value for value in values if value is not None), None)
