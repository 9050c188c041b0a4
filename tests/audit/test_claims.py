"""What file names claim: every Python and platform in them, and nothing that is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswheel.audit import Claims
from crosswheel.targets import Python, Target
from crosswheel.wheel import WheelName


def claims(tags: str, python: Python | None = None) -> Claims:
    return Claims.of_wheel(WheelName.parse(f"x-1.0-{tags}.whl"), python)


@pytest.mark.parametrize(
    ("tags", "pythons"),
    [
        ("cp311-cp311-any", ["cp311-cp311"]),
        ("py2.py3-none-any", ["py2-none", "py3-none"]),
        ("cp38.cp39-cp38.cp39-win32", ["cp38-cp38", "cp39-cp39"]),
        ("cp311-abi3-win32", ["cp311-abi3"]),
        ("cp315-abi3.abi3t-win32", ["cp315-abi3", "cp315-abi3t"]),
        ("cp313-cp313t-win32", ["cp313-cp313t"]),
        ("cp27-cp27mu-any", ["cp27-cp27mu"]),
        ("cp27-cp27m-any", ["cp27-cp27m"]),
        ("cp37-cp37m-any", ["cp37-cp37m"]),
        ("pp311-pypy311_pp73-win_amd64", ["pp311-pypy311_pp73"]),
        ("pp27-pypy_73-win_amd64", ["pp27-pypy_73"]),
    ],
)
def test_pythons(tags: str, pythons: list[str]) -> None:
    assert [f"{python.tag}-{python.abi}" for python in claims(tags).pythons] == pythons


@pytest.mark.parametrize(
    ("tags", "platforms"),
    [
        ("manylinux_2_17_x86_64.manylinux2014_x86_64", ["manylinux_2_17_x86_64"]),
        ("manylinux2014_x86_64.manylinux_2_28_x86_64", ["manylinux_2_17_x86_64"]),
        (
            "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
            ["manylinux_2_17_x86_64", "musllinux_1_1_x86_64"],
        ),
        ("manylinux_2_17_x86_64.manylinux_2_17_aarch64", ["manylinux_2_17_x86_64", "manylinux_2_17_aarch64"]),
        ("macosx_10_9_x86_64.macosx_11_0_arm64", ["macosx_10_9_x86_64", "macosx_11_0_arm64"]),
        ("macosx_10_9_universal2", ["macosx_10_9_universal2"]),
        ("win32.win_amd64", ["win32", "win_amd64"]),
        ("any", ["any"]),
        ("linux_x86_64", []),
    ],
)
def test_platforms(tags: str, platforms: list[str]) -> None:
    assert [str(platform) for platform in claims(f"py3-none-{tags}").platforms] == platforms


def test_a_tag_that_promises_no_policy_names_a_machine() -> None:
    found = claims("cp311-cp311-linux_s390x")

    assert [one.name for one in found.bare] == ["s390x"]
    assert found.linux == ()
    assert [one.name for one in found.linux_architectures] == ["s390x"]


def test_armv6l_has_no_manylinux() -> None:
    found = claims("cp311-cp311-linux_armv6l.musllinux_1_2_armv6l.manylinux_2_31_armv6l")

    assert [str(platform) for platform in found.platforms] == ["musllinux_1_2_armv6l"]
    assert [one.name for one in found.bare] == ["armv6l"]
    assert found.unknown == ("manylinux_2_31_armv6l",)


def test_a_tag_older_than_the_first_glibc_of_an_architecture() -> None:
    """pip accepts it there, and what it can mean is the oldest policy."""
    assert [str(one) for one in claims("py3-none-manylinux_2_17_riscv64").platforms] == ["manylinux_2_31_riscv64"]
    assert claims("py3-none-manylinux_2_999_riscv64").platforms == ()


def test_tags_that_nobody_knows() -> None:
    assert claims("cp311.graalpy311-cp311-macosx_10_6_intel").unknown == ("graalpy311", "macosx_10_6_intel")
    # What a person may leave out, a tag may not.
    assert claims("py3-none-manylinux_x86_64").platforms == ()


def test_a_python_is_assumed_where_the_tags_name_none() -> None:
    python = Python(implementation="cp", version=(3, 12), abi="cp312")

    assert claims("py3-none-win32", python).pythons == (python,)
    assert claims("cp311-cp311-win32", python).pythons != (python,)


def test_a_target_is_what_counts_where_there_is_one() -> None:
    target = Target.parse("cp311-manylinux_2_28_aarch64")

    found = Claims.of_target(target, WheelName.parse("x-1.0-cp38-abi3-linux_aarch64.whl"))

    assert (found.pythons, found.platforms, found.target) == ((target.python,), (target.platform,), target)
    assert [python.abi for python in found.named_pythons] == ["abi3"]


@given(st.lists(st.from_regex(r"[a-z]{1,12}[0-9_]{0,3}[a-z0-9]{1,8}", fullmatch=True), min_size=3, max_size=3))
def test_no_tag_is_too_strange(tags: list[str]) -> None:
    found = claims("-".join(tags))

    assert found.platforms or found.bare or tags[2] in found.unknown
