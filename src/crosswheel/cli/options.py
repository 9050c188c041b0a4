"""The options of a build, from wherever they stand.

The command line, then environment variables (CROSSWHEEL_EXEC_MODE), then [tool.crosswheel] of ./pyproject.toml, then
the person's own file, then defaults: the first that has an option gives all of its value.
"""

import argparse
import shlex
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crosswheel.errors import BadInputError, CrosswheelError, UsageError
from crosswheel.targets import split_selectors

STRATEGIES = ("auto", "native", "hybrid", "cross")
EXEC_MODES = ("auto", "binfmt", "namespace", "proot", "none")
CXX_RUNTIMES = ("libc++", "libstdc++")

_YES, _NO = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off", ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """Every option of `crosswheel build`, as the person means it.

    Arguments are named after the options.
    """

    target: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    out: str = "wheelhouse"
    strategy: str = "auto"
    native: tuple[str, ...] = ()
    config_setting: tuple[str, ...] = ()
    exec_mode: str = "auto"
    cxx_runtime: str = "libc++"
    target_python: tuple[str, ...] = ()
    sdist: bool = False
    test_command: str | None = None
    test_requires: tuple[str, ...] = ()
    no_test: bool = False


def read_options(
    arguments: argparse.Namespace, environ: Mapping[str, str], *, directory: Path, user_file: Path
) -> BuildOptions:
    """Return the options of a build.

    Arguments:
        arguments: what the command line says; None where it does not.
        environ: environment variables.
        directory: whose pyproject.toml is read.
        user_file: the person's own settings, which need not be there.

    Raises:
        UsageError: a value that is none, wherever it stands; all of them are named.
        BadInputError: a file of settings is not TOML.
    """
    problems: list[str] = []
    files = [
        *_file(directory / "pyproject.toml", ("tool", "crosswheel"), problems),
        *_file(user_file, (), problems),
    ]
    values: dict[str, object] = {}
    for name, read in _READERS.items():
        variable = f"CROSSWHEEL_{name.upper()}"
        option = name.replace("_", "-")
        layers = [
            (f"--{option}", getattr(arguments, name)),
            (variable, environ.get(variable) or None),
            *((f"{option} in {where}", table.get(option)) for where, table in files),
        ]
        where, given = next((layer for layer in layers if layer[1] is not None), ("", None))
        if given is None:
            continue
        try:
            values[name] = read(given)
        except ValueError as error:
            problems.append(f"{where}: {error}")
    if problems:
        raise UsageError(
            "settings that cannot be used" if len(problems) > 1 else "a setting cannot be used",
            why="; ".join(problems),
            hint="`crosswheel build --help` lists the options, docs/usage.md where they may stand",
        )
    return BuildOptions(**values)  # type: ignore[arg-type]  # each reader gives the type of its field


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")  # noqa: TRY004 one kind of error for whatever is wrong with a value
    return value


def _strategy(value: object) -> str:
    return _one_of(STRATEGIES, value)


def _exec_mode(value: object) -> str:
    return _one_of(EXEC_MODES, value)


def _cxx_runtime(value: object) -> str:
    return _one_of(CXX_RUNTIMES, value)


def _one_of(choices: tuple[str, ...], value: object) -> str:
    if value not in choices:
        raise ValueError(f"{value!r} is none of {', '.join(choices)}")
    return _text(value)


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = _text(value).lower()
    if word not in _YES | _NO:
        raise ValueError(f"{value!r} is neither yes nor no (1, 0, true, false)")
    return word in _YES


def _names(value: object) -> tuple[str, ...]:
    """Names, which have neither spaces nor commas in them."""
    if isinstance(value, str):
        return tuple(value.replace(",", " ").split())
    return _list(value)


def _selectors(value: object) -> tuple[str, ...]:
    """Selectors of targets, whose braces may have commas in them."""
    given = (value,) if isinstance(value, str) else _list(value)
    return tuple(one for text in given for one in split_selectors(text))


def _words(value: object) -> tuple[str, ...]:
    """Texts that may have spaces and commas: quoted as for a shell where they stand in one."""
    return tuple(shlex.split(value)) if isinstance(value, str) else _list(value)


def _list(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is no list")  # noqa: TRY004 what a setting that is none raises, whatever its type
    return tuple(map(_text, value))


_READERS: Mapping[str, Callable[[object], object]] = {
    "target": _selectors,
    "skip": _selectors,
    "out": _text,
    "strategy": _strategy,
    "native": _names,
    "config_setting": _words,
    "exec_mode": _exec_mode,
    "cxx_runtime": _cxx_runtime,
    "target_python": _words,
    "sdist": _flag,
    "test_command": _text,
    "test_requires": _words,
    "no_test": _flag,
}


def _file(path: Path, tables: tuple[str, ...], problems: list[str]) -> list[tuple[str, Mapping[str, object]]]:
    """A file of settings and what it says: nothing where there is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    if tables and tables[-1] not in text:
        return []  # a damaged pyproject.toml is the build's to tell, if it is built at all
    try:
        found: object = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path, error) from error
    for name in tables:
        found = found.get(name, {}) if isinstance(found, dict) else {}
    if not isinstance(found, dict):
        problems.append(f"{path}: {'.'.join(tables)} is no table")
        return []
    known = {name.replace("_", "-") for name in _READERS}
    problems += [f"{path}: there is no setting {name!r}" for name in found if name not in known]
    return [(str(path), found)]


def _unreadable(path: Path, error: Exception) -> CrosswheelError:
    return BadInputError(f"{path} cannot be read", why=str(error), hint="mend it, or put it aside")
