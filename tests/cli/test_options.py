"""Where an option's value may stand, and who wins."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswheel.cli.arguments import make_parser
from crosswheel.cli.options import _READERS, BuildOptions, read_options
from crosswheel.errors import BadInputError, UsageError

USAGE = Path(__file__).parents[2] / "docs" / "usage.md"


def read(folder: Path, *argv: str, **environ: str) -> BuildOptions:
    arguments = make_parser().parse_args(["build", "project", *argv])
    return read_options(arguments, environ, directory=folder, user_file=folder / "user.toml")


def test_defaults(tmp_path: Path) -> None:
    assert read(tmp_path) == BuildOptions()


def test_the_first_place_wins(tmp_path: Path) -> None:
    (tmp_path / "user.toml").write_text("out = 'user'\nstrategy = 'native'\nexec-mode = 'proot'\nsdist = true\n")
    (tmp_path / "pyproject.toml").write_text("[tool.crosswheel]\nout = 'project'\nstrategy = 'hybrid'\nsdist = false\n")
    options = read(tmp_path, "--out", "line", CROSSWHEEL_OUT="variable", CROSSWHEEL_TEST_COMMAND="python -V")
    assert options.out == "line"
    assert options.strategy == "hybrid"
    assert options.exec_mode == "proot"
    assert options.test_command == "python -V"
    assert not options.sdist
    assert read(tmp_path, CROSSWHEEL_OUT="variable").out == "variable"
    assert read(tmp_path).out == "project"


def test_lists_are_replaced_not_added(tmp_path: Path) -> None:
    (tmp_path / "user.toml").write_text("target = ['a', 'b']\ntest-requires = ['x>=1,<2']\n")
    assert read(tmp_path).target == ("a", "b")
    assert read(tmp_path).test_requires == ("x>=1,<2",)
    assert read(tmp_path, CROSSWHEEL_TARGET="c, d e").target == ("c", "d", "e")
    assert read(tmp_path, "--target", "f,g", "--target", "h", CROSSWHEEL_TARGET="c").target == ("f", "g", "h")
    skipped = read(tmp_path, "--skip", "*_{i686,s390x}, cp36-*", CROSSWHEEL_TARGET="cp3{9,10}-x cp311-y")
    assert skipped.skip == ("*_{i686,s390x}", "cp36-*")
    assert skipped.target == ("cp3{9,10}-x", "cp311-y")
    requires = read(tmp_path, CROSSWHEEL_TEST_REQUIRES="pytest>=8,<9 'numpy ; python_version<\"3.12\"'").test_requires
    assert requires == ("pytest>=8,<9", 'numpy ; python_version<"3.12"')


def test_yes_and_no(tmp_path: Path) -> None:
    assert read(tmp_path, "--no-test").no_test
    assert read(tmp_path, CROSSWHEEL_NO_TEST="1").no_test
    assert not read(tmp_path, CROSSWHEEL_NO_TEST="0").no_test


def test_all_that_is_wrong_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.crosswheel]\nnonsense = 1\ntarget = 3\n")
    with pytest.raises(UsageError) as caught:
        read(tmp_path, "--exec-mode", "magic", CROSSWHEEL_STRATEGY="nonsense", CROSSWHEEL_NO_TEST="maybe")
    for told in (
        "CROSSWHEEL_STRATEGY: 'nonsense' is none of auto, native, hybrid",
        "--exec-mode: 'magic' is none of auto, binfmt",
        "CROSSWHEEL_NO_TEST: 'maybe' is neither yes nor no",
        f"{tmp_path / 'pyproject.toml'}: there is no setting 'nonsense'",
        f"target in {tmp_path / 'pyproject.toml'}: 3 is no list",
    ):
        assert told in caught.value.why


def test_an_open_quote_in_a_variable_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="CROSSWHEEL_TEST_REQUIRES"):
        read(tmp_path, CROSSWHEEL_TEST_REQUIRES="'open")


@pytest.mark.parametrize("content", [b"[tool.crosswheel\n", b"# crosswheel \xff\n"])
def test_damaged_settings(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pyproject.toml").write_bytes(content)
    with pytest.raises(BadInputError, match=r"pyproject\.toml cannot be read"):
        read(tmp_path)


def test_a_project_without_settings_may_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.")
    assert read(tmp_path) == BuildOptions()


@given(st.dictionaries(st.sampled_from([f"CROSSWHEEL_{name.upper()}" for name in _READERS]), st.text(max_size=20)))
def test_whatever_the_environment_says_is_an_option_or_a_sentence(environ: dict[str, str]) -> None:
    try:
        read(Path("/nonexistent"), **environ)
    except UsageError as error:
        assert error.why  # noqa: PT017 most of what is made up here is wrong, and some is not
        assert error.hint  # noqa: PT017 the same


def test_every_option_and_variable_is_documented() -> None:
    page = USAGE.read_text(encoding="utf-8")
    for name in _READERS:
        assert f"`--{name.replace('_', '-')}" in page
    source = Path(__file__).parents[2] / "src"
    named = {
        word
        for file in source.rglob("*.py")
        for word in re.findall(r"CROSSWHEEL_[A-Z][A-Z_]*[A-Z]", file.read_text(encoding="utf-8"))
    }
    # No settings: what was started is marked by one, and told by the other not to pose.
    assert {word for word in named if word not in page} == {"CROSSWHEEL_CHILD", "CROSSWHEEL_POSE"}
