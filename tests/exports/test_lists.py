"""The lists are what the script makes of its sources."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import pytest

from crosswheel.debian.settings import EXPIRED_DAYS
from crosswheel.exports.sections import read_sections

TOOLS = Path(__file__).parents[2] / "tools"
DATA = files("crosswheel.exports").joinpath("data")
LIBRARIES = sorted(path.name.removesuffix(".txt") for path in DATA.joinpath("libraries").iterdir())
# Names of CPython's own that not every patch release of a version has: some came, or took another's place, later, and
# some came as a security fix, which Debian took into an older release. Nothing of the API is among them.
_DECODERS = {"_PyBytes_DecodeEscape2", "_PyUnicode_DecodeUnicodeEscapeInternal2"}  # CVE-2025-4516
UNSTEADY = {
    "3.9": {
        "_PyUnicode_DecodeRawUnicodeEscapeStateful",
        "_PyUnicode_DecodeUnicodeEscape",
        "_PyUnicode_DecodeUnicodeEscapeInternal",
        "_PyUnicode_DecodeUnicodeEscapeStateful",
    },
    "3.11": {"_PyModule_Add", "_Py_UniversalNewlineFgetsWithSize", *_DECODERS},
    "3.13": {
        "_PyErr_SetLocaleString",
        "_PySys_GetOptionalAttr",
        "_PySys_GetOptionalAttrString",
        "_PySys_GetRequiredAttr",
        "_PySys_GetRequiredAttrString",
        "_PyType_GetModuleByDef3",
        *_DECODERS,
    },
}


def interpreters() -> list[Path]:
    """Return the interpreter that runs the tests, and those that stand beside it where each has a folder of its own."""
    own = Path(os.path.realpath(sys.executable))
    beside = (path for path in own.parents[2].glob("*/bin/python*") if re.fullmatch(r"python\d\.\d+t?", path.name))
    return sorted({path.name: path for path in (*beside, own)}.values())


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a part of the script."""
    monkeypatch.syspath_prepend(str(TOOLS))
    # Nothing of it is installed: a mirror whose sid is old shows no less whether the lists are right.
    monkeypatch.setenv(EXPIRED_DAYS, "365")
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


def test_no_library_is_left_out_or_over(tool: Callable[[str], ModuleType]) -> None:
    libraries = tool("libraries")
    made = {f"{soname}.txt" for soname in {**libraries.VERSIONED, **libraries.UNVERSIONED}}
    assert {f"{soname}.txt" for soname in LIBRARIES} == made


@pytest.mark.network
@pytest.mark.parametrize("soname", LIBRARIES)
def test_a_library_is_what_debian_has(soname: str, tool: Callable[[str], ModuleType]) -> None:
    path = f"libraries/{soname}.txt"
    made = tool("libraries").library_texts(tool("debian").Debian(), only=(soname,))
    assert _sections(shipped(path)) == _sections(made[path]), "run tools/make_export_lists.py --only libraries"


@pytest.mark.network
@pytest.mark.parametrize("version", ["3.9", "3.11", "3.13", "3.14", "3.15"])
def test_python_is_what_debian_has(version: str, tool: Callable[[str], ModuleType]) -> None:
    made, source = tool("python").debian_names(tool("debian").Debian(), version)
    listed = _listed(version)
    assert made <= listed, "run tools/make_export_lists.py --only python"
    assert listed - made <= UNSTEADY.get(version, set()), f"{source} does not export these"


@pytest.mark.network
@pytest.mark.toolchain
@pytest.mark.parametrize("version", ["3.13", "3.14", "3.15"])
def test_free_threaded_python_is_what_its_headers_say(version: str, tool: Callable[[str], ModuleType]) -> None:
    made = tool("python").free_threaded_names(tool("debian").Debian(), version, _listed(version))
    assert made == _listed(f"{version}t"), "run tools/make_export_lists.py --only python"


@pytest.mark.parametrize("program", interpreters(), ids=lambda program: program.name)
def test_python_is_what_interpreters_of_this_machine_export(program: Path, tool: Callable[[str], ModuleType]) -> None:
    version = program.name.removeprefix("python")
    made = tool("python").exported_names(program)
    if version == "2.7":
        version = "2.7mu" if "PyUnicodeUCS4_DecodeASCII" in made else "2.7m"
    listed = _listed(version)
    if not listed:
        pytest.skip(f"of CPython {version} nothing is known")
    assert made <= listed, "run tools/make_export_lists.py --only python"
    assert listed - made <= UNSTEADY.get(version, set()), f"{program} does not export these"


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


def _listed(version: str) -> set[str]:
    return {
        name for section in read_sections("python.txt") if version in section.words for name in section.text.split()
    }


def _sections(text: str) -> list[str]:
    """Return what counts: not the notes of the packages' versions."""
    return text.split("\n[")[1:]
