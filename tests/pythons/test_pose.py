"""Pythons of this machine that pose as a target's: what they say, to whom, and that they still work."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from crosswheel.errors import RefusedError, UsageError
from crosswheel.process import Processes, this_host
from crosswheel.pythons import Environment, install, pose_python
from crosswheel.store import Store
from crosswheel.targets import Target, architectures
from host_environment import host_python, plain_variables
from posed import (
    RELEASES,
    compiles,
    debian_host,
    debian_target,
    installed_python,
    posed,
    true_python,
    workshop,
)

ASK = Path(__file__).parent / "ask_of_target.py"
VERSIONS = ("3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
EIGHT = tuple(one for one in architectures() if one.name != "ppc64")
PLATFORMS = (
    *(f"manylinux_{max(one.oldest_glibc, (2, 17))[0]}_{max(one.oldest_glibc, (2, 17))[1]}_{one.name}" for one in EIGHT),
    *(f"musllinux_1_2_{one.name}" for one in EIGHT),
    "manylinux1_i686",
)
ENDIAN = """
import codecs, ctypes, io, re, struct, sys
encoder = codecs.getincrementalencoder("utf-16")()
class Number(ctypes.LittleEndianStructure):
    _fields_ = [("value", ctypes.c_int)]
print([sys.byteorder, sys.maxsize, struct.calcsize("P"), encoder.encode("a") + encoder.encode("b"), bytes(Number(1)),
       ctypes.sizeof(ctypes.c_void_p), bool(re.match("[\\u0100\\u0300\\u0500\\u0700-\\u0800]", "\\u0750"))])
"""


def target_of(version: str, platform: str) -> Target:
    return Target.parse(f"cp{version.replace('.', '')}-{platform}")


def environment_of(version: str, platform: str, folder: Path) -> tuple[Environment, Path]:
    """An environment whose interpreter poses, and the folder of the pose."""
    host = installed_python(version)
    if host is None:
        pytest.skip(f"no CPython {version} with headers is installed here")
    store = Store(folder / "store")
    environment = posed(host, target_of(version, platform), folder / "envs" / platform, store)
    (pose,) = (one for one in (store.root / "poses").iterdir() if str(one) in facts_of(environment))
    return environment, pose


def facts_of(environment: Environment) -> str:
    return (environment.site / "_crosswheel_pose.py").read_text()


def say(python: Path, *arguments: str, **variables: str) -> str:
    done = subprocess.run(
        [python, *arguments],
        env=plain_variables(Path("/nonexistent")) | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def asked(python: Path, *words: str, options: tuple[str, ...] = ("-I",), **variables: str) -> dict[str, Any]:
    answers: dict[str, Any] = json.loads(say(python, *options, "-W", "ignore", str(ASK), *words, **variables))
    return answers


def expected_of(target: Target) -> dict[str, object]:
    """What a Python of the target says, as far as the target alone decides."""
    architecture = target.architecture
    size, machine = architecture.bits // 8, architecture.name
    return {
        "machine": machine,
        "uname": ["Linux", machine, "Linux", machine],
        "bits": f"{architecture.bits}bit",
        "system": "Linux",
        "platform": f"linux-{machine}",
        "maxsize": 2 ** (architecture.bits - 1) - 1,
        "byteorder": architecture.byte_order.value,
        "multiarch": target.platform.triplet(target.python.version),
        "sizes": {"P": size, "@P": size, "n": size, "l": size, "i": 4, "q": 8, "d": 8, "=l": 4},
        "suffixes": list(target.extension_suffixes),
        "libc": "glibc" if target.glibc else "",
        "child": machine,
    }


@pytest.mark.toolchain
@pytest.mark.parametrize("version", VERSIONS)
def test_each_python_poses_as_every_target(version: str, tmp_path: Path) -> None:
    host = installed_python(version)
    own = this_host().machine
    for platform in PLATFORMS:
        target = target_of(version, platform)
        environment, pose = environment_of(version, platform, tmp_path)
        answers = asked(environment.python, "places", "child")
        expected = expected_of(target)
        assert {name: answers[name] for name in expected} == expected, str(target)
        assert set(answers["places"]) == {str(pose / "include")}
        assert Path(answers["makefile"]).is_file()
        size = target.architecture.bits // 8
        for name, value in {
            "EXT_SUFFIX": target.extension_suffix,
            "SOABI": target.soabi,
            "SIZEOF_VOID_P": size,
            "SIZEOF_LONG": size,
            "HAVE_PIPE2": int(platform != "manylinux1_i686"),
            "DOUBLE_IS_BIG_ENDIAN_IEEE754": int(target.architecture.name == "s390x"),
            "HAVE_GCC_ASM_FOR_X64": int(target.architecture.name == "x86_64"),
        }.items():
            assert answers["variables"][name] == value, f"{target} {name}"
        # Nothing of what this machine's Python was built with, or for, is left among the variables.
        assert host is not None
        prefix = str(host.executable.parent.parent)
        leaked = {
            name: value
            for name, value in answers["variables_all"].items()
            if name not in ("installed_base", "installed_platbase", "projectbase", "base", "platbase", "userbase")
            and isinstance(value, str)
            and (prefix in value or (own != target.architecture.name and f"{own}-linux" in value))
        }
        assert not leaked, str(target)
        assert not [
            word for word in answers["variables_all"]["LDSHARED"].split() if word.startswith(("-L", "-Wl,-rpath"))
        ]


@pytest.mark.toolchain
@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_the_headers_compile_for_every_target_and_are_true(version: str, tmp_path: Path) -> None:
    for platform in PLATFORMS:
        target = target_of(version, platform)
        _, pose = environment_of(version, platform, tmp_path)
        names = ["LONG", "VOID_P", "SIZE_T", "LONG_DOUBLE", "WCHAR_T", "TIME_T", "PTHREAD_T"]
        kinds = ["long", "void *", "size_t", "long double", "wchar_t", "time_t", "pthread_t"]
        checks = [
            f"_Static_assert(sizeof({kind}) == SIZEOF_{name}, {name!r});"
            for name, kind in zip(names, kinds, strict=True)
        ]
        source = "\n".join(
            [
                "#include <Python.h>",
                "#include <pthread.h>",
                *(check.replace("'", '"') for check in checks),
                '_Static_assert(sizeof(Py_ssize_t) == sizeof(void *), "Py_ssize_t");',
                "#if defined(WORDS_BIGENDIAN) != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)",
                "#error byte order",
                "#endif",
                "PyObject *crosswheel_made(void) { return PyLong_FromLong(PY_LITTLE_ENDIAN); }",
            ]
        )
        assert compiles(target, pose / "include")(source)


@pytest.mark.toolchain
@pytest.mark.parametrize("options", [("-I",), ("-E",), ("-s",), ("-B", "-E", "-s"), ()], ids=" ".join)
def test_no_option_of_the_interpreter_ends_the_pose(options: tuple[str, ...], tmp_path: Path) -> None:
    environment, _ = environment_of("3.11", "manylinux_2_17_s390x", tmp_path)
    assert asked(environment.python, options=options)["machine"] == "s390x"


@pytest.mark.toolchain
@pytest.mark.parametrize("version", VERSIONS)
def test_it_is_itself_where_it_is_told_to_be(version: str, tmp_path: Path) -> None:
    host = installed_python(version)
    environment, _ = environment_of(version, "manylinux_2_17_s390x", tmp_path)
    answers = asked(environment.python, CROSSWHEEL_POSE="off")
    assert host is not None
    assert answers == asked(host.executable)
    assert answers["machine"] == this_host().machine


@pytest.mark.toolchain
@pytest.mark.parametrize("version", VERSIONS)
def test_byte_order_and_sizes_depend_on_who_asks(version: str, tmp_path: Path) -> None:
    """The standard library's data is this machine's: with the target's byte order, utf-16 and re would be wrong."""
    here = ["little", 2**63 - 1, 8, b"\xff\xfea\0b\0", b"\1\0\0\0", 8, True]
    for platform, told in (
        ("manylinux_2_17_s390x", ["big", 2**63 - 1, 8]),
        ("manylinux_2_17_armv7l", ["little", 2**31 - 1, 4]),
        ("manylinux_2_17_aarch64", ["little", 2**63 - 1, 8]),
    ):
        environment, _ = environment_of(version, platform, tmp_path)
        assert eval(say(environment.python, "-I", "-c", ENDIAN)) == [*told, *here[3:]]  # noqa: S307 printed above


@pytest.mark.toolchain
@pytest.mark.parametrize("version", VERSIONS)
def test_it_goes_on_importing_its_own_extension_modules(version: str, tmp_path: Path) -> None:
    environment, _ = environment_of(version, "musllinux_1_2_aarch64", tmp_path)
    code = "import importlib.machinery, _ctypes, math, _json, inspect, pkgutil, ssl; print(_ctypes.__file__)"
    assert this_host().machine in say(environment.python, "-I", "-c", code)


@pytest.mark.toolchain
@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_more_is_imported_when_it_starts_and_nothing_leaks_to_other_pythons(
    version: str, tmp_path: Path
) -> None:
    host = installed_python(version)
    environment, _ = environment_of(version, "manylinux_2_17_aarch64", tmp_path)
    # 3.6 asks sysconfig for the user's folder whenever it starts.
    code = (
        "import os, sys; print([one for one in sorted(sys.modules) if '_sysconfigdata' not in one], sorted(os.environ))"
    )
    posing, plain = (say(environment.python, "-c", code, CROSSWHEEL_POSE=mode) for mode in ("on", "off"))
    assert posing == plain
    assert "_crosswheel_pose" in posing
    assert host is not None
    other = f"import subprocess; print(subprocess.check_output([{str(host.executable)!r}, {str(ASK)!r}]).decode())"
    assert json.loads(say(environment.python, "-I", "-c", other))["machine"] == this_host().machine


@pytest.mark.toolchain
def test_a_python_with_a_lock_poses_as_one_without(tmp_path: Path) -> None:
    host = installed_python("3.13")
    if host is None:
        pytest.skip("no CPython 3.13 with headers is installed here")
    target = Target.parse("cp313t-manylinux_2_28_aarch64")
    store = Store(tmp_path / "store")
    environment = posed(host, target, tmp_path / "env", store)
    code = """
import sys, sysconfig
names = ("EXT_SUFFIX", "Py_GIL_DISABLED", "ABIFLAGS", "LDVERSION")
print([sys.abiflags, sysconfig.get_path("purelib"), *map(sysconfig.get_config_var, names)])
"""
    assert eval(say(environment.python, "-I", "-c", code)) == [  # noqa: S307 printed above
        *("t", str(environment.site), ".cpython-313t-aarch64-linux-gnu.so", 1, "t", "3.13t")
    ]
    (pose,) = (store.root / "poses").iterdir()
    assert "#define Py_GIL_DISABLED 1\n" in (pose / "include/pyconfig.h").read_text()


@pytest.mark.network
@pytest.mark.toolchain
@pytest.mark.parametrize("version", ["3.6", "3.9", "3.11", "3.13"])
def test_every_copy_of_packaging_says_what_the_target_takes(version: str, tmp_path: Path) -> None:
    code = """
import sys
for name in sys.argv[1:]:
    try:
        module = __import__(name, fromlist=["sys_tags"])
    except ImportError:
        continue
    print(name, *module.sys_tags())
"""
    copies = ["packaging.tags", "setuptools._vendor.packaging.tags", "wheel.vendored.packaging.tags"]
    for platform in ("manylinux_2_17_s390x", "manylinux_2_17_armv7l", "manylinux1_i686", "musllinux_1_2_x86_64"):
        target = target_of(version, platform)
        environment, _ = environment_of(version, platform, tmp_path)
        with workshop() as shop:
            install(
                shop.installer,
                environment,
                ["packaging", "setuptools", "wheel", "pip"],
                prefix=(),
                variables=plain_variables(tmp_path) | {"CROSSWHEEL_POSE": "off"},
                log=tmp_path / "log",
                only_wheels=True,
            )
        true = {str(tag) for tag in target.tags()}
        lines = say(environment.python, "-I", "-c", code, *copies).splitlines()
        lines += say(environment.python, "-I", "-c", code, "pip._vendor.packaging.tags").splitlines()
        assert len(lines) >= 3
        for name, *tags in map(str.split, lines):
            platforms = {tag for tag in tags if not tag.endswith("-any")}
            assert platforms == {tag for tag in true if not tag.endswith("-any")}, f"{target} {name}"
            assert tags[0].startswith(f"{target.python.tag}-{target.python.abi}-")
        old = (
            "from setuptools.command.bdist_wheel import get_platform"
            if target.python.version >= (3, 9)
            else ("from wheel.bdist_wheel import get_platform")
        )
        tag = say(environment.python, "-W", "ignore", "-I", "-c", f"{old}; print(get_platform(None))").strip()
        assert tag.replace("-", "_") == f"linux_{target.architecture.name}"


@pytest.mark.network
@pytest.mark.emulator
@pytest.mark.toolchain
@pytest.mark.slow
@pytest.mark.parametrize(
    ("version", "architecture"),
    [(version, name) for version, (_, _, names) in RELEASES.items() for name in names],
)
def test_it_says_what_the_true_python_says(
    version: str, architecture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if architecture == this_host().machine:
        pytest.skip("this machine's own architecture needs no emulator")
    # Any age: what a mirror has of sid is looked at here, not how old that is.
    monkeypatch.setenv("CROSSWHEEL_DEBIAN_EXPIRED_DAYS", "3650")
    target = debian_target(version, architecture)
    true = true_python(version, architecture, tmp_path / "true")
    environment = posed(debian_host(version), target, tmp_path / "env", Store(tmp_path / "store"))
    ours, theirs = asked(environment.python), asked(true.python)
    if "distutils" not in theirs:  # Debian has it in a package of its own
        ours.pop("distutils", None)
    if target.python.version < (3, 15):  # a form of Debian's that CPython has since 3.15
        theirs["suffixes"] = [one for one in theirs["suffixes"] if not one.startswith(".abi3-")]
    assert ours == theirs


def test_what_cannot_pose_is_refused_with_a_way_out(tmp_path: Path) -> None:
    here = host_python()
    arguments: dict[str, Any] = {
        "compile_object": lambda _: b"",
        "processes": Processes(),
        "store": Store(tmp_path),
        "sysroot": None,
    }
    with pytest.raises(UsageError, match="CPython on Linux"):
        pose_python(here, Target.parse("cp311-win_amd64"), **arguments)
    other = "cp38" if not here.version.startswith("3.8") else "cp39"
    with pytest.raises(RefusedError, match="cannot pose") as caught:
        pose_python(here, Target.parse(f"{other}-manylinux2014_aarch64"), **arguments)
    assert "it is cpython" in caught.value.why
    assert "install CPython 3." in caught.value.hint
    with pytest.raises(RefusedError, match="could not be asked"):
        pose_python(here, Target.parse(f"cp{''.join(here.version.split('.')[:2])}-manylinux2014_aarch64"), **arguments)
