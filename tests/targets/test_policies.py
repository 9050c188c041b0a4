import copy
import json
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from crosswheel.errors import BadInputError, UsageError
from crosswheel.targets import Manylinux, Musllinux, Policy, Target, architecture_named, architectures, known_policies
from crosswheel.targets.differences import differences_of, known_differences
from crosswheel.targets.policies import _Record, check_records, policy_for


def policy(platform: str) -> Policy:
    return policy_for(Target.parse(f"cp311-{platform}").platform)


def newest(policy: Policy, prefix: str) -> tuple[int, ...]:
    numbers = [one for one in policy.symbol_versions[prefix] if one[0].isdigit()]
    return max(tuple(int(part) for part in one.split(".")) for one in numbers)


# PEP 571 and 599 say these numbers themselves. PEP 513 says CXXABI 3.4.8 and GLIBCXX 3.4.9, which CentOS 5 never had.
@pytest.mark.parametrize("architecture", ["x86_64", "i686"])
def test_manylinux2010_is_what_pep_571_says(architecture: str) -> None:
    found = policy(f"manylinux2010_{architecture}")
    assert (newest(found, "GLIBC"), newest(found, "GLIBCXX"), newest(found, "CXXABI")) == (
        (2, 12),
        (3, 4, 13),
        (1, 3, 3),
    )
    assert newest(found, "GCC") <= (4, 5, 0)


@pytest.mark.parametrize("architecture", ["x86_64", "i686", "aarch64", "armv7l", "ppc64", "ppc64le", "s390x"])
def test_manylinux2014_is_what_pep_599_says(architecture: str) -> None:
    found = policy(f"manylinux2014_{architecture}")
    assert (found.name, found.aliases, found.glibc) == ("manylinux_2_17", ("manylinux2014",), (2, 17))
    assert (newest(found, "GLIBC"), newest(found, "GLIBCXX"), newest(found, "CXXABI")) == (
        (2, 17),
        (3, 4, 19),
        (1, 3, 7),
    )
    assert newest(found, "GCC") <= (4, 8, 0)
    assert found.allows_version("CXXABI_TM_1")
    assert {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", found.architecture.loader} <= found.libraries
    assert not {"libcrypt.so.1", "libpython3.11.so.1.0", "libssl.so.3"} & found.libraries


def test_what_is_known_of_newer_policies_on_aarch64() -> None:
    assert newest(policy("manylinux_2_28_aarch64"), "GLIBCXX") == (3, 4, 24)
    found = policy("manylinux_2_39_aarch64")
    assert newest(found, "GLIBCXX") == (3, 4, 33)
    assert found.allows_version("GLIBC_ABI_DT_RELR")
    assert not policy("manylinux_2_28_aarch64").allows_version("GLIBC_ABI_DT_RELR")


def test_which_versions_a_policy_allows() -> None:
    found = policy("manylinux2014_aarch64")
    assert found.allows_version("GLIBC_2.17")
    assert not found.allows_version("GLIBC_2.18")
    assert not found.allows_version("GLIBC_PRIVATE")
    assert found.allows_version("OPENSSL_3.0.0")
    # Nothing of libatomic's was in CentOS 5.
    assert not policy("manylinux1_x86_64").allows_version("LIBATOMIC_1.0")


def test_policies_between_those_on_record() -> None:
    found = policy("manylinux_2_20_aarch64")
    assert (found.name, found.aliases, found.glibc) == ("manylinux_2_20", (), (2, 20))
    assert found.symbol_versions["GLIBC"] == {"2.0", "2.17", "2.18"}
    assert found.symbol_versions["GLIBCXX"] == policy("manylinux_2_17_aarch64").symbol_versions["GLIBCXX"]
    assert found.libraries == policy("manylinux_2_17_aarch64").libraries


def test_policies_newer_than_those_on_record() -> None:
    last = known_policies(Manylinux(major=2, minor=28, architecture=architecture_named("x86_64")))[-1]
    assert last.glibc is not None
    found = policy(f"manylinux_2_{last.glibc[1] + 2}_x86_64")
    assert found.symbol_versions["GLIBC"] - last.symbol_versions["GLIBC"] == {
        f"2.{last.glibc[1] + 1}",
        f"2.{last.glibc[1] + 2}",
    }


@pytest.mark.parametrize("architecture", [one.name for one in architectures()])
def test_the_oldest_policy_is_where_manylinux_begins(architecture: str) -> None:
    oldest = architecture_named(architecture).oldest_glibc
    known = known_policies(Manylinux(major=2, minor=99, architecture=architecture_named(architecture)))
    assert known[0].glibc == oldest
    assert [one.libc for one in known] == sorted(one.libc for one in known)


def test_musl() -> None:
    found = policy("musllinux_1_2_armv7l")
    assert (found.name, found.libc, found.glibc) == ("musllinux_1_2", (1, 2), None)
    assert found.libraries == {"libc.so", "libc.musl-armv7.so.1", "libz.so.1"}
    assert policy("musllinux_1_3_aarch64").libraries == policy("musllinux_1_2_aarch64").libraries
    names = [one.name for one in known_policies(Musllinux(major=1, minor=2, architecture=architecture_named("s390x")))]
    assert names == ["musllinux_1_1", "musllinux_1_2"]


def test_musl_policies_begin_where_the_architecture_does() -> None:
    for architecture in architectures():
        known = known_policies(Musllinux(major=1, minor=2, architecture=architecture))
        first = [] if architecture.oldest_musl == (1, 2) else [(1, 1)]
        assert [policy.libc for policy in known] == [*first, (1, 2)]
        for policy in known:
            Musllinux(major=policy.libc[0], minor=policy.libc[1], architecture=architecture)


def test_other_platforms_have_no_policy() -> None:
    with pytest.raises(UsageError, match="win_amd64 has no policy"):
        policy("win_amd64")


def shipped(family: str = "manylinux") -> list[_Record]:
    text = files("crosswheel.targets").joinpath("data", "policies.json").read_text(encoding="utf-8")
    loaded: list[_Record] = json.loads(text)[family]
    return loaded


def test_the_shipped_policies_do_not_contradict_each_other() -> None:
    for family in ("manylinux", "musllinux"):
        check_records(family, shipped(family))


def test_contradictions_are_told_together() -> None:
    records = copy.deepcopy(shipped())
    strict, lax = records[0], records[1]
    lax["aliases"] = ["manylinux1"]
    lax["libraries"].remove("libc.so.6")
    lax["symbol_versions"]["x86_64"]["GLIBC"].remove("2.5")
    strict["symbol_versions"]["x86_64"]["GLIBC"].append("2.6")
    lax["blacklist"]["libc.so.6"].append("invented")
    with pytest.raises(BadInputError) as raised:
        check_records("manylinux", records)
    told = "\n".join(raised.value.details)
    for problem in (
        "manylinux1 stands twice",
        "manylinux_2_12 has the aliases ['manylinux1']",
        "manylinux_2_5_x86_64 allows GLIBC_2.6",
        "manylinux_2_12 lacks libc.so.6 of manylinux_2_5",
        "manylinux_2_12 lacks GLIBC_2.5 on x86_64 of manylinux_2_5",
        "manylinux_2_12 lacks invented of manylinux_2_5",
    ):
        assert problem in told
    with pytest.raises(BadInputError, match="contradict"):
        check_records("manylinux", shipped()[::-1])


def maker() -> ModuleType:
    path = Path(__file__).parents[2] / "tools" / "make_policies.py"
    spec = spec_from_file_location("make_policies", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_shipped_policies_are_those_of_the_installed_auditwheel() -> None:
    pytest.importorskip("auditwheel", reason="auditwheel is not installed")
    made = maker().made_policies()
    assert {family: shipped(family) for family in made} == made, "run tools/make_policies.py and read what changed"


def test_the_correction_takes_out_what_is_newer_than_the_policy() -> None:
    corrected = maker().corrected_glibc
    assert corrected("GLIBC", ["2.0", "2.17", "2.18", "ABI_DT_RELR"], [2, 17]) == ["2.0", "2.17", "ABI_DT_RELR"]
    assert corrected("GLIBCXX", ["3.4"], [2, 17]) == ["3.4"]


def test_the_differences_between_peps_and_auditwheel_are_those_of_today() -> None:
    pytest.importorskip("auditwheel", reason="auditwheel is not installed")
    made = maker()
    text = files("crosswheel.targets").joinpath("data", "differences.json").read_text(encoding="utf-8")
    assert json.loads(text)["differences"] == made.made_differences(), "run tools/make_policies.py"
    page = Path(__file__).parents[2] / "docs" / "policies.md"
    assert page.read_text(encoding="utf-8") == made.made_page(), "run tools/make_policies.py"


def test_what_was_decided_is_what_the_policies_say() -> None:
    found = known_differences()
    assert {(one.policy, one.version.partition("_")[0]) for one in found} == {
        ("manylinux_2_17", "GLIBC"),
        ("manylinux_2_5", "GLIBCXX"),
        ("manylinux_2_5", "CXXABI"),
    }
    for one in found:
        assert policy(f"{one.policy}_{one.architecture}").allows_version(one.version) == one.allowed
        assert one.pep_allows != one.auditwheel_allows
    (mcount,) = differences_of(policy("manylinux_2_17_aarch64"))
    assert mcount.symbols == {"libc.so.6": ("_mcount",)}
    assert differences_of(policy("manylinux_2_28_aarch64")) == ()
