"""The lists are what the script makes of its sources."""

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import pytest

from crosswheel.exports.sections import read_sections

TOOLS = Path(__file__).parents[2] / "tools"
DATA = files("crosswheel.exports").joinpath("data")


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a part of the script."""
    monkeypatch.syspath_prepend(str(TOOLS))
    yield lambda name: import_module(f"export_lists.{name}")
    for name in [name for name in sys.modules if name.startswith("export_lists")]:
        del sys.modules[name]


def shipped(path: str) -> str:
    return DATA.joinpath(*path.split("/")).read_text(encoding="utf-8")


def test_glibc_is_what_the_installed_zig_says(tool: Callable[[str], ModuleType]) -> None:
    told = shipped("glibc/aarch64.txt").splitlines()[0]
    if not told.endswith(f"ziglang {version('ziglang')}"):
        pytest.skip(f"the lists were made from another zig: {told}")
    for path, text in tool("glibc").glibc_texts().items():
        assert shipped(path) == text, f"{path} has drifted: run tools/make_export_lists.py --only glibc"


@pytest.mark.network
@pytest.mark.parametrize("path", ["libraries/libexpat.so.1.txt", "libraries/libz.so.1.txt"])
def test_a_library_is_what_debian_has(path: str, tool: Callable[[str], ModuleType]) -> None:
    soname = path.removeprefix("libraries/").removesuffix(".txt")
    made = tool("libraries").library_texts(tool("debian").Debian(), only=(soname,))
    assert _sections(shipped(path)) == _sections(made[path]), "run tools/make_export_lists.py --only libraries"


@pytest.mark.network
def test_musl_is_what_debian_has(tool: Callable[[str], ModuleType]) -> None:
    made = tool("musl").musl_text(tool("debian").Debian())
    assert _sections(shipped("musl.txt")) == _sections(made), "run tools/make_export_lists.py --only musl"


@pytest.mark.network
def test_the_limited_api_is_what_cpython_says(tool: Callable[[str], ModuleType]) -> None:
    made = tool("limited").limited_text(tool("debian").Debian())
    assert _sections(shipped("limited_api.txt")) == _sections(made), "run tools/make_export_lists.py --only limited"


@pytest.mark.parametrize(
    "path", ["python.txt", "limited_api.txt", "musl.txt", "glibc/x86_64.txt", "libraries/libstdc++.so.6.txt"]
)
def test_sections_and_names_are_sorted_and_stand_once(path: str) -> None:
    sections = list(read_sections(*path.split("/")))
    assert len({section.words for section in sections}) == len(sections)
    for section in sections:
        names = section.text.split()
        assert names == sorted(set(names))


def test_there_is_no_such_list() -> None:
    assert list(read_sections("libraries", "libunheard-of.so.1.txt")) == []


def _sections(text: str) -> list[str]:
    """Return what counts: not the notes of the packages' versions."""
    return text.split("\n[")[1:]
