"""Which projects get Rust, and what cargo's failures are told as."""

from pathlib import Path

import pytest

from crosswheel.build import is_program, needs_rust
from crosswheel.build.rust import what_rust_lacks

PROJECT = "[build-system]\nrequires = [{}]\n"


@pytest.mark.parametrize(
    ("files", "needed"),
    [
        ({"pyproject.toml": PROJECT.format('"maturin>=1,<2"')}, True),
        ({"pyproject.toml": PROJECT.format('"setuptools", "Setuptools_Rust>1; python_version > \'3\'"')}, True),
        ({"setup.py": "", "Cargo.toml": ""}, True),
        ({"setup.py": "", "native/Cargo.toml": ""}, True),
        ({"pyproject.toml": PROJECT.format('"setuptools"')}, False),
        ({"pyproject.toml": PROJECT.format('"setuptools"'), "tests/data/crate/Cargo.toml": ""}, False),
        ({"pyproject.toml": "[build-system"}, False),
        ({"pyproject.toml": "build-system = 3\n"}, False),
        ({"pyproject.toml": PROJECT.format('3, "no requirement at all"')}, False),
    ],
)
def test_a_project_says_that_it_needs_rust(tmp_path: Path, files: dict[str, str], *, needed: bool) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert needs_rust(tmp_path) is needed


def test_maturin_is_a_program_that_may_run_here() -> None:
    assert is_program("maturin[patchelf]>=1.7,<2 ; python_version > '3.8'")
    assert not is_program("numpy>=2")
    assert not is_program("../a folder")


@pytest.mark.parametrize(
    "output",
    [
        "error: failed to get `pyo3` as a dependency of package `sums v1.0.0`\n  download of config.json failed",
        "error: no matching package named `pyo3` found\nlocation searched: registry `crates-io`",
        "  attempting to make an HTTP request, but --offline was specified",
        "error: failed to download `libc v0.2.169`",
    ],
)
def test_crates_that_are_not_to_be_had_are_told(output: str) -> None:
    told = what_rust_lacks(output)
    assert told is not None
    assert "could not be fetched" in told[0]
    assert "cargo vendor" in told[1]


@pytest.mark.parametrize(
    "output",
    [
        "error: rustc 1.85.1 is not supported by the following packages:\n  home@0.5.12 requires rustc 1.88",
        "error: package `sums v1.0.0` cannot be built because it requires rustc 1.99 or newer",
        "  feature `edition2024` is required",
    ],
)
def test_a_rust_that_is_too_old_is_told(output: str) -> None:
    told = what_rust_lacks(output)
    assert told is not None
    assert "newer Rust" in told[0]


def test_an_error_in_the_code_is_nothing_that_is_lacking() -> None:
    assert what_rust_lacks("error[E0308]: mismatched types\n --> src/lib.rs:3:5") is None
