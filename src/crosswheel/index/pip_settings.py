"""pip's configuration, read as pip reads it (https://pip.pypa.io/en/stable/topics/configuration/)."""

import configparser
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from crosswheel.errors import UsageError
from crosswheel.index.layers import Layer, to_bool, to_number

# What `pip wheel` reads is in [global] and [wheel]; many people write their index under [install] alone.
_SECTIONS = ("global", "install", "wheel")


def read_pip_environment(environ: Mapping[str, str], directory: Path, home: Path) -> Layer:
    """Return what the PIP_* variables say.

    Arguments:
        environ: the environment.
        directory: what relative paths are relative to.
        home: what `~` is.

    Raises:
        UsageError: a value is not of its kind.
    """
    values = {
        name[4:].lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("PIP_") and value
    }
    return _layer(values, "environment", directory, home)


def read_pip_files(environ: Mapping[str, str], directory: Path, home: Path, prefix: Path, system: Path) -> Layer:
    """Return what pip's configuration files say: global, the user's, the virtual environment's; the last wins.

    Arguments:
        environ: the environment: PIP_CONFIG_FILE, XDG_CONFIG_DIRS, XDG_CONFIG_HOME.
        directory: what relative paths are relative to.
        home: the user's folder.
        prefix: the virtual environment's folder.
        system: where the machine's own settings are: /etc.

    Raises:
        UsageError: a file cannot be read, or a value is not of its kind.
    """
    values: dict[str, str] = {}
    for path in _files(environ, home, prefix, system):
        # As in pip: first file over file for each section, then section over section.
        values |= _read(path)
    merged = {
        key.partition(".")[2]: values[key] for section in _SECTIONS for key in values if key.startswith(f"{section}.")
    }
    return _layer(merged, "pip's configuration", directory, home)


def _files(environ: Mapping[str, str], home: Path, prefix: Path, system: Path) -> Iterator[Path]:
    own = environ.get("PIP_CONFIG_FILE")
    if own == os.devnull:  # pip's way to say: no files at all
        return
    shared = [Path(folder) for folder in environ.get("XDG_CONFIG_DIRS", "").split(":") if folder] or [system / "xdg"]
    yield from (folder / "pip" / "pip.conf" for folder in shared)
    yield system / "pip.conf"
    if not (own and Path(own).exists()):
        yield home / ".pip" / "pip.conf"
        yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    yield prefix / "pip.conf"
    if own:
        yield Path(own)


def _read(path: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        with path.open(encoding="utf-8") as file:
            parser.read_file(file)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise UsageError(
            f"pip's configuration {path} cannot be read",
            why=str(error).splitlines()[0],
            hint="mend it: pip fails as well",
        ) from error
    return {
        f"{section}.{name.lower().replace('_', '-').removeprefix('--')}": value or ""
        for section in parser.sections()
        for name, value in parser.items(section)
    }


def _layer(values: Mapping[str, str], where: str, directory: Path, home: Path) -> Layer:
    def named(name: str) -> str:
        return f"PIP_{name.upper().replace('-', '_')}" if where == "environment" else f"{name} in {where}"

    def path_of(name: str) -> str | None:
        return str(directory / _expanded(values[name], home)) if values.get(name) else None

    timeout = values.get("timeout") or values.get("default-timeout")
    retries = values.get("retries")
    index = values.get("index-url") or values.get("pypi-url")
    return Layer(
        default_index=index.strip() if index else None,
        extra_indexes=tuple(values.get("extra-index-url", "").split()),
        find_links=tuple(str(_expanded(link, home)) for link in values.get("find-links", "").split()),
        no_index=to_bool(values["no-index"], named("no-index")) if values.get("no-index") else None,
        certificates=path_of("cert"),
        client_certificate=path_of("client-cert"),
        trusted_hosts=tuple(values.get("trusted-host", "").split()),
        proxy=values.get("proxy") or None,
        timeout=to_number(timeout, named("timeout")) if timeout else None,
        retries=int(to_number(retries, named("retries"))) if retries else None,
    )


def _expanded(path: str, home: Path) -> str:
    return f"{home}/{path[2:]}" if path.startswith("~/") else path
