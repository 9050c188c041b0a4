"""Each module has a C++ runtime of its own, which no other can be bound to; what is the package's stays visible."""

import ctypes
import platform
import runpy
from pathlib import Path

import pytest

from zig_places import Workplace, oldest_target, workplace

SOURCES = Path(__file__).parents[1] / "projects/thrown/thrown"
ENTRY = '#include "caught.hpp"\nextern "C" void PyInit_demo(char *text) { story().copy(text, 999); }\n'
HEAVY = """
#include <algorithm>
#include <any>
#include <deque>
#include <future>
#include <iostream>
#include <memory>
#include <regex>
#include <variant>
struct Key { int number; };
std::any PyInit_demo(int number) {
  std::regex pattern("a+(b|c)");
  std::smatch match;
  std::string text = "aab";
  std::regex_match(text, match, pattern);
  auto later = std::async(std::launch::async, [&] { return number; });
  std::variant<int, std::string> either = std::to_string(later.get());
  std::visit([](auto &one) { std::cout << one; }, either);
  std::deque<Key> keys(3);
  std::wstringstream wide;
  wide << number;
  keys.push_back(*std::make_shared<Key>(Key{number}));
  std::vector<std::string> texts(5);
  std::sort(texts.begin(), texts.end());
  return texts;
}
extern "C" int PyInit_heavy() { return PyInit_demo(3).has_value(); }
"""


def built(target: str, folder: Path) -> tuple[Workplace, str]:
    """Return a place with libshapes.so and an extension module that needs it, and the module's name."""
    place = workplace(target, folder)
    for name in ("shapes.hpp", "shapes.cpp", "caught.hpp"):
        (place.folder / name).write_bytes((SOURCES / name).read_bytes())
    (place.folder / "entry.cpp").write_text(ENTRY, encoding="ascii")
    module = f"demo{place.toolchain.target.extension_suffix}"
    options = ("-std=c++17", "-O2", "-fPIC", "-shared")
    place.run("g++", *options, "shapes.cpp", "-o", "libshapes.so", "-Wl,-soname,libshapes.so")
    place.run("g++", *options, "entry.cpp", "-L.", "-lshapes", "-Wl,-rpath,$ORIGIN", "-o", module)
    return place, module


def exports(place: Workplace, name: str) -> set[str]:
    return {symbol.name for symbol in place.elf(name).exports}


# Operators new and delete, functions, types and tables of std; its types' names are mere text.
RUNTIME = ("_Zn", "_Zd", "_ZNSt", "_ZNKSt", "_ZSt", "_ZTINSt", "_ZTISt", "_ZTVNSt", "_ZTVSt", "_ZTT", "_Unwind", "__")


@pytest.mark.toolchain
@pytest.mark.parametrize(
    "target",
    [
        oldest_target("aarch64"),
        oldest_target("armv7l"),
        oldest_target("i686"),
        oldest_target("x86_64", "musllinux"),
    ],
)
def test_a_runtime_is_nobody_elses(tmp_path: Path, target: str) -> None:
    place, module = built(target, tmp_path)
    library = exports(place, "libshapes.so")
    own = {"_ZNKSt3__14hashI3KeyEclERKS1_"}
    assert {name for name in library | exports(place, module) if name.startswith(RUNTIME)} == own
    for name in ("_ZTI7Trouble", "_ZTS13InlineTrouble", "_ZTI5Shape", "_ZTV6Square", "_Z4faili", "_Z10make_shapev"):
        assert name in library
    assert any(name.startswith("_ZNK4HeldI") for name in library)
    assert "PyInit_demo" in exports(place, module)


@pytest.mark.toolchain
def test_nothing_of_std_leaves_an_extension_module(tmp_path: Path) -> None:
    place = workplace(oldest_target("aarch64"), tmp_path)
    (place.folder / "heavy.cpp").write_text(HEAVY, encoding="ascii")
    place.run("g++", "-std=c++17", "-O0", "-fPIC", "-shared", "heavy.cpp", "-o", "heavy.abi3.so")
    assert not [name for name in exports(place, "heavy.abi3.so") if name.startswith(RUNTIME)]
    assert "PyInit_heavy" in exports(place, "heavy.abi3.so")


@pytest.mark.toolchain
def test_operators_of_the_packages_own_are_exported(tmp_path: Path) -> None:
    """As a library has them that others load before the rest, to count memory."""
    place = workplace(oldest_target("aarch64"), tmp_path)
    source = """
#include <cstdlib>
#include <string>
void *operator new(std::size_t size) { return std::malloc(size); }
void operator delete(void *place) noexcept { std::free(place); }
void operator delete(void *place, std::size_t) noexcept { std::free(place); }
std::string text(int number) { return std::string(number, 'a'); }
"""
    (place.folder / "count.cpp").write_text(source, encoding="ascii")
    place.run("g++", "-O2", "-fPIC", "-shared", "count.cpp", "-o", "libcount.so")
    found = {name for name in exports(place, "libcount.so") if name.startswith(("_Zn", "_Zd"))}
    assert found == {"_Znwm", "_ZdlPv", "_ZdlPvm"}


@pytest.mark.toolchain
@pytest.mark.skipif(platform.machine() != "x86_64", reason="loads an x86-64 library")
def test_what_one_module_throws_another_catches(tmp_path: Path) -> None:
    place, module = built(oldest_target("x86_64"), tmp_path)
    text = ctypes.create_string_buffer(1000)
    ctypes.CDLL(str(place.folder / module)).PyInit_demo(text)
    expected = (SOURCES / "__init__.py").read_text(encoding="utf-8").partition("CAUGHT = ")[2].partition("\nif ")[0]
    (tmp_path / "expected.py").write_text(f"CAUGHT = {expected}", encoding="utf-8")
    assert text.value.decode().splitlines() == runpy.run_path(str(tmp_path / "expected.py"))["CAUGHT"]
