"""A kept result is one of the compilers that made it: with others it is another build."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from crosswheel.app.compilers import compiler_versions, have_changed
from crosswheel.app.workshop import Workshop
from crosswheel.targets import Target
from crosswheel.toolchains.openmp import OPENMP_SOURCE

TARGET = Target.parse("cp311-manylinux2014_aarch64")


def install_rust(folder: Path, version: str) -> None:
    """Write a Rust that says it is of a version, with the target's standard library."""
    library = folder / "lib/rustlib/aarch64-unknown-linux-gnu/lib"
    library.mkdir(parents=True, exist_ok=True)
    (library / "libstd-0.rlib").write_bytes(b"")
    (folder / "bin").mkdir(exist_ok=True)
    for name in ("rustc", "cargo"):
        (folder / "bin" / name).write_text(
            f"#!/bin/sh\ncase $1 in --print) echo {folder} ;;\n"
            f"*) printf 'host: x86_64-unknown-linux-gnu\\nrelease: {version}\\n' ;; esac\n",
            encoding="utf-8",
        )
        (folder / "bin" / name).chmod(0o755)


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    # A mirror that is not there: what has to be asked of it cannot be told.
    mirror = {"CROSSWHEEL_DEBIAN_MIRROR": "http://127.0.0.1:9/debian"}
    path = f"{tmp_path / 'rust/bin'}:/usr/bin:/bin"
    made = Workshop({"CROSSWHEEL_CACHE": str(tmp_path / "cache"), "PATH": path, **mirror})
    yield made
    made.close()


def test_another_rust_is_another_build(workshop: Workshop, tmp_path: Path) -> None:
    install_rust(tmp_path / "rust", "1.80.0")
    known = compiler_versions(workshop, TARGET, rust=True)
    assert known == {"rustc": "1.80.0 (this machine's)"}
    assert not have_changed(workshop, TARGET, known)
    install_rust(tmp_path / "rust", "1.81.0")
    assert have_changed(workshop, TARGET, known)


def test_another_openmp_is_another_build(workshop: Workshop) -> None:
    known = compiler_versions(workshop, TARGET, openmp=True)
    assert known == {"libomp": OPENMP_SOURCE.version}
    assert not have_changed(workshop, TARGET, known)
    assert have_changed(workshop, TARGET, {"libomp": "9.0"})


def test_what_cannot_be_asked_has_not_changed(workshop: Workshop) -> None:
    assert not have_changed(workshop, TARGET, {})
    assert not have_changed(workshop, TARGET, {"gfortran": "12.2.0-14cross1"})


@pytest.mark.network
def test_the_version_of_fortran_is_that_of_its_package() -> None:
    real = Workshop({**os.environ, "PATH": "/usr/bin:/bin"})
    (version,) = compiler_versions(real, TARGET, fortran=True).values()
    assert version.startswith("12.2.0-")
    assert not have_changed(real, TARGET, {"gfortran": version})
    assert have_changed(real, TARGET, {"gfortran": "12.1.0-1"})
    real.close()
