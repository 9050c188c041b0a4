"""Which projects need Rust, and what cargo's words mean when it finds no crates."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

_RUST_BACKENDS = frozenset({"maturin", "setuptools-rust", "hatch-rust", "hatch-cargo", "poetry-rust", "milksnake"})

# Build requirements that are programs and no code for the target: what they build, they ask and are told.
_PROGRAMS = frozenset({"maturin"})

# How cargo 1.6x to 1.9x says that it could not fetch, or may not (net.offline).
_NOT_FETCHED = re.compile(
    r"failed to (?:download|fetch|get) `|download of .* failed|Unable to update registry|"
    r"failed to query replaced source|no matching package named `[^`]*` found|"
    r"attempting to make an HTTP request, but --offline"
)
_TOO_OLD = re.compile(r"rustc [\d.]+ is not supported by|requires rustc [\d.]+|feature `edition\d+` is required")


def needs_rust(source: Path) -> bool:
    """Tell whether a source tree says that it needs Rust to be built.

    It does by its build requirements, or by a Cargo.toml at its top or one folder below.

    Arguments:
        source: the unpacked tree.
    """
    if (source / "Cargo.toml").is_file() or any(path.is_file() for path in source.glob("*/Cargo.toml")):
        return True
    return any(name in _RUST_BACKENDS for name in _build_requirements(source))


def is_program(requirement: str) -> bool:
    """Tell whether a build requirement is a program that runs as well on this machine as on the target.

    Arguments:
        requirement: as PEP 508 has it; one that is none is no program.
    """
    try:
        return canonicalize_name(Requirement(requirement).name) in _PROGRAMS
    except InvalidRequirement:
        return False


def what_rust_lacks(output: str) -> tuple[str, str] | None:
    """Return what cargo lacked and what to do about it; None where its output tells of nothing.

    Arguments:
        output: what a build printed.
    """
    if _TOO_OLD.search(output):
        return (
            "a crate needs a newer Rust than there is",
            "install a newer Rust on this machine (rustup), with the target's standard library (`rustup target add …`)",
        )
    if _NOT_FETCHED.search(output):
        return (
            "a crate could not be fetched: the project has not vendored it, and the registry did not give it",
            (
                "look at the network and at your registries (~/.cargo/config.toml), or put the crates among the "
                "sources: `cargo vendor`, with what it prints in .cargo/config.toml"
            ),
        )
    return None


def _build_requirements(source: Path) -> Iterator[str]:
    try:
        with (source / "pyproject.toml").open("rb") as file:
            table = tomllib.load(file).get("build-system", {})
    except (FileNotFoundError, ValueError):  # the build tells what is wrong with it
        return
    requires = table.get("requires", ()) if isinstance(table, dict) else ()
    for requirement in requires if isinstance(requires, Sequence) else ():
        try:
            yield canonicalize_name(Requirement(requirement).name)
        except (InvalidRequirement, TypeError):
            continue
