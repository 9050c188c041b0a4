"""An emulator is found, or fetched, and runs."""

from pathlib import Path

import pytest

from crosswheel.emulator import Emulator, find_emulator
from crosswheel.errors import LackError, NetworkError
from crosswheel.process import Processes
from crosswheel.targets import architecture_named
from real_archive import host_packages

AARCH64 = architecture_named("aarch64")


def fake(folder: Path, name: str, version: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{version}'\n")
    path.chmod(0o755)
    return path


def find(search_path: Path, packages: Path | None) -> Emulator:
    def host_packages(*names: str, dependencies: bool, only: frozenset[str] = frozenset()) -> Path:
        assert (names, dependencies, only) == (("qemu-user",), False, frozenset({"usr/bin/qemu-aarch64"}))
        if packages is None:
            raise NetworkError("it was not fetched", why="no network", hint="plug it in")
        return packages

    return find_emulator(AARCH64, search_path=str(search_path), processes=Processes(), host_packages=host_packages)


def test_on_path(tmp_path: Path) -> None:
    fake(tmp_path, "qemu-aarch64", "qemu-aarch64 version 8.2.2 (Debian 1:8.2.2)")
    static = fake(tmp_path, "qemu-aarch64-static", "qemu-aarch64 version 7.2.19 (Debian 1:7.2)")
    assert find(tmp_path, None) == Emulator(path=static, architecture=AARCH64, version="7.2.19")


@pytest.mark.parametrize("says", ["qemu-aarch64 version 5.2.0", "Segmentation fault", ""])
def test_one_that_will_not_do_is_passed_over(says: str, tmp_path: Path) -> None:
    fake(tmp_path / "path", "qemu-aarch64", says)
    fetched = fake(tmp_path / "packages/usr/bin", "qemu-aarch64", "qemu-aarch64 version 10.0.13")
    assert find(tmp_path / "path", tmp_path / "packages").path == fetched


def test_none_is_to_be_had(tmp_path: Path) -> None:
    with pytest.raises(LackError, match="no emulator for aarch64") as raised:
        find(tmp_path, None)
    assert "no network" in raised.value.why
    assert raised.value.hint == "plug it in"


def test_fetched_one_does_not_run(tmp_path: Path) -> None:
    fake(tmp_path / "usr/bin", "qemu-aarch64", "cannot")
    with pytest.raises(LackError, match="no emulator for aarch64"):
        find(tmp_path / "path", tmp_path)


@pytest.mark.network
@pytest.mark.emulator
@pytest.mark.parametrize("name", ["aarch64", "riscv64", "armv7l", "ppc64le", "s390x", "i686", "x86_64", "loongarch64"])
def test_fetched_from_debian(name: str) -> None:
    emulator = find_emulator(
        architecture_named(name), search_path="/nowhere", processes=Processes(), host_packages=host_packages
    )
    assert int(emulator.version.split(".")[0]) >= 10
    assert b"\x7fELF" in emulator.path.read_bytes()[:4]
