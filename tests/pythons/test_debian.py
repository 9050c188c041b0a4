"""Debian's Pythons of the target, run for real in environments: what they say of themselves, and what they start."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from crosswheel.debian import Archive
from crosswheel.debian.suites import SUITES
from crosswheel.emulator import find_emulator
from crosswheel.errors import UsageError
from crosswheel.process import Command, Processes
from crosswheel.pythons import (
    TargetPython,
    debian_python,
    debian_release,
    debian_versions,
    has_debian_python,
    make_environment,
)
from crosswheel.pythons.debian import upstream_version
from crosswheel.store import Sysroot
from crosswheel.targets import Target
from crosswheel.targets.architecture import architectures
from host_environment import plain_variables
from real_archive import host_packages, real_archive

_QUESTION = """
import json, platform, subprocess, sys, sysconfig, ssl, zlib, ctypes
asked = "import sys; print(sys.executable, sys.prefix)"
child = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)
print(json.dumps({
    "version": ".".join(map(str, sys.version_info[:2])),
    "machine": platform.machine(),
    "suffix": sysconfig.get_config_var("EXT_SUFFIX"),
    "executable": sys.executable,
    "prefix": sys.prefix,
    "child": child.stdout.split(),
    "site": sysconfig.get_path("platlib"),
}))
"""


def test_versions_of_debian_packages() -> None:
    assert upstream_version("3.11.2-6+deb12u6") == "3.11.2"
    assert upstream_version("3.15.0~rc1-1") == "3.15.0rc1"
    assert upstream_version("1:3.9.2-1") == "3.9.2"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("cp312-manylinux2014_aarch64", "cp39, cp311, cp313, cp314, cp315 for aarch64"),
        ("cp39-manylinux_2_31_riscv64", "cp313, cp314, cp315 for riscv64"),
        ("cp313t-manylinux2014_aarch64", "none of them free-threaded"),
        ("cp311-musllinux_1_2_aarch64", "glibc only"),
    ],
)
def test_what_debian_does_not_have(text: str, why: str) -> None:
    target = Target.parse(text)
    assert not has_debian_python(target)
    with pytest.raises(UsageError) as caught:
        debian_release(target)
    assert why in caught.value.why
    assert "cp313" in caught.value.hint


def test_the_table_of_releases_is_that_of_the_archives_room() -> None:
    known = {(name, one) for name, suite in SUITES.items() for one in suite.architectures}
    for architecture in architectures():
        for version in debian_versions(architecture):
            target = Target.parse(f"cp{version[0]}{version[1]}-manylinux_2_36_{architecture.name}")
            release = debian_release(target)
            assert (release, architecture.debian) in known
            assert version in SUITES[release].pythons


def python_for(target: Target, archive: Archive) -> TargetPython:
    def start(sysroot: Sysroot) -> tuple[str, ...]:
        if target.architecture.name == "aarch64":
            emulator = find_emulator(
                target.architecture, search_path="/usr/bin:/bin", processes=Processes(), host_packages=host_packages
            )
            return (str(emulator.path), "-L", str(sysroot.path))
        triplet = target.architecture.triplet
        (linker,) = (sysroot.path / "usr/lib" / triplet).glob("ld-linux*")
        libraries = f"{sysroot.path}/usr/lib/{triplet}:{sysroot.path}/lib/{triplet}"
        return (str(linker), "--library-path", libraries)

    return debian_python(target, archive, archive._store, start=start, development=False)


def check(target: Target, python: TargetPython, folder: Path) -> None:
    environment = make_environment(folder / "an environment", python)
    completed = Processes().run(
        Command(
            argv=(str(environment.python), "-I", "-c", _QUESTION), environment=plain_variables(folder), directory=folder
        ),
        timeout=120,
    )
    assert completed.returncode == 0, completed.output
    said = json.loads(completed.output.splitlines()[-1])
    assert said["version"] == ".".join(map(str, target.python.version))
    assert python.version.startswith(said["version"])
    assert said["machine"] == target.architecture.name
    assert said["suffix"] == target.extension_suffix
    assert said["executable"] == str(environment.python)
    assert said["prefix"] == str(environment.root)
    assert " ".join(said["child"]) == f"{environment.python} {environment.root}"
    assert said["site"] == str(environment.site)


@pytest.mark.network
@pytest.mark.emulator
@pytest.mark.parametrize("version", ["39", "311", "313"])
def test_pythons_of_releases(version: str, tmp_path: Path) -> None:
    target = Target.parse(f"cp{version}-manylinux2014_aarch64")
    check(target, python_for(target, real_archive()), tmp_path)


@pytest.mark.network
@pytest.mark.emulator
@pytest.mark.parametrize("version", ["314", "315"])
def test_pythons_of_sid(version: str, tmp_path: Path) -> None:
    shared = real_archive()
    # Any age: what a mirror has of sid is looked at here, not how old that is.
    archive = Archive(shared._client, shared._store, replace(shared._settings, accept_expired_days=3650))
    target = Target.parse(f"cp{version}-manylinux2014_aarch64")
    check(target, python_for(target, archive), tmp_path)


@pytest.mark.network
@pytest.mark.parametrize("version", ["39", "313"])  # glibc 2.31, whose linker does not know --argv0, and 2.41
def test_a_python_of_this_machines_kind_through_its_own_linker(version: str, tmp_path: Path) -> None:
    target = Target.parse(f"cp{version}-manylinux2014_x86_64")
    check(target, python_for(target, real_archive()), tmp_path)
