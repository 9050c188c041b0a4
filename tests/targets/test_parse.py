import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crosswheel.errors import UsageError
from crosswheel.targets import Macos, Musllinux, Platform, Python, Target, Windows, architectures
from crosswheel.targets.platforms import AnyPlatform, Manylinux


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("cp311-manylinux2014_aarch64", "cp311-manylinux_2_17_aarch64"),
        ("cp311-manylinux2010_x86_64", "cp311-manylinux_2_12_x86_64"),
        ("cp311-manylinux1_i686", "cp311-manylinux_2_5_i686"),
        (" CP311-Manylinux2014_AArch64 ", "cp311-manylinux_2_17_aarch64"),
        ("cp311-cp311-manylinux_2_28_x86_64", "cp311-manylinux_2_28_x86_64"),
        ("cp313-cp313t-win_amd64", "cp313t-win_amd64"),
        ("cp39-abi3-macosx_11_0_arm64", "cp39-abi3-macosx_11_0_arm64"),
        ("cp315-abi3t-manylinux_2_28_aarch64", "cp315-abi3t-manylinux_2_28_aarch64"),
        ("cp27-manylinux2014_aarch64", "cp27-manylinux_2_17_aarch64"),
        ("cp27-cp27m-manylinux1_x86_64", "cp27-cp27m-manylinux_2_5_x86_64"),
        ("cp27-win32", "cp27-win32"),
        ("cp36-manylinux_2_17_s390x", "cp36-manylinux_2_17_s390x"),
        ("pp310-pypy310_pp73-manylinux_2_28_x86_64", "pp310-manylinux_2_28_x86_64"),
        ("pp27-manylinux1_x86_64", "pp27-manylinux_2_5_x86_64"),
        ("py3-none-any", "py3-none-any"),
        ("py3-any", "py3-none-any"),
        ("py2-none-any", "py2-none-any"),
        ("py3-none-manylinux2014_x86_64", "py3-none-manylinux_2_17_x86_64"),
        # What cibuildwheel builds for where no version is named: its defaults.toml and macos.py, version 3.
        ("cp311-manylinux_aarch64", "cp311-manylinux_2_28_aarch64"),
        ("cp311-manylinux_i686", "cp311-manylinux_2_28_i686"),
        ("cp311-manylinux_armv7l", "cp311-manylinux_2_31_armv7l"),
        ("cp311-manylinux_riscv64", "cp311-manylinux_2_39_riscv64"),
        ("cp313-manylinux_loongarch64", "cp313-manylinux_2_36_loongarch64"),
        ("cp311-musllinux_aarch64", "cp311-musllinux_1_2_aarch64"),
        ("cp311-musllinux_1_1_armv6l", "cp311-musllinux_1_1_armv6l"),
        ("cp311-macosx_arm64", "cp311-macosx_11_0_arm64"),
        ("cp311-macosx_x86_64", "cp311-macosx_10_9_x86_64"),
        ("cp312-macosx_x86_64", "cp312-macosx_10_13_x86_64"),
        ("cp314-macosx_universal2", "cp314-macosx_10_15_universal2"),
        ("cp311-win_amd64", "cp311-win_amd64"),
    ],
)
def test_forms_and_their_canonical_writing(text: str, canonical: str) -> None:
    assert str(Target.parse(text)) == canonical


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    [
        ("cp311-manylinux_2_5_aarch64", "begins at glibc 2.17 on aarch64", "manylinux_2_17_aarch64 (manylinux2014)"),
        ("cp311-manylinux1_aarch64", "begins at glibc 2.17 on aarch64", "manylinux_2_17_aarch64"),
        ("cp311-manylinux2014_riscv64", "begins at glibc 2.31 on riscv64", "manylinux_2_31_riscv64"),
        ("cp311-manylinux_2_4_x86_64", "begins at glibc 2.5 on x86_64", "manylinux_2_5_x86_64 (manylinux1)"),
        ("cp311-manylinux_3_1_aarch64", "no glibc 3.1", "manylinux_2_28_aarch64"),
        ("cp311-musllinux_1_0_x86_64", "begins at musl 1.1", "musllinux_1_1_x86_64"),
        ("cp311-musllinux_1_1_loongarch64", "begins at musl 1.2", "musllinux_1_2_loongarch64"),
        ("cp311-macosx_10_9_arm64", "arm64 since 11.0", "macosx_11_0_arm64"),
        ("cp311-macosx_12_3_arm64", "names the release alone", "macosx_12_0_arm64"),
        ("cp312t-win32", "begins at 3.13", "cp313t"),
        ("cp314-abi3t-win32", "3.15 (PEP 803)", "cp315-abi3t"),
        ("cp27-abi3-win32", "3.2 (PEP 384)", "cp311-abi3"),
        ("cp311-cp310-win32", "CPython 3.11 has no ABI cp310", "cp311"),
        ("cp31-win32", "CPython 3.1 has no wheels", "3.3 or later"),
        ("pp35-win32", "PyPy 3.5 has no wheels", "pp36"),
        ("pp310-abi3-win32", "PyPy 3.10 has no ABI abi3", "pypy310_pp73"),
        ("cp311-any", "belongs to machine code", "cp311-none-any"),
        ("cp311-abi3-any", "belongs to machine code", "cp311-none-any"),
        ("cp311-manylinux2014-aarch64", "PYTHON-PLATFORM", "cp311-manylinux2014_aarch64"),
        ("cp311_manylinux2014_aarch64", "one part", "PYTHON-PLATFORM"),
        ("cp311", "one part", "cp311-manylinux2014_aarch64"),
        ("", "one part", "PYTHON-PLATFORM"),
        ("cp3.11-manylinux2014_aarch64", "without a dot, such as cp311", "cp311-manylinux2014_aarch64"),
        ("3.13t-manylinux2014_aarch64", "without a dot, such as cp313t", "cp313t-manylinux2014_aarch64"),
        ("cp311-manylinux2014_arm64", "arm64 is called aarch64", "cp311-manylinux2014_aarch64"),
        ("cp311-manylinux2014_amd64", "amd64 is called x86_64", "cp311-manylinux2014_x86_64"),
        ("cp311-manylinux_2_17_arch64", "is none of x86_64, aarch64", "cp311-manylinux_2_17_aarch64"),
        ("cp311-manylinux2014_sparc", "is none of x86_64, aarch64", "crosswheel targets"),
        ("cp311-linux_aarch64", "nothing of the C library", "cp311-manylinux_aarch64"),
        ("cp311-musllinux2014_x86_64", "PYTHON-PLATFORM", "cp311-musllinux_x86_64"),
        ("cp311-manylinux_2_017_aarch64", "PYTHON-PLATFORM", "cp311-manylinux_2_17_aarch64"),
        ("cp311-win64", "PYTHON-PLATFORM", "cp311-win_amd64"),
        ("cp311-macos_arm64", "PYTHON-PLATFORM", "cp311-macosx_arm64"),
        ("cp3*-manylinux_*", "wildcards", "crosswheel targets"),
        ("cp311-manylinux_{x86_64,aarch64", "no partner", "crosswheel targets"),
        ("cp311-manylinux_2_31_armv6l", "no standard has manylinux tags for armv6l", "manylinux_2_17_armv7l"),
        ("foo-bar-baz", "PYTHON-PLATFORM", "crosswheel targets"),
        ("cp3" + "1" * 5000 + "-win32", "PYTHON-PLATFORM", ""),
    ],
)
def test_what_is_no_target_says_why_and_what_is_near(text: str, why: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        Target.parse(text)
    assert why in raised.value.why
    assert hint in raised.value.hint


def pythons() -> st.SearchStrategy[str]:
    cp = st.integers(3, 40).map(lambda minor: f"cp3{minor}")
    threads = st.integers(13, 40).map(lambda minor: f"cp3{minor}t")
    stable = st.integers(3, 40).map(lambda minor: f"cp3{minor}-abi3")
    return st.one_of(cp, threads, stable, st.sampled_from(["cp27", "pp27", "pp36", "pp310", "cp315-abi3t", "py3-none"]))


def platforms() -> st.SearchStrategy[Platform]:
    machines = st.sampled_from(architectures())
    many = st.builds(
        lambda minor, one: Manylinux(major=2, minor=minor, architecture=one), st.integers(36, 99), machines
    )
    musl = st.builds(lambda minor, one: Musllinux(major=1, minor=minor, architecture=one), st.integers(2, 99), machines)
    mac = st.builds(
        lambda major, machine: Macos(major=major, minor=0, machine=machine),
        st.integers(11, 30),
        st.sampled_from(Macos.machines),
    )
    return st.one_of(many, musl, mac, st.sampled_from([Windows(tag=name) for name in Windows.names]))


@given(python=pythons(), platform=platforms())
def test_what_a_target_writes_it_reads(python: str, platform: Platform) -> None:
    target = Target.parse(f"{python}-{platform}")
    assert target.platform == platform
    assert Target.parse(str(target)) == target
    assert len(set(target.tags())) == len(target.tags()) > 0
    assert target.python.tag in target.wheel_tag()


NUMBERS = ["3", "27", "311", "15", "2014", "2_17", "11_0", "99999999999"]
SYSTEMS = ["manylinux", "musllinux", "linux", "win32", "macosx", "any", "arm64", "aarch64", "x86_64", "universal2"]
PIECES = st.sampled_from([*"-_.t*, ", "cp", "pp", "py", "abi3", "none", "pypy310_pp73", *NUMBERS, *SYSTEMS])


@given(text=st.one_of(st.text(), st.lists(PIECES, max_size=9).map("".join)))
@example("cp311-manylinux_2_99999999999_aarch64")
@example("cp²11-win32")
@example("cp311-manylinux_2_\N{FULLWIDTH DIGIT ONE}7_aarch64")
@example("\0-\0")
def test_parsing_raises_nothing_but_usage_errors(text: str) -> None:
    try:
        target = Target.parse(text)
    except UsageError:
        return
    assert Target.parse(str(target)) == target


def test_values_cannot_be_impossible() -> None:
    with pytest.raises(UsageError):
        Windows(tag="win64")
    with pytest.raises(UsageError):
        Macos(major=11, minor=0, machine="ppc")
    with pytest.raises(UsageError):
        Python(implementation="py", version=(3, 0), abi="abi3")
    with pytest.raises(UsageError):
        Target(python=Python(implementation="cp", version=(3, 11), abi="cp311"), platform=AnyPlatform())
