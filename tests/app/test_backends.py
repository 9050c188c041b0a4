"""One small project of each build backend, for another machine: the wheel is right, and what its build was told."""

from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from command_line import CommandLine
from crosswheel.targets import parse_targets
from told_projects import NOT_C, PURE, TEST, copy_project, facts_of, lies, lies_of_python, names, read_told, said_in

TARGET = "cp311-manylinux_2_28_aarch64"
# Of backends that are much alike one is built in the whole test command, the others where -m matrix asks for all.
OFTEN = frozenset({
    "with-setup-py", "with-numpy-distutils", "with-autotools", "with-meson", "with-scikit-build-core", "with-hatchling",
    "with-poetry-core", "with-pdm-backend", "with-uv-build", "with-cffi-api", "with-cython", "with-swig",
    "with-nanobind",
})  # fmt: skip
OFTEN_CROSS = frozenset({
    "with-autotools", "with-meson", "with-cmake", "with-scikit-build-core", "with-cffi-api", "with-cython",
})  # fmt: skip
# These have tests of their own, where their compilers are tested.
ELSEWHERE = frozenset({"with-fortran", "with-openmp", "with-rust"})

pytestmark = [pytest.mark.network, pytest.mark.emulator, pytest.mark.toolchain, pytest.mark.slow]


def projects(often: frozenset[str]) -> list[ParameterSet]:
    """Every project, those that are not built often marked."""
    here = (name for name in names() if name not in ELSEWHERE)
    return [pytest.param(name, marks=() if name in often else pytest.mark.matrix) for name in here]


@pytest.mark.parametrize("name", projects(OFTEN))
def test_hybrid(crosswheel: CommandLine, tmp_path: Path, name: str) -> None:
    build_and_look(crosswheel, tmp_path, name, "hybrid")


@pytest.mark.parametrize("name", projects(OFTEN_CROSS))
def test_cross(crosswheel: CommandLine, tmp_path: Path, name: str) -> None:
    build_and_look(crosswheel, tmp_path, name, "cross")


def build_and_look(crosswheel: CommandLine, folder: Path, name: str, strategy: str) -> None:
    """Build one project, try it, and compare all that was told with what is true."""
    out = folder / "out"
    project = copy_project(name, folder / name)
    ran = crosswheel("build", project, "--target", TARGET, "--strategy", strategy, *TEST, "--json", "--out", out)
    assert ran.result["proof_level"] == "tested"
    assert ran.result["strategy"] == strategy
    (wheel,) = out.iterdir()
    python, abi, platform = ran.result["wheel"]["tags"].split("-")
    said = said_in(ran.log)
    (target,) = parse_targets([TARGET])
    if name in PURE:
        assert (python, abi, platform) == ("py3", "none", "any")
        assert said["module"] is None
    else:
        assert (python, abi, platform) == ("cp311", "cp311", "manylinux_2_28_aarch64")
        assert str(said["module"]).endswith(target.extension_suffixes)
    assert not lies_of_python(said, "aarch64", "glibc", target.extension_suffixes)
    if name not in PURE | NOT_C:
        facts = read_told(wheel)
        assert not lies(facts, "aarch64", "glibc", target.extension_suffixes), facts
        assert facts_of(str(said["told"])) == facts
