"""What a project needs of the target beyond Python packages: recipes, as data.

A recipe is a TOML file named after the project (normalised as PEP 503 says). Its vocabulary is PEP 725's `[external]`
where that has a word; see docs/recipes.md.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from crosswheel.errors import BadInputError

# A package name as Debian's policy has it (5.6.1).
_DEBIAN = re.compile(r"dep:deb/debian/([a-z0-9][a-z0-9+.-]+)")

_TABLES = {
    "external": {"host-requires"},
    "build": {"environment", "config-settings", "versions", "build-requires"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What one project needs.

    Arguments:
        project: normalised name.
        versions: for which versions this holds.
        host_requires: libraries of the target, as PEP 725's `dep:` URLs.
        native_packages: the Debian packages that have them.
        environment: variables of the build.
        config_settings: passed to the build backend where the person says nothing else.
        build_requires: Python packages that the project forgot to ask for.
        origin: the file.
    """

    project: str
    versions: SpecifierSet = field(default_factory=SpecifierSet)
    host_requires: tuple[str, ...] = ()
    native_packages: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    config_settings: Mapping[str, str] = field(default_factory=dict)
    build_requires: tuple[str, ...] = ()
    origin: str = ""


def find_recipe(project: str, folders: Sequence[Path]) -> Recipe | None:
    """Return the recipe of a project: the person's own first, then crosswheel's; None when nobody wrote one.

    Arguments:
        project: its name, in any spelling.
        folders: the person's folders of recipes, in order.

    Raises:
        BadInputError: the file is not a recipe; all its problems are named.
    """
    name = f"{canonicalize_name(project)}.toml"
    for folder in folders:
        if (folder / name).is_file():
            return read_recipe(_read(folder / name), project, str(folder / name))
    shipped = resources.files("crosswheel.build") / "data" / "recipes" / name
    if shipped.is_file():
        return read_recipe(shipped.read_text(encoding="utf-8"), project, f"crosswheel's recipe {name}")
    return None


def read_recipe(text: str, project: str, origin: str) -> Recipe:
    """Return the recipe that a TOML text says.

    Raises:
        BadInputError: it is not TOML, has unknown keys, or names a dependency that no Debian package is known for.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInputError(f"{origin} is not TOML", why=str(error), hint="mend the line that it names") from error
    problems = _unknown(data)
    external, build = _table(data, "external"), _table(data, "build")
    known = _externals()
    host_requires = _texts(external, "host-requires", problems)
    packages: list[str] = []
    for url in host_requires:
        if package := _DEBIAN.fullmatch(url):
            packages.append(package[1])
        elif url in known:
            packages += known[url]
        else:
            problems.append(
                f"external.host-requires: no Debian package is known for {url!r}; write dep:deb/debian/PACKAGE"
            )
    versions = _versions(build, problems)
    build_requires = _texts(build, "build-requires", problems)
    for requirement in build_requires:
        try:
            Requirement(requirement)
        except InvalidRequirement as error:
            problems.append(f"build.build-requires: {requirement!r} is no requirement: {error}")
    recipe = Recipe(
        project=canonicalize_name(project),
        versions=versions,
        host_requires=host_requires,
        native_packages=tuple(dict.fromkeys(packages)),
        environment=_pairs(build, "environment", problems),
        config_settings=_pairs(build, "config-settings", problems),
        build_requires=build_requires,
        origin=origin,
    )
    if problems:
        raise BadInputError(
            f"{origin} is not a recipe", why="; ".join(problems), hint="docs/recipes.md has the vocabulary"
        )
    return recipe


def _externals() -> dict[str, list[str]]:
    """Which Debian packages have the library that a PEP 725 URL names."""
    text = (resources.files("crosswheel.build") / "data" / "externals.toml").read_text(encoding="utf-8")
    loaded: dict[str, list[str]] = tomllib.loads(text)["debian"]
    return loaded


def _unknown(data: Mapping[str, object]) -> list[str]:
    problems = [f"unknown table [{name}]" for name in data if name not in _TABLES]
    problems += [f"{name} has to be a table" for name in _TABLES if not isinstance(data.get(name, {}), dict)]
    for name, keys in _TABLES.items():
        problems += [f"unknown key {name}.{key}" for key in _table(data, name) if key not in keys]
    return problems


def _table(data: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = data.get(name, {})
    return found if isinstance(found, dict) else {}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path} cannot be read", why=str(error), hint="mend it, or put it aside") from error


def _versions(build: Mapping[str, object], problems: list[str]) -> SpecifierSet:
    text = build.get("versions", "")
    try:
        if isinstance(text, str):
            return SpecifierSet(text)
        problems.append("build.versions has to be a string")
    except InvalidSpecifier as error:
        problems.append(f"build.versions: {error}")
    return SpecifierSet()


def _texts(table: Mapping[str, object], key: str, problems: list[str]) -> tuple[str, ...]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        problems.append(f"{key} has to be a list of strings")
        return ()
    return tuple(found)


def _pairs(table: Mapping[str, object], key: str, problems: list[str]) -> Mapping[str, str]:
    found = table.get(key, {})
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        problems.append(f"{key} has to be a table of strings")
        return {}
    return dict(found)
