"""Recipes: what they say, and every way in which they can be wrong."""

import tomllib
from importlib import resources
from pathlib import Path

import pytest

from crosswheel.build import recipes
from crosswheel.build.recipes import find_recipe, read_recipe
from crosswheel.errors import BadInputError

PAGE = Path(__file__).parents[2] / "docs" / "recipes.md"
WHOLE = """
[external]
host-requires = ["dep:generic/openssl", "dep:deb/debian/libsodium-dev", "dep:generic/openssl"]
[build]
versions = ">=1.4,<2"
build-requires = ["cython<3"]
config-settings = {setup-args = "-Dblas=none"}
environment = {CFLAGS = "-O1"}
"""


def test_everything_that_a_recipe_can_say() -> None:
    recipe = read_recipe(WHOLE, "My_Project", "here")
    assert recipe.project == "my-project"
    assert recipe.native_packages == ("libssl-dev", "libsodium-dev")
    assert recipe.versions.contains("1.5")
    assert not recipe.versions.contains("2.0")
    assert recipe.build_requires == ("cython<3",)
    assert recipe.config_settings == {"setup-args": "-Dblas=none"}
    assert recipe.environment == {"CFLAGS": "-O1"}
    assert recipe.origin == "here"


def test_an_empty_recipe_holds_for_every_version() -> None:
    recipe = read_recipe("", "project", "here")
    assert recipe.versions.contains("0.1")
    assert recipe.native_packages == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[external", "Expected"),
        ("[other]", "unknown table [other]"),
        ("external = 3", "external has to be a table"),
        ("[external]\nbuild-requires = []", "unknown key external.build-requires"),
        ("[build]\nflags = 1", "unknown key build.flags"),
        ("[external]\nhost-requires = 'dep:generic/openssl'", "host-requires has to be a list of strings"),
        ("[external]\nhost-requires = [3]", "host-requires has to be a list of strings"),
        ("[external]\nhost-requires = ['dep:generic/nothing']", "no Debian package is known for 'dep:generic/nothing'"),
        ("[external]\nhost-requires = ['dep:deb/debian/../etc']", "no Debian package is known"),
        ("[external]\nhost-requires = ['dep:deb/debian/']", "no Debian package is known"),
        ("[build]\nversions = 'new'", "build.versions: Invalid specifier"),
        ("[build]\nversions = 3", "build.versions has to be a string"),
        ("[build]\nenvironment = {A = 1}", "environment has to be a table of strings"),
        ("[build]\nconfig-settings = ['a']", "config-settings has to be a table of strings"),
        ("[build]\nbuild-requires = ['cython <']", "'cython <' is no requirement"),
    ],
)
def test_what_is_wrong_is_named(text: str, told: str) -> None:
    with pytest.raises(BadInputError) as caught:
        read_recipe(text, "project", "project.toml")
    assert told in caught.value.why
    assert "project.toml" in caught.value.what
    assert caught.value.hint


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(BadInputError) as caught:
        read_recipe("[other]\n[build]\nflags = 1\nversions = 'new'", "project", "project.toml")
    assert all(told in caught.value.why for told in ("[other]", "build.flags", "build.versions"))


def test_a_persons_own_recipe_comes_first(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "uamqp.toml").write_text("[build]\nversions = '<1'\n")
    folders = (tmp_path / "not-there", own)
    found = find_recipe("uAMQP", folders)
    assert found
    assert found.origin == str(own / "uamqp.toml")
    shipped = find_recipe("uAMQP", ())
    assert shipped
    assert shipped.native_packages == ("libssl-dev",)
    assert find_recipe("nobody-wrote-one", folders) is None


def test_a_recipe_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "project.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInputError, match="cannot be read"):
        find_recipe("project", (tmp_path,))


def test_every_recipe_that_is_shipped_is_one() -> None:
    folder = resources.files("crosswheel.build") / "data" / "recipes"
    files = [file for file in folder.iterdir() if file.name.endswith(".toml")]
    assert files
    for file in files:
        assert find_recipe(file.name.removesuffix(".toml"), ())


def test_every_word_is_documented() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for table, keys in recipes._TABLES.items():
        assert f"## `[{table}]`" in page
        for key in keys:
            assert f"| `{key}` |" in page, key
    for url in recipes._externals():
        assert f"`{url}`" in page, url
    assert "CROSSWHEEL_RECIPES" in page


def test_the_example_of_the_page_is_the_recipe_that_is_shipped() -> None:
    example = PAGE.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    shipped = resources.files("crosswheel.build") / "data" / "recipes" / "uamqp.toml"
    assert tomllib.loads(example) == tomllib.loads(shipped.read_text(encoding="utf-8"))


def test_every_recipe_that_ships_is_one() -> None:
    shipped = resources.files("crosswheel.build") / "data" / "recipes"
    names = sorted(path.name.removesuffix(".toml") for path in shipped.iterdir())
    assert "numpy" in names
    for name in names:
        recipe = find_recipe(name, [])
        assert recipe
        assert recipe.project == name


@pytest.mark.parametrize(("version", "holds"), [("1.18.5", True), ("1.19.0", False), ("1.26.4", False)])
def test_tools_of_their_day_are_for_old_numpy_alone(version: str, *, holds: bool) -> None:
    recipe = find_recipe("NumPy", [])
    assert recipe
    assert recipe.versions.contains(version) is holds
