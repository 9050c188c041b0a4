"""uv's configuration, as far as it tells where files come from (https://docs.astral.sh/uv/reference/settings/)."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from crosswheel.errors import UsageError
from crosswheel.index.layers import Layer, to_bool, to_number


def read_uv_environment(environ: Mapping[str, str]) -> Layer:
    """Return what the UV_* variables say.

    Arguments:
        environ: the environment.

    Raises:
        UsageError: a value is not of its kind.
    """

    def flag(name: str) -> bool | None:
        return to_bool(environ[name], name) if environ.get(name) else None

    timeout = environ.get("UV_HTTP_TIMEOUT") or environ.get("UV_REQUEST_TIMEOUT")
    retries = environ.get("UV_HTTP_RETRIES")
    default = environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL")
    return Layer(
        default_index=_with_credentials(default, environ) if default else None,
        extra_indexes=tuple(
            _with_credentials(index, environ)
            for name in ("UV_INDEX", "UV_EXTRA_INDEX_URL")
            for index in environ.get(name, "").split()
        ),
        # One or more, separated by commas; spaces are taken as well, since that is what uv once read.
        find_links=tuple(link for link in re.split(r"[,\s]+", environ.get("UV_FIND_LINKS", "")) if link),
        client_certificate=environ.get("SSL_CLIENT_CERT") or None,
        trusted_hosts=tuple(environ.get("UV_INSECURE_HOST", "").split()),
        timeout=to_number(timeout, "UV_HTTP_TIMEOUT") if timeout else None,
        retries=int(to_number(retries, "UV_HTTP_RETRIES")) if retries else None,
        offline=flag("UV_OFFLINE"),
    )


def read_uv_files(environ: Mapping[str, str], directory: Path, home: Path, system: Path) -> list[Layer]:
    """Return what uv's configuration files say: the project's, the user's, the system's; the first wins.

    Arguments:
        environ: the environment: UV_CONFIG_FILE, UV_NO_CONFIG, UV_INDEX_NAME_USERNAME, the XDG variables.
        directory: where the project's file is looked for, and in the folders above it.
        home: the user's folder.
        system: where the machine's own settings are: /etc.

    Raises:
        UsageError: a file cannot be read, or a value is not of its kind.
    """
    if environ.get("UV_CONFIG_FILE"):
        path = directory / environ["UV_CONFIG_FILE"]
        if not path.is_file():
            raise UsageError(f"UV_CONFIG_FILE {path} is not there", hint="correct or unset UV_CONFIG_FILE")
        return [_layer(_read(path), path, environ)]
    if to_bool(environ.get("UV_NO_CONFIG", ""), "UV_NO_CONFIG"):
        return []
    return [_layer(table, path, environ) for table, path in _tables(environ, directory, home, system)]


def _tables(
    environ: Mapping[str, str], directory: Path, home: Path, system: Path
) -> Iterator[tuple[Mapping[str, object], Path]]:
    for folder in (directory, *directory.parents):
        if (folder / "uv.toml").is_file():
            yield _read(folder / "uv.toml"), folder / "uv.toml"
            break
        pyproject = folder / "pyproject.toml"
        tool = _read(pyproject).get("tool") if pyproject.is_file() else None
        table = tool.get("uv") if isinstance(tool, dict) else None
        if isinstance(table, dict):
            yield table, pyproject
            break
    shared = [Path(folder) for folder in environ.get("XDG_CONFIG_DIRS", "").split(":") if folder] or [system / "xdg"]
    user = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "uv" / "uv.toml"
    if user.is_file():
        yield _read(user), user
    for path in (*(folder / "uv" / "uv.toml" for folder in shared), system / "uv" / "uv.toml"):
        if path.is_file():
            yield _read(path), path
            break


def _read(path: Path) -> Mapping[str, object]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except PermissionError:
        return {}
    except (OSError, ValueError) as error:
        # A project's broken pyproject.toml is told by its build, with more to say.
        if path.name == "pyproject.toml":
            return {}
        raise UsageError(
            f"uv's configuration {path} cannot be read", why=str(error), hint="mend it: uv fails as well"
        ) from error


def _layer(table: Mapping[str, object], path: Path, environ: Mapping[str, str]) -> Layer:
    default: str | None = None
    extra: list[str] = []
    links: list[str] = []
    for index in _list_of(table, "index", path):
        if not isinstance(index, dict) or not isinstance(index.get("url"), str):
            raise UsageError(f"an [[index]] in {path} has no url", hint="give it one")
        if index.get("explicit"):  # only for packages that a uv project pins to it
            continue
        url = _local(str(index["url"]), path)
        name = index.get("name")
        if index.get("format") == "flat":
            links.append(url)
        elif index.get("default"):
            default = default or _with_credentials(f"{name}={url}" if name else url, environ)
        else:
            extra.append(_with_credentials(f"{name}={url}" if name else url, environ))
    old = table.get("index-url")
    extra += [_local(str(url), path) for url in _list_of(table, "extra-index-url", path)]
    links += [_local(str(link), path) for link in _list_of(table, "find-links", path)]
    no_index = table.get("no-index")
    offline = table.get("offline")
    return Layer(
        default_index=default or (_local(old, path) if isinstance(old, str) else None),
        extra_indexes=tuple(extra),
        find_links=tuple(links),
        no_index=no_index if isinstance(no_index, bool) else None,
        trusted_hosts=tuple(str(host) for host in _list_of(table, "allow-insecure-host", path)),
        offline=offline if isinstance(offline, bool) else None,
    )


def _list_of(table: Mapping[str, object], name: str, path: Path) -> Sequence[object]:
    value = table.get(name, [])
    if not isinstance(value, list):
        raise UsageError(f"{name} in {path} is no list", hint=f"write {name} as a list")
    return value


def _local(location: str, path: Path) -> str:
    """Return a location in a configuration file; a path in it is relative to the file."""
    return location if "://" in location else str(path.parent / location)


def _with_credentials(index: str, environ: Mapping[str, str]) -> str:
    """Return the URL of an index, maybe `NAME=URL`, with what UV_INDEX_NAME_USERNAME and _PASSWORD add."""
    match = re.fullmatch(r"([A-Za-z0-9._-]+)=(.+)", index)
    if not match:
        return index
    name, url = match.groups()
    variable = "UV_INDEX_" + re.sub(r"[^A-Za-z0-9]", "_", name).upper()
    user, password = environ.get(f"{variable}_USERNAME"), environ.get(f"{variable}_PASSWORD")
    if (user is None and password is None) or not url.startswith(("http://", "https://")):
        return url
    try:
        parts = urlsplit(url)
    except ValueError:  # told with all that are no indexes
        return url
    netloc = f"{quote(user or '', safe='')}:{quote(password or '', safe='')}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=netloc))
