"""Extension modules in Rust for another machine: of setuptools-rust and maturin, linked by zig, proved and run."""

import os
import zipfile
from pathlib import Path

import pytest

from command_line import CommandLine
from crosswheel.elf import parse_elf
from rust_crates import REPLACED, copy_rust_project, crates
from told_projects import TEST, copy_project, said_in

pytestmark = [pytest.mark.network, pytest.mark.emulator, pytest.mark.toolchain, pytest.mark.slow]

# Sums, an error, and a panic that unwinds into an exception.
SUMS = """
import sums
assert sums.sum([1, 2, 3]) == 6
try: sums.sum([2**63 - 1, 1])
except ValueError: pass
else: raise SystemExit("no error")
try: sums.panic()
except BaseException as error: assert type(error).__name__ == "PanicException", error
assert sums.told() == ("aarch64", 8, False), sums.told()
"""


def sums_work(folder: Path) -> tuple[str, str]:
    (folder / "sums_work.py").write_text(SUMS, encoding="utf-8")
    return ("--test-command", f"python {folder / 'sums_work.py'}")


def module_of(wheel: Path) -> tuple[str, set[str]]:
    """Return the name of a wheel's one extension module, and the versions of glibc's symbols that it asks for."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".so")]
        elf = parse_elf(archive.read(name))
    return name, {version for needed in elf.version_needs.values() for version in needed}


def test_a_project_without_crates_asks_for_the_oldest_glibc_only(crosswheel: CommandLine, tmp_path: Path) -> None:
    project = copy_project("with-rust", tmp_path / "project")
    ran = crosswheel(
        "build", project, "--target", "cp311-manylinux2014_aarch64", "--strategy", "hybrid", *TEST, "--json"
    )
    assert ran.result["proof_level"] == "tested"
    assert ran.result["warnings"] == []
    name, versions = module_of(Path(ran.result["wheel"]["path"]))
    assert name == "told/_core.cpython-311-aarch64-linux-gnu.so"
    assert versions == {"GLIBC_2.17"}
    told = str(said_in(ran.log)["told"])
    assert told == "told:machine=aarch64;libc=glibc;byte_order=little;pointer=8;long=8;panics=true"


def test_maturin_runs_here_and_tags_for_the_target(crosswheel: CommandLine, tmp_path: Path) -> None:
    project = copy_rust_project("rust-maturin", tmp_path / "project", vendored=True)
    target = ("--target", "cp313-manylinux_2_28_aarch64", "--strategy", "hybrid")
    ran = crosswheel("build", project, *target, *sums_work(tmp_path), "--json")
    assert ran.result["proof_level"] == "tested"
    name, _ = module_of(Path(ran.result["wheel"]["path"]))
    assert name == "sums/sums.cpython-313-aarch64-linux-gnu.so"
    assert ran.result["wheel"]["tags"] == "cp313-cp313-manylinux_2_28_aarch64"


def test_abi3_of_pyo3_gives_one_wheel_for_later_pythons(crosswheel: CommandLine, tmp_path: Path) -> None:
    """Crates come from where the person's cargo has them; what else their settings say is not the build's."""
    project = copy_rust_project("rust-setuptools", tmp_path / "project")
    theirs = tmp_path / "cargo"
    theirs.mkdir()
    settings = '[build]\nrustc-wrapper = "/nowhere/sccache"\ntarget = "wasm32-unknown-unknown"\n'
    (theirs / "config.toml").write_text(REPLACED.format(crates()) + settings, encoding="utf-8")
    target = ("--target", "cp311-manylinux2014_aarch64", "--strategy", "cross")
    ran = crosswheel("build", project, *target, *sums_work(tmp_path), "--json", CARGO_HOME=str(theirs))
    assert ran.result["proof_level"] == "tested"
    assert ran.result["wheel"]["tags"] == "cp39-abi3-manylinux_2_17_aarch64.manylinux2014_aarch64"
    name, _ = module_of(Path(ran.result["wheel"]["path"]))
    assert name == "sums.abi3.so"
    assert sorted(path.name for path in theirs.iterdir()) == ["config.toml"]


def test_crates_that_are_nowhere_are_told_with_what_to_do(crosswheel: CommandLine, tmp_path: Path) -> None:
    project = copy_rust_project("rust-setuptools", tmp_path / "project")
    (tmp_path / "none").mkdir()
    (tmp_path / "cargo").mkdir()
    (tmp_path / "cargo/config.toml").write_text(REPLACED.format(tmp_path / "none"), encoding="utf-8")
    told = crosswheel.refused(
        3, project, "--target", "cp311-manylinux2014_aarch64", out=tmp_path / "out", CARGO_HOME=str(tmp_path / "cargo")
    )
    assert "a crate could not be fetched" in told
    assert "`cargo vendor`" in told


@pytest.mark.parametrize(
    ("target", "remedy"),
    [
        ("cp311-musllinux_1_2_aarch64", "rustup target add aarch64-unknown-linux-musl"),
        ("cp311-musllinux_1_2_s390x", "build for a glibc target"),
    ],
)
def test_musl_without_a_standard_library_is_told(
    crosswheel: CommandLine, tmp_path: Path, target: str, remedy: str
) -> None:
    project = copy_project("with-rust", tmp_path / "project")
    rustless = os.pathsep.join(
        folder for folder in os.environ["PATH"].split(os.pathsep) if not (Path(folder) / "rustc").exists()
    )
    told = crosswheel.refused(3, project, "--target", target, out=tmp_path / "out", PATH=rustless)
    assert "no Rust standard library for" in told
    assert remedy in told
