import importlib.util
import re
from itertools import product
from pathlib import Path

import pytest

from crosswheel.errors import UsageError
from crosswheel.targets import (
    Manylinux,
    Musllinux,
    Target,
    architecture_named,
    buildable_targets,
    check_buildable,
    known_policies,
    nearest_buildable,
    newest_platform,
    why_not_buildable,
)
from crosswheel.targets.parse import default_manylinux

ARCHITECTURES = ("x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64", "loongarch64")
PYTHONS = (*(f"cp3{minor}" for minor in range(6, 16)), "cp313t", "cp314t", "cp315t")
ABI3 = ("cp36-abi3", "cp39-abi3", "cp315-abi3", "cp315-abi3t")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_what_this_version_builds_for(name: str) -> None:
    architecture = architecture_named(name)
    with_glibc = [policy.name for policy in known_policies(Manylinux(major=2, minor=40, architecture=architecture))]
    with_musl = ["musllinux_1_2", *(["musllinux_1_1"] if name != "loongarch64" else [])]
    assert "manylinux_2_41" in with_glibc
    for python, policy in product((*PYTHONS, *ABI3), (*with_glibc, "manylinux_2_44", *with_musl)):
        target = Target.parse(f"{python}-{policy}_{name}")
        assert why_not_buildable(target) is None, target
        check_buildable(target)
        assert nearest_buildable(target) == target


@pytest.mark.parametrize(
    ("text", "why", "nearest"),
    [
        ("cp27-manylinux2014_aarch64", "CPython 2.7", "cp36-manylinux_2_17_aarch64"),
        ("cp35-manylinux2014_aarch64", "CPython 3.5", "cp36-manylinux_2_17_aarch64"),
        ("cp35-abi3-manylinux2014_aarch64", "CPython 3.5", "cp36-abi3-manylinux_2_17_aarch64"),
        ("cp316-manylinux2014_aarch64", "CPython 3.16", "cp315-manylinux_2_17_aarch64"),
        ("cp316t-manylinux2014_aarch64", "CPython 3.16", "cp315t-manylinux_2_17_aarch64"),
        ("pp310-manylinux2014_aarch64", "PyPy 3.10", "cp310-manylinux_2_17_aarch64"),
        ("cp311-none-manylinux2014_aarch64", "name cp311 alone", "cp311-manylinux_2_17_aarch64"),
        ("cp311-manylinux_2_45_s390x", "glibc up to 2.44", "cp311-manylinux_2_44_s390x"),
        ("cp311-musllinux_1_3_s390x", "musl up to 1.2", "cp311-musllinux_1_2_s390x"),
        ("cp311-manylinux2014_ppc64", "ppc64le", "cp311-manylinux_2_17_ppc64le"),
        ("cp311-musllinux_1_1_ppc64", "ppc64le", "cp311-musllinux_1_1_ppc64le"),
        ("cp311-musllinux_1_2_armv6l", "armv7l", "cp311-musllinux_1_2_armv7l"),
        ("cp311-macosx_arm64", "only Linux", "cp311-manylinux_2_28_aarch64"),
        ("cp311-macosx_universal2", "only Linux", "cp311-manylinux_2_28_x86_64"),
        ("cp313t-win_amd64", "only Linux", "cp313t-manylinux_2_28_x86_64"),
        ("cp311-win32", "only Linux", "cp311-manylinux_2_28_i686"),
        ("py3-none-any", "pure-Python project gives", "cp311-manylinux_2_28_x86_64"),
    ],
)
def test_what_it_does_not_says_why_and_what_is_nearest(text: str, why: str, nearest: str) -> None:
    target = Target.parse(text)
    with pytest.raises(UsageError, match="is a valid target, but") as raised:
        check_buildable(target)
    assert why in raised.value.why
    assert raised.value.hint.endswith(f" {nearest}")
    assert why_not_buildable(Target.parse(nearest)) is None


def test_the_list_that_globs_are_held_against() -> None:
    listed = buildable_targets()
    assert len(set(listed)) == len(listed) == len(PYTHONS) * len(ARCHITECTURES) * 2
    assert {str(target).partition("-")[0] for target in listed} == set(PYTHONS)
    assert all(why_not_buildable(target) is None for target in listed)
    # cibuildwheel 3's default images.
    written = set(map(str, listed))
    assert {"cp39-manylinux_2_28_x86_64", "cp39-manylinux_2_31_armv7l", "cp39-manylinux_2_39_riscv64"} <= written
    assert {"cp314t-musllinux_1_2_loongarch64", "cp36-manylinux_2_36_loongarch64"} <= written


def test_the_c_libraries_are_those_that_zig_knows() -> None:
    found = importlib.util.find_spec("ziglang")
    assert found is not None
    assert found.origin is not None
    lib = Path(found.origin).parent / "lib"
    libraries, versions = _abilists((lib / "libc/glibc/abilists").read_bytes())
    assert "pthread" in libraries
    # One per line: .arch, .os, .abi, and the oldest glibc where zig has a bound.
    form = re.compile(
        r"\.arch = \.(\w+), \.os = \.linux, \.abi = \.(\w+)"
        r"(?:[^\n]*?\.glibc_min = \.\{ \.major = (\d+), \.minor = (\d+))?"
    )
    known = {
        (row[1], row[2]): (int(row[3]), int(row[4])) if row[3] else (2, 0)
        for row in form.finditer((lib / "std/zig/target.zig").read_text(encoding="utf-8"))
    }
    assert known["powerpc64le", "gnu"] == (2, 19)
    for name in ARCHITECTURES:
        architecture = architecture_named(name)
        newest = newest_platform(Manylinux(major=2, minor=36, architecture=architecture))
        assert (newest.major, newest.minor) == max(versions)
        for minor in range(architecture.oldest_glibc[1], newest.minor + 1):
            platform = Manylinux(major=2, minor=minor, architecture=architecture)
            zig, _, rest = platform.zig_triple.partition("-linux-")
            abi, _, version = rest.partition(".")
            pinned = tuple(map(int, version.split(".")))
            assert pinned in versions
            assert known[zig, abi] <= pinned
            # Where zig's own floor is higher, it is built there, and the proof decides what it may be called.
            assert pinned == (2, minor) or (name == "ppc64le" and minor < 19)
        musl = Musllinux(major=1, minor=2, architecture=architecture).zig_triple
        assert tuple(musl.split("-linux-")) in known
        assert default_manylinux(architecture) in versions


def _abilists(data: bytes) -> tuple[list[str], set[tuple[int, int]]]:
    """The libraries and glibc versions at the head of zig's list (src/libs/glibc.zig, loadMetaData)."""
    count, at = data[0], 1
    libraries = []
    for _ in range(count):
        end = data.index(0, at)
        libraries.append(data[at:end].decode())
        at = end + 1
    return libraries, {(data[at + 1 + 3 * i], data[at + 2 + 3 * i]) for i in range(data[at])}
