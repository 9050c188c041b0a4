"""Rust's names of targets, and the Rust of this machine."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crosswheel.errors import LackError
from crosswheel.process import Processes
from crosswheel.targets import parse_target
from crosswheel.toolchains.rust import find_installed_rust, rust_triple, unpacked_rust

TRIPLES = {
    "cp311-manylinux2014_x86_64": "x86_64-unknown-linux-gnu",
    "cp311-manylinux2014_i686": "i686-unknown-linux-gnu",
    "cp311-manylinux2014_aarch64": "aarch64-unknown-linux-gnu",
    "cp311-manylinux2014_armv7l": "armv7-unknown-linux-gnueabihf",
    "cp311-manylinux2014_ppc64le": "powerpc64le-unknown-linux-gnu",
    "cp311-manylinux2014_s390x": "s390x-unknown-linux-gnu",
    "cp313-manylinux_2_31_riscv64": "riscv64gc-unknown-linux-gnu",
    "cp313-manylinux_2_36_loongarch64": "loongarch64-unknown-linux-gnu",
    "cp311-musllinux_1_2_x86_64": "x86_64-unknown-linux-musl",
    "cp311-musllinux_1_2_armv7l": "armv7-unknown-linux-musleabihf",
    "cp311-musllinux_1_2_riscv64": "riscv64gc-unknown-linux-musl",
}


@pytest.mark.parametrize("target", TRIPLES)
def test_every_target_has_rusts_name(target: str) -> None:
    assert rust_triple(parse_target(target)) == TRIPLES[target]


def test_rustc_knows_each_of_the_names() -> None:
    rustc = shutil.which("rustc")
    if rustc is None:
        pytest.skip("there is no rustc on this machine")
    listed = subprocess.run([rustc, "--print", "target-list"], check=True, capture_output=True, text=True).stdout
    assert set(TRIPLES.values()) <= set(listed.split())


def fake_rust(folder: Path, *, rustup: bool = False, target: str | None = None, status: int = 0) -> Path:
    """Write a rustc that answers as the real one does, laid out as an installation of it."""
    root = folder / "rust"
    (root / "bin").mkdir(parents=True)
    answer = "print('host: x86_64-unknown-linux-gnu\\nrelease: 1.95.0')"
    answer = f"print({str(root)!r}) if 'sysroot' in sys.argv else {answer}"
    for name in ("rustc", "cargo"):
        (root / "bin" / name).write_text(
            f"#!{sys.executable} -IS\nimport os, sys\nassert os.environ['RUSTUP_AUTO_INSTALL'] == '0'\n{answer}\n"
            f"sys.exit({status})\n",
            encoding="utf-8",
        )
        (root / "bin" / name).chmod(0o755)
    for triple in ("x86_64-unknown-linux-gnu", target):
        if triple:
            (root / "lib/rustlib" / triple / "lib").mkdir(parents=True)
            (root / "lib/rustlib" / triple / "lib/libstd-1.rlib").touch()
    if rustup:
        (root / "lib/rustlib/multirust-channel-manifest.toml").touch()
    return root / "bin"


def test_a_standard_library_that_is_installed_is_seen(tmp_path: Path) -> None:
    triple = "aarch64-unknown-linux-gnu"
    path = fake_rust(tmp_path, rustup=True, target=triple)
    found = find_installed_rust(triple, search_path=str(path), processes=Processes(), environment={})
    assert found is not None
    assert (found.host, found.version, found.has_target, found.rustup) == (
        "x86_64-unknown-linux-gnu", "1.95.0", True, True
    )  # fmt: skip
    other = find_installed_rust("s390x-unknown-linux-gnu", search_path=str(path), processes=Processes(), environment={})
    assert other is not None
    assert not other.has_target


def test_no_rust_and_a_rustup_without_a_toolchain_are_none(tmp_path: Path) -> None:
    ask = {"processes": Processes(), "environment": {}}
    assert find_installed_rust("x", search_path=str(tmp_path), **ask) is None  # type: ignore[arg-type]
    path = fake_rust(tmp_path, status=1)
    assert find_installed_rust("x", search_path=str(path), **ask) is None  # type: ignore[arg-type]


def test_a_folder_that_is_no_debian_is_told(tmp_path: Path) -> None:
    with pytest.raises(LackError, match="rustc cannot be started"):
        unpacked_rust(tmp_path, triple="x", host="y", sysroot=tmp_path, version="1", origin="a test")
