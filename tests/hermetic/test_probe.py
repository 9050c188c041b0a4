"""What every build system is told of the target, on a machine whose own headers, libraries and tools are poison."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROBE = HERE.parent / "projects" / "probe"
TARGET = "cp311-manylinux2014_aarch64"
CROSS = "none"  # the one mode in which programs of the target cannot be started

pytestmark = [pytest.mark.network, pytest.mark.emulator, pytest.mark.toolchain, pytest.mark.slow]


def poison(folder: Path) -> None:
    """Write what must not be seen into folders that lie over the machine's own."""
    error = '#error "a header of the machine that builds"\n'
    host_only_pc = "Name: host-only\nDescription: poison\nVersion: 1\nLibs: -lhostonly\nCflags:\n"
    for include in ("usr/include", "usr/local/include"):
        for name in (
            "host_only.h",
            "zlib.h",
            "zconf.h",
            "openssl/ssl.h",
            "openssl/crypto.h",
            "stdio.h",
            "stdlib.h",
            "Python.h",
        ):
            path = folder / include / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(error, encoding="ascii")
    for name in ("python3.11/Python.h", "aarch64-linux-gnu/zlib.h", "aarch64-linux-gnu/python3.11/pyconfig.h"):
        path = folder / "usr/include" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(error, encoding="ascii")
    for library in ("usr/lib", "usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/local/lib"):
        for name in ("hostonly", "ssl", "crypto", "z"):
            for kind in ("a", "so"):
                path = folder / library / f"lib{name}.{kind}"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("poison\n", encoding="ascii")
        packages = {
            "pkgconfig/host-only.pc": host_only_pc,
            "pkgconfig/openssl.pc": host_only_pc.replace("host-only", "openssl"),
            "pkgconfig/python3.pc": host_only_pc.replace("host-only", "python3"),
            "cmake/HostOnly/HostOnlyConfig.cmake": "",
        }
        for name, text in packages.items():
            path = folder / library / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="ascii")
    for name in ("host-only-tool", "host-only-config", "nvcc", "icc"):
        path = folder / "usr/local/bin" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\necho poison\n", encoding="ascii")
        path.chmod(0o755)


@pytest.fixture(scope="module", params=["binfmt", "namespace", "proot", CROSS])
def mode(request: pytest.FixtureRequest) -> str:
    assert isinstance(request.param, str)
    return request.param


@pytest.fixture(scope="module")
def report(mode: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Mapping[str, object]]]:
    """What the probe wrote down when it was built in that mode."""
    folder = tmp_path_factory.mktemp(mode)
    poison(folder / "poison")
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("unshare is not on this machine: its folders cannot be poisoned without changing it")
    private = [unshare, "--mount"] if os.geteuid() == 0 else [unshare, "--map-root-user", "--mount"]
    inside = [*private, "sh", str(HERE / "poisoned.sh"), str(folder / "poison")]
    tried = subprocess.run([*inside, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no mount namespace, or no overlay, here: {tried.stderr.strip()}")
    shutil.copytree(PROBE, folder / "probe")
    build = [
        sys.executable,
        "-m",
        "crosswheel",
        "build",
        str(folder / "probe"),
        "--target",
        TARGET,
        "--exec-mode",
        mode,
    ]
    build += ["--native", "libssl-dev", "--native", "zlib1g-dev", "--out", str(folder / "out")]
    done = subprocess.run([*inside, *build], capture_output=True, text=True, check=False)
    if done.returncode == 3:
        pytest.skip(f"{mode} does not work here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (folder / "out").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        yield json.loads(archive.read("probe/report.json"))


def test_python_and_the_shell_are_of_the_target(report: Mapping[str, Mapping[str, object]]) -> None:
    told = report["python"]
    assert told["machine"] == told["uname"] == "aarch64"
    assert told["bits"] == 64
    assert told["platform"] == "linux-aarch64"
    assert told["suffix"] == ".cpython-311-aarch64-linux-gnu.so"
    assert told["byteorder"] == "little"
    said = told["said"]
    assert isinstance(said, dict)
    for question in ("uname -m", "uname -p", "arch", "python3", "/usr/bin/env python3"):
        assert said[question] == "aarch64", question
    assert said["dpkg"] == "arm64"
    assert said["dpkg-architecture"] == "aarch64-linux-gnu"
    assert said["getconf LONG_BIT"] == "64"
    assert said["MACHTYPE"] == "aarch64-unknown-linux-gnu"
    assert said["cc -dumpmachine"] == "aarch64-linux-gnu"
    assert "libssl.so.3 (libc6,AArch64)" in said["ldconfig"]
    assert "x86-64" not in said["ldconfig"]


def test_the_path_is_closed(report: Mapping[str, Mapping[str, object]]) -> None:
    told = report["python"]
    which, path = told["which"], told["path"]
    assert isinstance(which, dict)
    assert isinstance(path, str)
    folders = path.split(":")
    assert len(folders) == 2
    for name in (
        "cc",
        "gcc",
        "c++",
        "ld",
        "ar",
        "clang",
        "cmake",
        "ninja",
        "meson",
        "make",
        "pkg-config",
        "uname",
        "python3",
    ):
        assert which[name] == f"{folders[0]}/{name}", name
    for name in ("nvcc", "icc", "host-only-tool", "host-only-config"):
        assert which[name] is None, name
    said = told["said"]
    assert isinstance(said, dict)
    assert "Rust is there for projects that say they need it" in said["rustc"]


def test_the_host_s_packages_and_headers_are_not_there(report: Mapping[str, Mapping[str, object]]) -> None:
    said = report["python"]["said"]
    assert isinstance(said, dict)
    assert "'host_only.h' file not found" in said["host header"]
    assert said["host-only.pc"].startswith("status 1")
    assert "-lcrypto" in said["openssl"]
    assert "usr/include/python3.11" in said["python3.pc"]
    assert "-I/usr" not in said["python3.pc"]


def test_cmake_is_of_the_target(report: Mapping[str, Mapping[str, object]], mode: str) -> None:
    told = {name: str(value) for name, value in report["cmake"].items()}
    assert told["processor"] == "aarch64"
    assert told["system"] == "Linux"
    assert told["cross"] == ("TRUE" if mode == CROSS else "FALSE")
    assert told["library_architecture"] == "aarch64-linux-gnu"
    assert told["pointer"] == told["long"] == "8"
    assert told["big_endian"] == "0"
    assert told["runs"] == "1"
    assert told["have_zlib_h"] == "1"
    assert told["have_host_only_h"] == ""
    for name in ("openssl", "zlib", "pybind11"):
        assert told[name].upper() in {"TRUE", "1"}, name
    for name in ("openssl_libraries", "zlib_libraries", "pkg_openssl"):
        libraries = [path for path in told[name].split(";") if path.startswith("/") and "/hermetic/libc/" not in path]
        assert libraries, name
        assert all("/usr/lib/aarch64-linux-gnu/" in path and path.endswith(".a") for path in libraries), name
        assert not any(path.startswith(("/usr", "/lib")) for path in libraries), name
    assert told["openssl_include"].endswith("/usr/include")
    assert told["openssl_include"] != "/usr/include"
    assert told["python3"].endswith("/env/bin/python")
    assert told["pythoninterp"] == told["python3"]
    assert told["python3_version"].startswith("3.11.")
    assert told["python3_soabi"] == "cpython-311-aarch64-linux-gnu"
    assert not told["python3_include"].startswith("/usr")
    for name in ("hostonly_library", "hostonly_include", "hostonly_program", "nvcc"):
        assert told[name].endswith("-NOTFOUND"), name
    assert told["hostonly_package"] in {"0", "FALSE", ""}
    assert told["math"].endswith("/hermetic/libc/usr/lib/libm.a")
    assert told["own_include"].endswith("/own/include")


def test_configure_is_of_the_target(report: Mapping[str, Mapping[str, object]], mode: str) -> None:
    told = {name: str(value) for name, value in report["configure"].items()}
    assert told["host"] == "aarch64-unknown-linux-gnu"
    assert told["host_cpu"] == "aarch64"
    assert told["cross"] == ("yes" if mode == CROSS else "no")
    assert told["runs"] == ("cross" if mode == CROSS else "yes")
    assert told["cc"] == "aarch64-linux-gnu-gcc"
    assert told["pointer"] == "8"
    assert told["long_double"] == "16"
    assert told["big_endian"] == "no"
    assert told["openssl_h"] == told["zlib_h"] == told["zlib"] == "yes"
    assert told["host_only_h"] == told["hostonly"] == told["aes"] == "no"
    assert told["host_only_config"] == ""


def test_meson_is_of_the_target(report: Mapping[str, Mapping[str, object]], mode: str) -> None:
    told = {name: str(value) for name, value in report["meson"].items()}
    assert told["processor"] == told["cpu"] == told["python_platform"] == told["python3"] == "aarch64"
    assert told["endian"] == "little"
    assert told["cross"] == ("true" if mode == CROSS else "false")
    assert told["pointer"] == "8"
    assert told["runs"] == "yes"
    assert told["openssl"] == told["zlib"] == told["pybind11"] == told["zlib_h"] == "true"
    assert told["openssl_version"].startswith("3.0.")
    assert told["host_only_h"] == told["hostonly"] == told["hostonly_pc"] == "false"
    assert told["python"].endswith("/env/bin/python")
    assert told["suffix"] == ".cpython-311-aarch64-linux-gnu.so"
    assert told["longdouble_format"] == "IEEE_QUAD_LE"
