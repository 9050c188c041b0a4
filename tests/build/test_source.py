"""What a person may name, told from one word."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from crosswheel.build.source import (
    ArchiveSource,
    FolderSource,
    GitSource,
    RequirementSource,
    Source,
    UrlSource,
    find_source,
    name_and_version,
)
from crosswheel.errors import CrosswheelError, RefusedError, UsageError

_SHA256 = "a" * 64
_COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "setup.py").touch()
    (tmp_path / "modern").mkdir()
    (tmp_path / "modern" / "pyproject.toml").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "pkg-1.0.tar.gz").touch()
    (tmp_path / "pkg-1.0-py3-none-any.whl").touch()
    return tmp_path


@pytest.mark.parametrize("text", ["kiwisolver==1.4.7", "kiwisolver", " kiwisolver >= 1.4, <2 ", "project"])
def test_a_requirement(folder: Path, text: str) -> None:
    assert find_source(text, folder) == RequirementSource(requirement=Requirement(text.strip()))


def test_extras_and_markers_are_left_aside_and_told(folder: Path) -> None:
    source = find_source("pkg[fast,big]==1.0; python_version < '3'", folder)
    assert isinstance(source, RequirementSource)
    assert str(source) == "pkg==1.0"
    assert "extras (big, fast)" in source.notes[0]
    assert "marker" in source.notes[1]


def test_a_folder(folder: Path) -> None:
    for text in ("./project", "modern/", str(folder / "modern"), (folder / "modern").as_uri()):
        source = find_source(text, folder)
        assert isinstance(source, FolderSource)
        assert source.path.parent == folder.resolve()
    assert find_source(".", folder / "project") == FolderSource(path=(folder / "project").resolve())


def test_a_folder_of_the_persons_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert find_source("~/project", Path("/")) == FolderSource(path=(folder / "project").resolve())


def test_an_archive(folder: Path) -> None:
    path = (folder / "pkg-1.0.tar.gz").resolve()
    for text in ("pkg-1.0.tar.gz", "./pkg-1.0.tar.gz", path.as_uri()):
        assert find_source(text, folder) == ArchiveSource(path=path, hashes={})
    source = find_source(f"{path.as_uri()}#sha256={_SHA256}&subdirectory=a/b", folder)
    assert source == ArchiveSource(path=path, hashes={"sha256": _SHA256}, subdirectory="a/b")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://index.example/p.tar.gz", UrlSource(url="https://index.example/p.tar.gz", hashes={})),
        (
            f"https://me:x@index.example/p.zip?a=b#sha256={_SHA256.upper()}",
            UrlSource(url="https://me:x@index.example/p.zip?a=b", hashes={"sha256": _SHA256}),
        ),
        (
            f"Pkg[extra] @ http://index.example/p.zip#egg=x&md5={'0' * 32}&sha1={'1' * 40}&subdirectory=./a/",
            UrlSource(
                url="http://index.example/p.zip",
                hashes={"md5": "0" * 32, "sha1": "1" * 40},
                subdirectory="a",
                name="Pkg",
            ),
        ),
        ("pkg@https://index.example/p.zip", UrlSource(url="https://index.example/p.zip", hashes={}, name="pkg")),
        ("git+https://git.example/x.git", GitSource(url="https://git.example/x.git", ref=None)),
        ("git+https://git.example/x@v1.0", GitSource(url="https://git.example/x", ref="v1.0")),
        (f"git+file:///x@{_COMMIT}", GitSource(url="file:///x", ref=_COMMIT)),
        (
            "pkg @ git+ssh://git@git.example/x.git@feature/new#subdirectory=python",
            GitSource(url="ssh://git@git.example/x.git", ref="feature/new", subdirectory="python", name="pkg"),
        ),
    ],
)
def test_addresses(folder: Path, text: str, expected: Source) -> None:
    assert find_source(text, folder) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("./nothing", "./nothing is not there"),
        ("/nothing/at/all.tar.gz", "is not there"),
        ("file:///nothing", "is not there"),
        ("nothing-1.0.tar.gz", "nothing-1.0.tar.gz is not there"),
        ("~nobody-of-that-name/x", "is not there"),
        (f"./{'a' * 5000}", "cannot be read: File name too long"),
        ("no requirement", "is no source"),
        ("pkg==", "is no source"),
        ("", "is no source"),
        ("-e", "is no source"),
        ("hg+https://hg.example/x", "knows no hg"),
        ("ftp://index.example/x.tar.gz", "knows no ftp"),
        ("http://[::1/x.tar.gz", "is no URL"),
        ("http://index.example:port/x.tar.gz", "is no URL"),
        ("a b @ https://index.example/x.tar.gz", "is no project name"),
        ("https://index.example/x.tar.gz#sha256=abc", "is no sha256"),
        (f"https://index.example/x.tar.gz#sha1={'g' * 40}", "is no sha1"),
        ("https://index.example/x.tar.gz#subdirectory=../..", "leads out of the source"),
        ("git+https://git.example/x#subdirectory=/etc", "leads out of the source"),
        ("git+ext::sh -c touch% x", "is no source"),
        ("git+ext://sh/x", "git is not asked with ext"),
        ("git+https://git.example/x@--upload-pack=touch", "is no branch, tag or commit"),
        ("git+https://git.example/x@a..b", "is no branch, tag or commit"),
        ("git+https://git.example/x@a b", "is no branch, tag or commit"),
        ("git+https://git.example/x@", "is no branch, tag or commit"),
        ("git+ssh://-oProxyCommand=x/y", "names no host"),
        ("git+https:///x", "names no host"),
    ],
)
def test_what_is_no_source(folder: Path, text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told.replace("+", r"\+").replace(".", r"\.")) as caught:
        find_source(text, folder)
    assert caught.value.hint or caught.value.why


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("./empty", "is no Python project: it has neither pyproject.toml nor setup.py"),
        ("pkg-1.0-py3-none-any.whl", "is a wheel already"),
        ("https://index.example/pkg-1.0-py3-none-any.whl", "is a wheel already"),
    ],
)
def test_what_cannot_be_built(folder: Path, text: str, told: str) -> None:
    with pytest.raises(RefusedError, match=told):
        find_source(text, folder)


def test_credentials_are_not_shown(folder: Path) -> None:
    for text in ("https://me:secret@index.example/x.zip", "git+https://me:secret@git.example/x@v1"):
        assert "secret" not in str(find_source(text, folder))
    for text in (
        "ftp://me:secret@index.example/x.zip",
        "http://me:secret@[::1",
        "git+https://me:secret@git.example/x@-a",
    ):
        with pytest.raises(UsageError) as caught:
            find_source(text, folder)
        assert "secret" not in f"{caught.value} {caught.value.hint}"


_PIECES = [
    "git+",
    "https://",
    "file://",
    " @ ",
    "@",
    "#sha256=",
    "subdirectory=",
    "..",
    "/",
    "[",
    "]",
    "::",
    "a",
    "==1",
    "~",
]


@given(
    text=st.one_of(
        st.text(st.characters(exclude_characters="\0"), max_size=30),
        st.lists(st.sampled_from(_PIECES), max_size=8).map("".join),
    )
)
@settings(max_examples=400, deadline=None)
def test_no_word_is_answered_with_a_traceback(text: str) -> None:
    with contextlib.suppress(CrosswheelError):
        find_source(text, Path("/nonexistent"))


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("kiwisolver-1.4.7.tar.gz", ("kiwisolver", "1.4.7")),
        ("my-old-name-1.0.zip", ("my-old-name", "1.0")),
        ("name-1.0-2.tar.bz2", ("name", "1.0-2")),
        ("x-v2.tgz", ("x", "v2")),
        ("main.tar.gz", (None, None)),
    ],
)
def test_names_of_archives(filename: str, expected: tuple[str | None, str | None]) -> None:
    assert name_and_version(filename) == expected
