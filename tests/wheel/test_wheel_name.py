"""File names of wheels."""

import pytest

from crosswheel.errors import BadInputError
from crosswheel.wheel import WheelName


@pytest.mark.parametrize(
    "text",
    [
        "kiwisolver-1.4.7-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl",
        "six-1.16.0-py2.py3-none-any.whl",
        "ruamel_yaml-0.18.6-1-py3-none-any.whl",
        "Torch-2.1.0+cpu-1rc1-cp311-cp311-linux_x86_64.whl",
    ],
)
def test_a_name_survives(text: str) -> None:
    assert str(WheelName.parse(text)) == text


def test_the_parts() -> None:
    name = WheelName.parse("ruamel_yaml-0.18.6-1a-cp311.cp312-abi3-manylinux_2_17_aarch64.manylinux2014_aarch64.whl")

    assert (name.distribution, name.version, name.build) == ("ruamel_yaml", "0.18.6", "1a")
    assert name.python_tags == ("cp311", "cp312")
    assert name.platform_tags == ("manylinux_2_17_aarch64", "manylinux2014_aarch64")
    assert name.tags[0] == "cp311-abi3-manylinux_2_17_aarch64"
    assert len(name.tags) == 4
    assert not name.is_any
    assert str(name.with_platforms(["any"])) == "ruamel_yaml-0.18.6-1a-cp311.cp312-abi3-any.whl"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x.whl",
        "x-1-py3-none-any.zip",
        "x-1-none-any.whl",
        "x-1-a-py3-none-any.whl",
        "x-not.a.version-py3-none-any.whl",
        "../x-1-py3-none-any.whl",
        "x-1-py3--any.whl",
        "x-1-py3..py2-none-any.whl",
        "x-1-2-3-py3-none-any.whl",
    ],
)
def test_no_name(text: str) -> None:
    with pytest.raises(BadInputError, match="no file name of a wheel"):
        WheelName.parse(text)
