"""The order of Debian versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswheel.debian.version import satisfies, version_key

VERSIONS = st.builds(
    lambda epoch, upstream, revision: f"{epoch}{upstream}{revision}",
    st.sampled_from(["", "0:", "1:", "2:"]),
    st.from_regex(r"[0-9][0-9a-zA-Z.+~]{0,8}", fullmatch=True),
    st.one_of(st.just(""), st.from_regex(r"-[0-9a-zA-Z.+~]{1,6}", fullmatch=True)),
)


# In this order in Debian Policy 5.6.12 and in dpkg's own tests.
@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.0~~", "1.0~~a"),
        ("1.0~~a", "1.0~"),
        ("1.0~", "1.0"),
        ("1.0", "1.0a"),
        ("1.0~rc1-1", "1.0-1"),
        ("9", "10"),
        ("1.2.9", "1.2.10"),
        ("1.0-1", "1.0-1+deb12u1"),
        ("3.0.17-1~deb12u2", "3.0.17-1"),
        ("1.0-9", "1:0.1-1"),
        ("1.0a", "1.0+"),
        ("2.36-9+deb12u9", "2.36-9+deb12u10"),
        ("1-a-1", "1-a-2"),
        ("1.0", "1.0-0.1"),
    ],
)
def test_order(older: str, newer: str) -> None:
    assert version_key(older) < version_key(newer)
    assert satisfies(older, "<<", newer)
    assert satisfies(newer, ">>", older)
    assert not satisfies(older, ">=", newer)


@pytest.mark.parametrize(("one", "other"), [("1.0", "1.0-0"), ("0:1.0", "1.0"), ("1.", "1.0"), ("1.02", "1.2")])
def test_equal(one: str, other: str) -> None:
    assert version_key(one) == version_key(other)
    assert satisfies(one, "=", other)
    assert satisfies(one, "<=", other)


@given(VERSIONS, VERSIONS, VERSIONS)
def test_total_order(one: str, other: str, third: str) -> None:
    one_key, other_key, third_key = map(version_key, (one, other, third))
    assert (one_key < other_key) + (one_key == other_key) + (one_key > other_key) == 1
    if one_key <= other_key <= third_key:
        assert one_key <= third_key


@given(VERSIONS)
def test_tilde_is_before_everything_else(version: str) -> None:
    assert (
        version_key(f"{version}~") < version_key(version) <= version_key(f"{version}0" if "-" in version else version)
    )
    assert version_key(version) < version_key(f"{version}+b1")
