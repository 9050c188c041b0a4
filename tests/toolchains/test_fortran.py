"""Which of Debian's packages compiles Fortran for a target."""

import pytest

from crosswheel.errors import LackError
from crosswheel.targets import Target, architecture_named
from crosswheel.toolchains.fortran import fortran_package

X86 = architecture_named("x86_64")


@pytest.mark.parametrize(
    ("target", "suite", "name", "prefix"),
    [
        ("cp311-manylinux2014_aarch64", "bookworm", "gfortran-12-aarch64-linux-gnu", "aarch64-linux-gnu"),
        ("cp311-manylinux2014_armv7l", "bookworm", "gfortran-12-arm-linux-gnueabihf", "arm-linux-gnueabihf"),
        ("cp311-manylinux2014_i686", "bookworm", "gfortran-12-i686-linux-gnu", "i686-linux-gnu"),
        ("cp313-manylinux_2_36_loongarch64", "trixie", "gfortran-14-loongarch64-linux-gnu", "loongarch64-linux-gnu"),
        ("cp311-manylinux2014_x86_64", "bookworm", "gfortran-12", "x86_64-linux-gnu"),
    ],
)
def test_package(target: str, suite: str, name: str, prefix: str) -> None:
    package = fortran_package(Target.parse(target), X86)
    assert (package.suite, package.name, package.prefix) == (suite, name, prefix)


def test_musl_has_none() -> None:
    with pytest.raises(LackError, match="no Fortran for") as told:
        fortran_package(Target.parse("cp311-musllinux_1_2_aarch64"), X86)
    assert told.value.hint
