from fnmatch import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswheel.errors import UsageError
from crosswheel.targets import buildable_targets, identifier, parse_target, parse_targets, split_selectors


def selected(*texts: str, skip: tuple[str, ...] = ()) -> list[str]:
    return [str(target) for target in parse_targets(texts, skip)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a,b", ("a", "b")),
        (" a , b\n c,,", ("a", "b", "c")),
        ("cp3{9,10}-x_{a,b},c", ("cp3{9,10}-x_{a,b}", "c")),
        ("x_{a, b} y", ("x_{a,b}", "y")),
        ("{a,{b,c}},d", ("{a,{b,c}}", "d")),
        ("}a,b", ("}a", "b")),
        ("{a,b", ("{a,b",)),
        ("", ()),
    ],
)
def test_commas_inside_of_braces_are_their_own(text: str, parts: tuple[str, ...]) -> None:
    assert split_selectors(text) == parts


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("cp311-manylinux2014_aarch64", ["cp311-manylinux_2_17_aarch64"]),
        ("CP311-manylinux2014_aarch64", ["cp311-manylinux_2_17_aarch64"]),
        (
            "cp3{9..11}-manylinux_2_28_{aarch64,x86_64}",
            [f"cp3{minor}-manylinux_2_28_{name}" for minor in (9, 10, 11) for name in ("aarch64", "x86_64")],
        ),
        ("cp{36,313t}-musllinux_s390x", ["cp36-musllinux_1_2_s390x", "cp313t-musllinux_1_2_s390x"]),
        ("cp311-{many,musl}linux_aarch64", ["cp311-manylinux_2_28_aarch64", "cp311-musllinux_1_2_aarch64"]),
        ("cp311-win_{amd64,arm64}", ["cp311-win_amd64", "cp311-win_arm64"]),
        ("{cp39-abi3-manylinux2014_aarch64,py3-none-any}", ["cp39-abi3-manylinux_2_17_aarch64", "py3-none-any"]),
        ("cp311-manylinux2014_aarch64,cp311-manylinux_2_17_aarch64", ["cp311-manylinux_2_17_aarch64"]),
    ],
)
def test_targets_and_braces(text: str, targets: list[str]) -> None:
    assert selected(text) == targets


@pytest.mark.parametrize(
    ("text", "count", "some"),
    [
        ("*", 208, ["cp36-manylinux_2_28_x86_64", "cp315t-musllinux_1_2_loongarch64"]),
        ("cp3*-manylinux_*", 104, ["cp311-manylinux_2_31_armv7l", "cp311-manylinux_2_39_riscv64"]),
        ("cp313*-musllinux_*", 16, ["cp313-musllinux_1_2_aarch64", "cp313t-musllinux_1_2_i686"]),
        ("cp313-*", 16, ["cp313-musllinux_1_2_aarch64", "cp313-manylinux_2_28_aarch64"]),
        ("*-musllinux_aarch64", 13, ["cp36-musllinux_1_2_aarch64", "cp315t-musllinux_1_2_aarch64"]),
        ("*-musllinux_1_1_aarch64", 13, ["cp36-musllinux_1_1_aarch64"]),
        ("*t-manylinux_2_34_{aarch64,s390x}", 6, ["cp314t-manylinux_2_34_s390x"]),
        ("cp3{9,1?}-manylinux_x86_64", 7, ["cp39-manylinux_2_28_x86_64", "cp315-manylinux_2_28_x86_64"]),
        ("cp31[0-2]-manylinux_x86_64", 3, ["cp310-manylinux_2_28_x86_64", "cp312-manylinux_2_28_x86_64"]),
        # A policy is every architecture's that has it.
        ("cp311-manylinux1_*", 2, ["cp311-manylinux_2_5_x86_64", "cp311-manylinux_2_5_i686"]),
        ("cp311-manylinux2014_*", 6, ["cp311-manylinux_2_17_ppc64le"]),
        ("cp311-manylinux_2_31_*", 7, ["cp311-manylinux_2_31_riscv64"]),
        ("cp311-manylinux_2_36*", 8, ["cp311-manylinux_2_36_loongarch64"]),
        ("cp311-manylinux_2_44_*", 8, ["cp311-manylinux_2_44_x86_64"]),
        ("cp39-abi3-manylinux_2_36_*", 8, ["cp39-abi3-manylinux_2_36_aarch64"]),
        ("cp315-abi3t-musllinux_*", 8, ["cp315-abi3t-musllinux_1_2_aarch64"]),
        ("cp3*-abi3t-musllinux_aarch64", 1, ["cp315-abi3t-musllinux_1_2_aarch64"]),
        ("cp3*-abi3-musllinux_aarch64", 10, ["cp36-abi3-musllinux_1_2_aarch64", "cp315-abi3-musllinux_1_2_aarch64"]),
    ],
)
def test_wildcards(text: str, count: int, some: list[str]) -> None:
    found = selected(text)
    assert len(found) == count
    assert set(some) <= set(found)


def test_the_order_is_that_of_the_texts_and_each_target_stands_once() -> None:
    found = selected("cp312-manylinux_aarch64 cp311-manylinux_2_28_aarch64", "cp31[12]-manylinux_aarch64")
    assert found == ["cp312-manylinux_2_28_aarch64", "cp311-manylinux_2_28_aarch64"]
    pythons = [name.partition("-")[0] for name in selected("*-musllinux_aarch64")]
    assert pythons[:3] == ["cp36", "cp37", "cp38"]
    assert pythons[-4:] == ["cp314", "cp314t", "cp315", "cp315t"]


@pytest.mark.parametrize(
    ("skip", "left"),
    [
        (("*-musllinux_*",), ["cp311-manylinux_2_17_aarch64", "cp313t-manylinux_2_28_aarch64"]),
        (("*t-*", "*musl*"), ["cp311-manylinux_2_17_aarch64"]),
        (("cp313t-manylinux_aarch64",), ["cp311-manylinux_2_17_aarch64", "cp311-musllinux_1_2_aarch64"]),
        # Without a policy's version it is for every version, with one for that alone.
        (("cp311-manylinux_*",), ["cp313t-manylinux_2_28_aarch64", "cp311-musllinux_1_2_aarch64"]),
        (("*-manylinux2014_*",), ["cp313t-manylinux_2_28_aarch64", "cp311-musllinux_1_2_aarch64"]),
        (("cp*-manylinux_2_{17,28}_*",), ["cp311-musllinux_1_2_aarch64"]),
        (("cp311-manylinux2014_aarch64",), ["cp313t-manylinux_2_28_aarch64", "cp311-musllinux_1_2_aarch64"]),
        (
            ("cp311-manylinux_2_28_aarch64", "pp*", "*-win32 *-macosx_*"),
            ["cp311-manylinux_2_17_aarch64", "cp313t-manylinux_2_28_aarch64", "cp311-musllinux_1_2_aarch64"],
        ),
    ],
)
def test_skip(skip: tuple[str, ...], left: list[str]) -> None:
    texts = ("cp311-manylinux2014_aarch64", "cp313t-manylinux_aarch64", "cp311-musllinux_aarch64")
    assert selected(*texts, skip=skip) == left


def test_skip_that_leaves_nothing() -> None:
    with pytest.raises(UsageError, match="no target is left") as raised:
        parse_targets(["cp3{9,10,11,12}-manylinux_aarch64"], ["*-manylinux_*"])
    assert "all 4" in raised.value.why
    assert "cp39-manylinux_2_28_aarch64, " in raised.value.why
    assert "and 1 more" in raised.value.why


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    [
        ("cp3*-manylinx_*", "no platform that can be built for is manylinx_*", "is cp3*-manylinux_*;"),
        ("pp*-manylinux_aarch64", "no Python that can be built for is pp*", "-manylinux_aarch64;"),
        ("cp35*", "no Python that can be built for is cp35*", "is cp3*-*;"),
        ("cp35-*", "no Python that can be built for is cp35", "cp3"),
        ("cp311-win*", "no platform that can be built for is win*", "cp311-"),
        ("*-*-*", "no platform that can be built for is *-*", "linux_"),
        ("cp311-*arm64", "no platform that can be built for is *arm64", "is cp311-*aarch64;"),
        ("cp311-manylinux_2_45_*", "glibc up to 2.44", "cp311-manylinux_2_44_x86_64"),
        ("cp311-manylinux1_a*", "begins at glibc 2.17 on aarch64", "manylinux_2_17_aarch64"),
        ("cp312-abi3t-*", "begins at CPython 3.15", "cp315-abi3t"),
        ("cp3{6..5000}-manylinux_x86_64", "more than 1000", "wildcards"),
        pytest.param("{a," * 500 + "}" * 500, "in each other too often", "wildcards", id="deep"),
        ("cp3{9,10-manylinux_x86_64", "no partner", ""),
        ("cp3{9}-manylinux_x86_64", "neither a comma nor a range", ""),
    ],
)
def test_what_selects_nothing_says_why_and_what_is_near(text: str, why: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_targets([text])
    assert why in raised.value.why
    assert hint in raised.value.hint


def test_all_problems_are_told_together() -> None:
    with pytest.raises(UsageError, match="4 targets cannot be read") as raised:
        parse_targets(
            ["cp311-manylinux2014-aarch64,cp311-x*,cp311-win32", "cp311-manylinux_2_5_aarch64"],
            ["cp311-manylinx_aarch64"],
        )
    for detail, told in zip(
        raised.value.details,
        (
            "did you mean cp311-manylinux2014_aarch64?",
            "'cp311-x*' selects no target",
            "manylinux_2_17_aarch64",
            "did you mean cp311-manylinux_aarch64?",
        ),
        strict=True,
    ):
        assert told in detail
    with pytest.raises(UsageError, match="no target was named"):
        parse_targets([" , "])


def test_where_one_target_is_asked_for() -> None:
    assert str(parse_target("cp311-musllinux_1_1_{s390x,s390x}")) == "cp311-musllinux_1_1_s390x"
    assert str(parse_target("cp311-win_amd64")) == "cp311-win_amd64"
    with pytest.raises(UsageError, match="selects 13 targets, and one") as raised:
        parse_target("*-musllinux_aarch64")
    assert "cp36-musllinux_1_2_aarch64" in raised.value.hint


@given(st.data())
def test_globs_match_what_fnmatch_matches_among_the_identifiers(data: st.DataObject) -> None:
    """cibuildwheel's rule: fnmatch of the whole identifier."""
    name = data.draw(st.sampled_from([identifier(target) for target in buildable_targets()]))
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(name)), st.integers(0, len(name)))))
    pattern = f"{name[:start]}{data.draw(st.sampled_from(['*', '?', '[a-z]']))}{name[end:]}"
    expected = [str(target) for target in buildable_targets() if fnmatch(identifier(target), pattern)]
    if expected:
        assert selected(pattern) == expected
    else:
        with pytest.raises(UsageError):
            parse_targets([pattern])
