"""The folder of tools, the variables, and the files for CMake, configure and Meson."""

import configparser
import json
import os
import subprocess
from pathlib import Path

import pytest

from crosswheel.emulator import ExecMode
from crosswheel.errors import LackError
from crosswheel.hermetic.native import read_native_tools
from made_environment import Made, Maker
from real_archive import host_packages


def test_path_is_the_tools_and_then_the_build_s_own_scripts(made: Made) -> None:
    assert made.hermetic.variables["PATH"] == f"{made.hermetic.tools}:{made.folder}/env/bin"


def test_the_tools_are_known_ones_alone(made: Made) -> None:
    tools = read_native_tools()
    native = {name for names in (*tools.essential.values(), *tools.packages.values()) for name in names}
    python = {"cmake", "ctest", "cpack", "ninja", "ninja-build", "samu", "meson", "python", "python3", "python3.11"}
    shims = {
        "uname",
        "arch",
        "dpkg",
        "dpkg-architecture",
        "ldconfig",
        "getconf",
        "lscpu",
        "ldd",
        "pkg-config",
        "pkgconf",
    }
    sysroot = {"foo-config", "python3.11-config", "python3-config", "python-config"}
    known = native | python | shims | sysroot | set(tools.refused) | set(made.hermetic.wrappers)
    found = {path.name.removeprefix("aarch64-linux-gnu-") for path in made.hermetic.tools.glob("[!.]*")}
    assert found <= known
    assert {"gcc", "cc", "g++", "ld", "ar", "sh", "sed", "make"} <= found


def test_links_to_this_machine_s_tools_are_absolute_and_none_is_a_compiler(made: Made) -> None:
    for path in made.hermetic.tools.iterdir():
        if path.is_symlink() and path.name not in {"ninja-build", "samu"}:
            assert path.readlink().is_absolute(), path
    for name in ("gcc", "cc", "c++", "g++", "cpp", "ld", "as", "nm", "clang"):
        assert not (made.hermetic.tools / name).is_symlink(), name


def test_a_machine_without_tools_gets_those_that_every_build_needs(make: Maker) -> None:
    made = make(search_path="/nowhere")
    words = (made.hermetic.tools / "make").read_text().splitlines()[1].split()
    root = made.folder.parent / "packages" / "make"
    assert words[:2] == ["exec", f"{root}/usr/lib64/ld-linux-x86-64.so.2"]
    assert words[words.index("--argv0") + 1] == "make"
    assert words[-2:] == [f"{root}/usr/bin/make", '"$@"']
    assert (
        f"PERL5LIB={made.folder.parent}/packages/perl/usr/share/perl/5.36" in (made.hermetic.tools / "perl").read_text()
    )
    assert not (made.hermetic.tools / "sed").exists()


def test_an_essential_tool_that_cannot_be_had_is_said(make: Maker, tmp_path: Path) -> None:
    def empty(*_names: str, dependencies: bool, only: frozenset[str] = frozenset()) -> Path:
        assert dependencies
        assert not only
        return tmp_path

    with pytest.raises(LackError, match="make is not on this machine"):
        make(search_path="/nowhere", host_packages=empty)


def test_of_the_person_s_variables_only_proxies_and_certificates_reach_a_build(make: Maker) -> None:
    person = {"HOME": "/home/me", "CFLAGS": "-march=native", "https_proxy": "http://proxy", "SSL_CERT_FILE": "/c.pem"}
    variables = make(environment=person | {"PYTHONPATH": "/x", "CPATH": "/usr/include"}).hermetic.variables
    assert variables["https_proxy"] == "http://proxy"
    assert variables["SSL_CERT_FILE"] == "/c.pem"
    assert not {"CFLAGS", "PYTHONPATH", "CPATH"} & set(variables)
    assert variables["HOME"].endswith("/a build/home")


def test_variables_are_neutral_and_name_the_target_s_compilers(made: Made) -> None:
    variables = made.hermetic.variables
    assert variables["CC"] == "aarch64-linux-gnu-gcc"
    assert variables["CXX"] == "aarch64-linux-gnu-g++"
    assert {
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": "315532800",
    }.items() <= variables.items()
    assert variables["MAKEFLAGS"] == f"-j{len(os.sched_getaffinity(0))}"
    assert variables["QEMU_CPU"] == "cortex-a53"
    assert Path(variables["TMPDIR"]).is_dir()
    assert "LOG_COMPILER" not in variables


CONFIGURE = (
    'build_alias={build} host_alias={host} build=$build_alias host=$host_alias cross_compiling=no; . "$CONFIG_SITE"; '
)
CONFIGURE += "echo $build_alias,$host_alias,$cross_compiling,$ac_cv_func_malloc_0_nonnull"


@pytest.mark.parametrize(
    ("mode", "build", "host", "answer"),
    [
        (ExecMode.NAMESPACE, "", "", "aarch64-linux-gnu,,no,"),
        (ExecMode.PROOT, "", "", "aarch64-linux-gnu,,no,"),
        (ExecMode.NONE, "", "", "x86_64-linux-gnu,aarch64-linux-gnu,yes,yes"),
        (ExecMode.NONE, "a-b-c", "d-e-f", "a-b-c,d-e-f,yes,yes"),
    ],
)
def test_configure_reads_its_site_file(make: Maker, mode: ExecMode, build: str, host: str, answer: str) -> None:
    made = make(mode=mode)
    told = made.ask("sh", "-c", CONFIGURE.format(build=build, host=host))
    machine = os.uname().machine
    assert told == answer.replace("x86_64-linux-gnu", f"{machine}-linux-gnu")


def test_cmake_is_told_of_a_native_build_where_programs_run_and_of_a_cross_build_where_not(made: Made) -> None:
    native = made.hermetic.toolchain_file.read_text()
    assert "\nset(CMAKE_SYSTEM_NAME" not in native
    assert f'set(CMAKE_C_COMPILER "{made.hermetic.tools}/cc")' in native
    assert f'"{made.sysroot}"' in native


def test_cmake_cross(make: Maker) -> None:
    made = make(mode=ExecMode.NONE)
    cross = made.hermetic.toolchain_file.read_text()
    assert "\nset(CMAKE_SYSTEM_NAME Linux)\nset(CMAKE_SYSTEM_PROCESSOR aarch64)\n" in cross
    assert f'set(CMAKE_CROSSCOMPILING_EMULATOR "{made.folder}/hermetic/run-target")' in cross


@pytest.mark.parametrize("mode", [ExecMode.NAMESPACE, ExecMode.NONE])
def test_meson_s_machine_file(make: Maker, mode: ExecMode) -> None:
    made = make(mode=mode)
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(made.hermetic.meson_file)
    assert parser["binaries"]["python"] == f"['{made.folder}/env/bin/python']"
    assert parser["properties"]["longdouble_format"] == "'IEEE_QUAD_LE'"
    assert parser.has_section("host_machine") == (mode is ExecMode.NONE)
    assert ("exe_wrapper" in parser["binaries"]) == (mode is ExecMode.NONE)


FAKE_MESON = {
    "__init__.py": "",
    "mesonlib.py": "import sys\npython_command = [sys.executable]\n",
    "mesonmain.py": """
import json, os, platform, sys
from mesonbuild import mesonlib
class CommandLineParser:
    commands = {"setup": 1, "compile": 1}
def run(arguments, launcher):
    print(json.dumps({"arguments": arguments, "launcher": launcher, "machine": platform.machine(),
                      "uname": os.uname().machine, "endian": sys.byteorder, "python": mesonlib.python_command,
                      "path": sys.path}))
    return 0
""",
}


def write_meson(made_folder: Path) -> None:
    site = made_folder / "env/lib/python3.11/site-packages"
    (site / "mesonbuild").mkdir(parents=True)
    (site / "other.py").write_text("")
    for name, text in FAKE_MESON.items():
        (site / "mesonbuild" / name).write_text(text)


@pytest.mark.parametrize(
    ("given", "option_at"),
    [
        (["setup", "a", "b"], 1),
        (["a", "b"], 1),
        (["compile"], None),
        (["--version"], None),
        (["--internal", "x"], None),
    ],
)
def test_meson_runs_here_and_is_told_of_the_target(make: Maker, given: list[str], option_at: int | None) -> None:
    made = make()
    write_meson(made.folder)
    told = json.loads(made.ask("meson", *given))
    assert told["machine"] == told["uname"] == "aarch64"
    assert told["python"] == [f"{made.folder}/env/bin/python"]
    assert told["launcher"] == f"{made.hermetic.tools}/meson"
    assert not any("site-packages" in folder for folder in told["path"])
    option = f"--native-file={made.hermetic.meson_file}"
    assert (told["arguments"].index(option) if option in told["arguments"] else None) == option_at
    if option_at:
        assert told["arguments"][0] == "setup"
    else:
        assert told["arguments"] == given


@pytest.mark.parametrize(
    ("target", "endian"), [("cp313-manylinux_2_28_s390x", "big"), ("cp313-manylinux_2_28_ppc64le", "little")]
)
def test_meson_takes_the_byte_order_of_the_target_for_that_of_a_native_build(
    make: Maker, target: str, endian: str
) -> None:
    made = make(target)
    write_meson(made.folder)
    assert json.loads(made.ask("meson", "setup", "a", "b"))["endian"] == endian


def test_meson_poses_as_nobody_in_a_cross_build(make: Maker) -> None:
    made = make(mode=ExecMode.NONE)
    write_meson(made.folder)
    told = json.loads(made.ask("meson", "setup", "b"))
    assert told["machine"] == os.uname().machine
    assert told["arguments"][1] == f"--cross-file={made.hermetic.meson_file}"


def test_meson_that_is_no_build_requirement_is_not_there(made: Made) -> None:
    assert "build requirements" in made.ask("meson", "--version", status=127)


def test_python_by_any_name_is_the_build_s(make: Maker) -> None:
    made = make()
    python = made.folder / "env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "target $1"\n')
    python.chmod(0o755)
    for name in ("python", "python3", "python3.11"):
        assert made.ask(name, "x") == "target x"


def test_a_native_target_has_the_same_closed_folder_without_an_emulator(make: Maker) -> None:
    made = make("cp311-manylinux2014_x86_64", native=True)
    assert made.ask("uname", "-m") == "x86_64"
    assert "CMAKE_SYSTEM_NAME L" not in made.hermetic.toolchain_file.read_text()
    listed = {line.split()[0] for line in made.ask("pkg-config", "--list-all").splitlines()}
    assert listed == {"python3", "python-3.11", "pkg-config", "pkgconf"}
    assert made.ask("ldconfig", "-p") == ""
    assert "LOG_COMPILER" not in made.hermetic.variables


def test_shims_are_plain_shell(made: Made) -> None:
    for path in made.hermetic.tools.iterdir():
        if not path.is_symlink():
            subprocess.run(["/bin/sh", "-n", str(path)], check=True)


@pytest.mark.network
def test_fetched_tools_run(make: Maker) -> None:
    made = make(search_path="/nowhere", host_packages=host_packages)
    (made.folder / "Makefile").write_text(
        "all:\n\t@/bin/echo level $(MAKELEVEL)\n\t@test $(MAKELEVEL) = 1 || $(MAKE) -s all\n"
    )
    levels = made.ask("make", "-s", SHELL="/bin/sh", MAKEFLAGS="")
    assert levels.split() == ["level", "0", "level", "1"]
    assert "GNU M4" in made.ask("m4", "--version")
    script = "use strict; use POSIX; use File::Temp; use Data::Dumper; print 6 * 7"
    assert made.ask("perl", "-e", script) == "42"
