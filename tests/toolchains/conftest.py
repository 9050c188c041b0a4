"""Wrappers that each shell runs."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from printing_wrappers import Maker, Wrappers, wrappers_in


@pytest.fixture(scope="session")
def plain_wrappers(tmp_path_factory: pytest.TempPathFactory) -> Wrappers:
    """Wrappers without a sysroot, made once."""
    return wrappers_in(tmp_path_factory.mktemp("plain"), "cp311-manylinux2014_aarch64", {})


@pytest.fixture(params=["dash", "bash", "busybox ash"])
def shell(request: pytest.FixtureRequest) -> tuple[str, ...]:
    name, *rest = request.param.split()
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not on this machine")
    return (found, *rest)


@pytest.fixture
def make(shell: tuple[str, ...], tmp_path: Path, plain_wrappers: Wrappers) -> Maker:
    """Return a maker of wrappers that one of the shells runs; it takes a target and fields of WrapperRules."""

    def made(target: str = "cp311-manylinux2014_aarch64", **fields: object) -> Wrappers:
        if not fields and target == "cp311-manylinux2014_aarch64":
            return replace(plain_wrappers, shell=shell)
        return replace(wrappers_in(tmp_path, target, fields), shell=shell)

    return made
