"""What a project needs of the target beyond Python packages: recipes, as data.

A recipe is a TOML file named after the project (normalised as PEP 503 says). Its vocabulary is PEP 725's `[external]`
where that has a word; see docs/recipes.md.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from crosswheel.errors import BadInputError

_TABLES = {
    "external": {"build-requires", "host-requires"},
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
            return read_recipe((folder / name).read_text(encoding="utf-8"), project, str(folder / name))
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
        if url.startswith("dep:deb/debian/"):
            packages.append(url.removeprefix("dep:deb/debian/"))
        elif url in known:
            packages += known[url]
        else:
            problems.append(
                f"external.host-requires: no Debian package is known for {url!r}; write dep:deb/debian/PACKAGE"
            )
    try:
        versions = SpecifierSet(str(build.get("versions", "")))
    except InvalidSpecifier as error:
        problems.append(f"build.versions: {error}")
        versions = SpecifierSet()
    recipe = Recipe(
        project=canonicalize_name(project),
        versions=versions,
        host_requires=host_requires,
        native_packages=tuple(dict.fromkeys(packages)),
        environment=_pairs(build, "environment", problems),
        config_settings=_pairs(build, "config-settings", problems),
        build_requires=_texts(build, "build-requires", problems),
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
    for name, keys in _TABLES.items():
        problems += [f"unknown key {name}.{key}" for key in _table(data, name) if key not in keys]
    return problems


def _table(data: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = data.get(name, {})
    return found if isinstance(found, dict) else {}


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
