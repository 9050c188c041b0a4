"""What CMake is told (cmake-toolchains(7))."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from crosswheel.hermetic.shims import runner_script
from crosswheel.hermetic.value import Facts

_TEMPLATE = """\
# Read by CMake before it looks at a compiler, and again in every try_compile.
{system}
set(CMAKE_C_COMPILER {c})
set(CMAKE_CXX_COMPILER {cxx})
set(CMAKE_ASM_COMPILER {c})
{fortran}set(CMAKE_AR {ar} CACHE FILEPATH "")
set(CMAKE_RANLIB {ranlib} CACHE FILEPATH "")
set(CMAKE_STRIP {strip} CACHE FILEPATH "")
set(CMAKE_NM {nm} CACHE FILEPATH "")
set(CMAKE_OBJCOPY {objcopy} CACHE FILEPATH "")
set(CMAKE_C_LIBRARY_ARCHITECTURE {triplet})
set(CMAKE_CXX_LIBRARY_ARCHITECTURE {triplet})
set(CMAKE_LIBRARY_ARCHITECTURE {triplet})

# Everything that is searched for is searched for below these folders. A path that is below one of them already is taken
# as it is; /usr, /usr/local and /opt mean those of the sysroot. The host's are never seen, programs included.
list(APPEND CMAKE_FIND_ROOT_PATH {roots} "${{CMAKE_SOURCE_DIR}}" "${{CMAKE_BINARY_DIR}}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_FIND_USE_PACKAGE_REGISTRY FALSE)
set(CMAKE_FIND_USE_SYSTEM_PACKAGE_REGISTRY FALSE)
list(APPEND CMAKE_PREFIX_PATH {prefixes})
set(PKG_CONFIG_EXECUTABLE {pkg_config} CACHE FILEPATH "")

# FindPython, FindPython3, and FindPythonInterp and FindPythonLibs of old. An extension module links to no libpython.
set(Python_EXECUTABLE {python})
set(Python3_EXECUTABLE {python})
set(PYTHON_EXECUTABLE {python})
set(Python_ROOT_DIR {environment})
set(Python3_ROOT_DIR {environment})
set(Python_FIND_VIRTUALENV ONLY)
set(Python3_FIND_VIRTUALENV ONLY)
{includes}
if(NOT DEFINED CMAKE_PROJECT_INCLUDE)
  set(CMAKE_PROJECT_INCLUDE {after_project})
endif()
"""

# CMake's platform files set this list after the toolchain file has been read, so it is set after project().
_AFTER_PROJECT = """\
# Read by CMake at the end of project(): a static library of the sysroot needs nothing where the wheel runs.
set(CMAKE_FIND_LIBRARY_SUFFIXES .a .so)
"""

# Parts of the C library come with the compiler, for the glibc it is pinned to, and are linked without being named. A
# project that looks for the file (`find_library(MATH m)`) finds an empty archive.
_OF_LIBC = ("m", "dl", "pthread", "rt", "util", "resolv")
_EMPTY_ARCHIVE = b"!<arch>\n"
# FindPythonLibs does not go on without a libpython, whose projects then link it. What loads an extension module has
# everything that is in it; a second one, static, would be an interpreter of its own.
_LIBPYTHON = "libpython{}.{}.a"

_CROSS = """\
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR {machine})
# Programs of the target cannot be started as they are; scripts (the environment's python among them) can.
set(CMAKE_CROSSCOMPILING_EMULATOR {runner})"""

_NATIVE = """\
# Programs of the target can be started here, so this is a native build on a machine of the target: CMAKE_SYSTEM_NAME,
# which would turn CMAKE_CROSSCOMPILING on, stays unset, and uname tells the processor ({machine})."""


def write_cmake(facts: Facts, wrappers: Mapping[str, Path]) -> Path:
    """Write what CMake reads, and return the toolchain file.

    Arguments:
        facts: what it says.
        wrappers: compilers and their tools, by name.
    """
    path = facts.folder / "toolchain.cmake"
    path.write_text(_toolchain_file(facts, wrappers), encoding="utf-8")
    _after_project(facts).write_text(_AFTER_PROJECT, encoding="utf-8")
    libraries = _empty_libraries(facts) / "usr/lib"
    libraries.mkdir(parents=True)
    for name in _OF_LIBC:
        (libraries / f"lib{name}.a").write_bytes(_EMPTY_ARCHIVE)
    _no_libpython(facts).write_bytes(_EMPTY_ARCHIVE)
    return path


def _toolchain_file(facts: Facts, wrappers: Mapping[str, Path]) -> str:
    architecture = facts.target.architecture
    system = _NATIVE if facts.executes else _CROSS
    includes = ""
    if facts.python_includes:
        quoted = _quoted([facts.python_includes[0]])
        includes = "".join(
            f"set({name} {quoted})\n" for name in ("Python_INCLUDE_DIR", "Python3_INCLUDE_DIR", "PYTHON_INCLUDE_DIR")
        )
        includes += f'set(PYTHON_LIBRARY {_quoted([_no_libpython(facts)])} CACHE FILEPATH "")\n'
    sysroots = (*([facts.sysroot] if facts.sysroot else []), _empty_libraries(facts))
    roots = [facts.tools, facts.environment_root, *sysroots, *facts.outside]
    return _TEMPLATE.format(
        system=system.format(machine=architecture.name, runner=_quoted([runner_script(facts)])),
        triplet=facts.triplet,
        roots=_quoted(roots),
        prefixes=_quoted([facts.environment_root, facts.site]),
        pkg_config=_quoted([facts.tools / "pkg-config"]),
        python=_quoted([facts.build_python]),
        environment=_quoted([facts.environment_root]),
        includes=includes,
        after_project=_quoted([_after_project(facts)]),
        fortran=f"set(CMAKE_Fortran_COMPILER {_quoted([wrappers['gfortran']])})\n" if "gfortran" in wrappers else "",
        c=_quoted([wrappers["cc"]]),
        cxx=_quoted([wrappers["c++"]]),
        **{name: _quoted([wrappers[name]]) for name in ("ar", "ranlib", "strip", "nm", "objcopy")},
    )


def _after_project(facts: Facts) -> Path:
    return facts.folder / "after-project.cmake"


def _empty_libraries(facts: Facts) -> Path:
    return facts.folder / "libc"


def _no_libpython(facts: Facts) -> Path:
    major, minor, *_ = facts.python_version.split(".")
    return _empty_libraries(facts) / "usr/lib" / _LIBPYTHON.format(major, minor)


def _quoted(paths: Iterable[Path]) -> str:
    escaped = (str(path).replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$") for path in paths)
    return " ".join(f'"{path}"' for path in escaped)
