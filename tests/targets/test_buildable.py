import pytest

from crosswheel.errors import UsageError
from crosswheel.targets import Target, check_buildable, nearest_buildable, why_not_buildable


@pytest.mark.parametrize("version", ["39", "310", "311", "312", "313", "314", "315"])
@pytest.mark.parametrize("platform", ["manylinux2014_aarch64", "manylinux_2_28_x86_64", "manylinux1_x86_64"])
def test_what_this_version_builds_for(version: str, platform: str) -> None:
    target = Target.parse(f"cp{version}-{platform}")
    assert why_not_buildable(target) is None
    check_buildable(target)
    assert nearest_buildable(target) == target


@pytest.mark.parametrize(
    ("text", "why", "nearest"),
    [
        ("cp27-manylinux2014_aarch64", "CPython 2.7", "cp39-manylinux_2_17_aarch64"),
        ("cp38-manylinux2014_aarch64", "CPython 3.8", "cp39-manylinux_2_17_aarch64"),
        ("cp316-manylinux2014_aarch64", "CPython 3.16", "cp315-manylinux_2_17_aarch64"),
        ("pp310-manylinux2014_aarch64", "PyPy 3.10", "cp310-manylinux_2_17_aarch64"),
        ("cp313t-manylinux2014_aarch64", "free-threaded", "cp313-manylinux_2_17_aarch64"),
        ("cp311-abi3-manylinux2014_aarch64", "stable ABI", "cp311-manylinux_2_17_aarch64"),
        ("cp311-none-manylinux2014_aarch64", "name cp311 alone", "cp311-manylinux_2_17_aarch64"),
        ("cp311-manylinux_s390x", "s390x", "cp311-manylinux_2_28_x86_64"),
        ("cp311-musllinux_aarch64", "only Linux with glibc", "cp311-manylinux_2_28_aarch64"),
        ("cp311-macosx_arm64", "only Linux with glibc", "cp311-manylinux_2_28_aarch64"),
        ("cp311-win_amd64", "only Linux with glibc", "cp311-manylinux_2_28_x86_64"),
        ("py3-none-any", "pure-Python project gives", "cp311-manylinux_2_28_x86_64"),
    ],
)
def test_what_it_does_not_says_why_and_what_is_nearest(text: str, why: str, nearest: str) -> None:
    target = Target.parse(text)
    with pytest.raises(UsageError, match="is a valid target, but") as raised:
        check_buildable(target)
    assert why in raised.value.why
    assert nearest in raised.value.hint
    assert why_not_buildable(Target.parse(nearest)) is None
