"""What zig makes through the wrappers, for an AArch64 with glibc 2.17 and an x86-64 with glibc 2.5."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crosswheel.elf import SegmentType
from crosswheel.errors import UsageError
from crosswheel.process import Processes
from crosswheel.targets import Target
from crosswheel.toolchains import zig_toolchain
from zig_places import OLD_ARM, Workplace, workplace

OLDEST_X86 = "cp311-manylinux1_x86_64"
MACHINES = {OLD_ARM: 183, OLDEST_X86: 62}

C_MODULE = """
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <assert.h>
#ifdef NDEBUG
#error the package did not ask for NDEBUG
#endif
const char *where(void) { return __FILE__; }
int PyInit_demo(const char *text, int number) {
  int found = 0;
  char copy[64];
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  strncpy(copy, text, sizeof copy);
  sscanf(copy, "%d", &found);
  assert(number);
  return (int)pow(found, number) << number;
}
"""

CXX_MODULE = """
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
extern "C" int PyInit_demo(const char *text) {
  std::map<std::string, double> numbers;
  std::istringstream(text) >> numbers["first"];
  std::thread worker([&] { numbers["second"] = std::stod(text); });
  worker.join();
  if (numbers.size() > 5) throw std::runtime_error(text);
  std::cout << numbers["first"];
  return static_cast<int>(numbers.size());
}
"""


@pytest.fixture(params=[OLD_ARM, OLDEST_X86])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Workplace:
    return workplace(request.param, tmp_path)


def assert_portable(place: Workplace, name: str) -> None:
    """Assert that a file is the target's, asks for no newer glibc, and misses nothing."""
    elf = place.elf(name)
    glibc = place.toolchain.target.glibc
    assert glibc is not None
    assert elf.machine == MACHINES[OLD_ARM if glibc == (2, 17) else OLDEST_X86]
    versions = {version.removeprefix("GLIBC_") for needed in elf.version_needs.values() for version in needed}
    assert versions
    assert max(tuple(map(int, version.split("."))) for version in versions)[:2] <= glibc
    assert [symbol.name for symbol in elf.imports if symbol.version is None and not symbol.weak] == []
    assert not elf.has_symbol_table
    assert not elf.executable_stack
    assert not elf.has_text_relocations
    assert elf.sanitizer_handlers == ()
    assert not any("debug" in section for section in elf.sections)
    page = place.toolchain.target.architecture.page_size
    assert {segment.align for segment in elf.segments if segment.type == SegmentType.LOAD} == {page}
    assert b"site-packages" not in (place.folder / name).read_bytes()
    assert str(place.folder).encode() not in (place.folder / name).read_bytes()


@pytest.mark.toolchain
@pytest.mark.parametrize("options", [(), ("-O2",), ("-O3", "-g", "-D_FORTIFY_SOURCE=2", "-fstack-protector-strong")])
def test_a_c_extension(place: Workplace, options: tuple[str, ...]) -> None:
    (place.folder / "demo.c").write_text(C_MODULE, encoding="ascii")
    place.run("gcc", *options, "-fPIC", "-c", str(place.folder / "demo.c"), "-o", "demo.o")
    place.run("gcc", "-shared", "-Wl,-z,relro", "-Wl,-Bsymbolic-functions", "demo.o", "-lm", "-o", "demo.so")
    assert_portable(place, "demo.so")
    assert (place.folder / "demo.so").stat().st_size < 20_000


@pytest.mark.toolchain
@pytest.mark.parametrize("linker", ["gcc", "g++"])
def test_a_cxx_extension_whoever_links_it(place: Workplace, linker: str) -> None:
    (place.folder / "demo.cpp").write_text(CXX_MODULE, encoding="ascii")
    place.run(linker, "-O2", "-fPIC", "-c", "demo.cpp", "-o", "demo.o")
    place.run(linker, "-shared", "demo.o", "-lstdc++", "-lgcc_s", "-o", "demo.so")
    assert_portable(place, "demo.so")
    assert (place.folder / "demo.so").stat().st_size < 1_000_000


@pytest.mark.toolchain
def test_cxx_for_ppc64le_asks_for_no_ieee_long_double(tmp_path: Path) -> None:
    """zig's libc++ wants functions of glibc 2.32 there, whose names end in ieee128."""
    place = workplace("cp313-manylinux2014_ppc64le", tmp_path)
    (place.folder / "demo.cpp").write_text(CXX_MODULE, encoding="ascii")
    place.run("g++", "-O2", "-fPIC", "-shared", "demo.cpp", "-o", "demo.so")
    elf = place.elf("demo.so")
    assert {version for needed in elf.version_needs.values() for version in needed} == {"GLIBC_2.17"}
    assert [symbol.name for symbol in elf.imports if symbol.version is None and not symbol.weak] == []
    assert not [symbol.name for symbol in elf.exports if "ieee128" in symbol.name]


@pytest.mark.toolchain
def test_bytes_do_not_depend_on_the_build_folder(tmp_path: Path) -> None:
    made = []
    for name in ("one", "another/deeper"):
        place = workplace(OLD_ARM, tmp_path / name)
        (place.folder / "demo.c").write_text(C_MODULE, encoding="ascii")
        place.run("cc", "-g", "-O2", "-c", str(place.folder / "demo.c"), "-o", "demo.o")
        place.run("cc", "-shared", "demo.o", "-o", "demo.so")
        place.run("ar", "rcs", "libdemo.a", "demo.o")
        made.append(tuple((place.folder / file).read_bytes() for file in ("demo.o", "demo.so", "libdemo.a")))
    assert made[0] == made[1]


@pytest.mark.toolchain
def test_poisoned_folders_of_the_host_are_not_used(tmp_path: Path) -> None:
    poison = tmp_path / "host"
    poison.mkdir()
    (poison / "stdio.h").write_text("#error the host's\n", encoding="ascii")
    (poison / "libm.so").write_text("not a library", encoding="ascii")
    place = workplace(OLD_ARM, tmp_path / "work", host_folders=(str(poison),))
    (place.folder / "demo.c").write_text(C_MODULE, encoding="ascii")
    folders = (f"-I{poison}", "-isystem", str(poison), f"-L{poison}", f"-Wl,-rpath,{poison}")
    said = place.run("cc", *folders, "-shared", "demo.c", "-lm", "-o", "demo.so")
    assert said.count("left out") == 4
    assert place.elf("demo.so").rpath is None
    assert place.elf("demo.so").runpath is None
    assert "libm.so.6" in place.elf("demo.so").needed
    assert "--native" in place.run("cc", "demo.c", str(poison / "libm.so"), status=1)


@pytest.mark.toolchain
def test_archives_of_the_sysroot_are_linked_and_hidden(tmp_path: Path) -> None:
    sysroot = tmp_path / "sysroot"
    libraries = sysroot / "usr/lib/aarch64-linux-gnu"
    libraries.mkdir(parents=True)
    (sysroot / "usr/include").mkdir()
    (sysroot / "usr/include/other.h").write_text("int other_number(void);\n", encoding="ascii")
    (sysroot / "usr/include/stdio.h").write_text("#error of a newer libc\n", encoding="ascii")
    log = tmp_path / "linked"
    place = workplace(OLD_ARM, tmp_path / "work", sysroot=sysroot, link_log=log)
    (place.folder / "other.c").write_text("int other; int other_number(void) { return other; }", encoding="ascii")
    place.run("cc", "-c", "other.c", "-o", "other.o")
    place.run("aarch64-linux-gnu-gcc-ar", "rcs", str(libraries / "libother.a"), "other.o")
    source = """
#include <stdio.h>
#include <other.h>
int helper(void) { return puts(""); }
int PyInit_demo(void) { return other_number(); }
"""
    (place.folder / "demo.c").write_text(source, encoding="ascii")
    name = f"demo{place.toolchain.target.extension_suffix}"
    place.run("cc", "-I/usr/include", "-shared", "-fPIC", "demo.c", "-lother", "-o", name)
    assert [symbol.name for symbol in place.elf(name).exports] == ["PyInit_demo"]
    assert log.read_text(encoding="utf-8") == f"{libraries}/libother.a\n"


@pytest.mark.toolchain
def test_a_date_in_a_source_is_no_error(place: Workplace) -> None:
    (place.folder / "date.c").write_text("const char *date(void) { return __DATE__; }", encoding="ascii")
    place.run("cc", "-O2", "-c", "date.c")


@pytest.mark.toolchain
def test_what_compiler_it_is(place: Workplace) -> None:
    assert place.run("gcc", "--version").startswith("clang version ")
    assert place.run("cc", "-dumpfullversion").count(".") == 2
    assert place.run("cc", "-v").startswith("clang version ")
    assert "LLD" in place.run("ld", "--version")
    assert "__aarch64__" in place.run("cc", "-E", "-dM", "-x", "c", "/dev/null") or place.toolchain.target.glibc == (
        2,
        5,
    )


@pytest.mark.toolchain
def test_cmake_finds_what_it_needs_to_know(tmp_path: Path) -> None:
    place = workplace(OLD_ARM, tmp_path)
    project = """
cmake_minimum_required(VERSION 3.20)
project(demo C CXX)
include(CheckCCompilerFlag)
include(CheckLinkerFlag)
check_c_compiler_flag(-Wall KNOWN)
check_c_compiler_flag(-fnosuchoption UNKNOWN)
check_linker_flag(C -Wl,--no-such-option UNKNOWN_LINK)
find_package(Threads REQUIRED)
set(compilers "${CMAKE_C_COMPILER_ID} ${CMAKE_CXX_COMPILER_ID} ${CMAKE_SIZEOF_VOID_P}")
file(WRITE answers "${compilers} [${KNOWN}] [${UNKNOWN}] [${UNKNOWN_LINK}]")
"""
    (place.folder / "CMakeLists.txt").write_text(project, encoding="ascii")
    scripts = Path(sys.executable).parent
    cmake, ninja = shutil.which("cmake", path=scripts), shutil.which("ninja", path=scripts)
    if cmake is None or ninja is None:
        pytest.skip("cmake and ninja are not installed beside this Python")
    settings = {"C_COMPILER": place.scripts["cc"], "CXX_COMPILER": place.scripts["c++"], "MAKE_PROGRAM": ninja}
    system = {"SYSTEM_NAME": "Linux", "SYSTEM_PROCESSOR": "aarch64"}
    definitions = [f"-DCMAKE_{name}={value}" for name, value in {**settings, **system}.items()]
    subprocess.run([cmake, "-G", "Ninja", *definitions, "."], cwd=place.folder, check=True, capture_output=True)
    assert (place.folder / "answers").read_text(encoding="ascii") == "Clang Clang 8 [1] [] []"


@pytest.mark.toolchain
def test_warming_up_is_done_once(place: Workplace, tmp_path: Path) -> None:
    assert not place.toolchain.warm_up(Processes(), tmp_path / "scratch")


def test_a_toolchain_is_found_without_running_anything(tmp_path: Path) -> None:
    toolchain = zig_toolchain(Target.parse(OLD_ARM), cache=tmp_path / "cache")
    assert toolchain.zig.name == "zig"
    assert toolchain.zig.stat().st_mode & 0o111
    assert toolchain.triple == "aarch64-linux-gnu.2.17"
    assert toolchain.version[0].isdigit()
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("target", "nearest"),
    [
        ("cp311-manylinux2014_ppc64", "ppc64le"),
        ("cp311-musllinux_1_1_armv7l", "cp311-musllinux_1_2_armv7l"),
        ("py3-none-any", ""),
    ],
)
def test_what_zig_cannot_do_is_refused(tmp_path: Path, target: str, nearest: str) -> None:
    with pytest.raises(UsageError) as caught:
        zig_toolchain(Target.parse(target), cache=tmp_path)
    assert nearest in caught.value.hint
