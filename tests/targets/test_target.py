import hashlib
import json
import sys
from collections.abc import Mapping
from importlib import machinery
from pathlib import Path
from typing import TypedDict

import pytest
from packaging.tags import sys_tags

from crosswheel.errors import UsageError
from crosswheel.targets import Manylinux, Target, architecture_named


class Recorded(TypedDict):
    pythons: list[str]
    platforms: list[str]
    sha256_of_tags: str
    environment: dict[str, str]
    extension_suffixes: list[str]
    soabi: str


def recorded(name: str) -> Recorded:
    loaded: Recorded = json.loads((Path(__file__).parent / "recorded" / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("name", [path.stem for path in sorted(Path(__file__).parent.glob("recorded/*.json"))])
def test_a_target_says_what_a_real_python_said(name: str) -> None:
    truth, target = recorded(name), Target.parse(name)
    tags = [str(tag) for tag in target.tags()]
    assert list(dict.fromkeys(tag.rpartition("-")[0] for tag in tags)) == truth["pythons"]
    assert list(dict.fromkeys(tag.rpartition("-")[2] for tag in tags)) == truth["platforms"]
    assert hashlib.sha256("\n".join(tags).encode()).hexdigest() == truth["sha256_of_tags"]
    assert target.marker_environment(truth["environment"]["python_full_version"]) == truth["environment"]
    # Debian's 3.13 imports one more, which CPython's own took over in 3.15 only.
    of_debian = [f".abi3-{target.architecture.triplet}.so"] if target.python.version == (3, 13) else []
    assert list(target.extension_suffixes) == [one for one in truth["extension_suffixes"] if one not in of_debian]
    assert target.soabi == truth["soabi"]


def own_target() -> Target | None:
    import platform

    machine, (libc, version) = platform.machine(), platform.libc_ver()
    if sys.platform != "linux" or libc != "glibc" or machine not in {"x86_64", "aarch64"} or sys.maxsize < 2**32:
        return None
    major, minor = version.split(".")[:2]
    Manylinux(major=int(major), minor=int(minor), architecture=architecture_named(machine))
    return Target.parse(
        f"cp{sys.version_info[0]}{sys.version_info[1]}{sys.abiflags}-manylinux_{major}_{minor}_{machine}"
    )


def test_the_tags_and_suffixes_of_this_very_python() -> None:
    target = own_target()
    if target is None:
        pytest.skip("this Python is not one of glibc on x86_64 or aarch64")
    assert list(target.tags()) == list(dict.fromkeys(sys_tags()))
    assert list(target.extension_suffixes) == machinery.EXTENSION_SUFFIXES


def test_a_target_asks_nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    from packaging import tags

    def asked() -> object:
        raise AssertionError("the host was asked")

    monkeypatch.setattr(tags, "platform_tags", asked)
    monkeypatch.setattr(tags, "_cpython_abis", asked)
    monkeypatch.setattr(tags, "_generic_abi", asked)
    for text in (
        "cp311-manylinux1_i686",
        "cp313t-macosx_arm64",
        "pp310-win_amd64",
        "py3-none-any",
        "cp27-manylinux1_i686",
    ):
        assert Target.parse(text).tags()


def test_the_first_and_last_tags_of_manylinux2014() -> None:
    tags = [str(tag) for tag in Target.parse("cp311-manylinux2014_aarch64").tags()]
    assert tags[:3] == [
        "cp311-cp311-linux_aarch64",
        "cp311-cp311-manylinux_2_17_aarch64",
        "cp311-cp311-manylinux2014_aarch64",
    ]
    assert tags[-1] == "py30-none-any"
    assert "cp311-none-any" in tags
    assert not any("2_18" in tag or "2010" in tag or "manylinux1_" in tag for tag in tags)


def test_manylinux_2_17_on_x86_accepts_the_older_policies() -> None:
    tags = Target.parse("cp311-manylinux2014_x86_64").platform_tags()
    assert [tag for tag in tags if tag.startswith("manylinux")][:2] == ["manylinux_2_17_x86_64", "manylinux2014_x86_64"]
    assert {"manylinux2010_x86_64", "manylinux1_x86_64", "manylinux_2_5_x86_64"} <= set(tags)


@pytest.mark.parametrize(
    ("text", "accepted", "refused"),
    [
        (
            "cp313t-win_amd64",
            ["cp313-cp313t-win_amd64", "cp313-none-any"],
            ["cp313-abi3-win_amd64", "cp313-cp313-win_amd64"],
        ),
        ("cp315t-win_amd64", ["cp315-abi3t-win_amd64"], ["cp315-abi3-win_amd64"]),
        (
            "cp311-win_amd64",
            ["cp310-abi3-win_amd64", "cp32-abi3-win_amd64"],
            ["cp312-abi3-win_amd64", "cp310-cp310-win_amd64"],
        ),
        ("cp311-abi3-win32", ["cp311-abi3-win32", "cp310-abi3-win32", "py3-none-any"], ["cp311-cp311-win32"]),
        ("cp315-abi3t-win32", ["cp315-abi3t-win32", "py3-none-win32"], ["cp315-cp315t-win32", "cp315-abi3-win32"]),
        ("cp311-none-any", ["cp311-none-any", "py3-none-any"], ["cp311-abi3-any"]),
        ("py3-none-any", ["py3-none-any"], ["py30-none-any", "py2-none-any"]),
        (
            "pp310-win_amd64",
            ["pp310-pypy310_pp73-win_amd64", "pp3-none-any", "py310-none-any"],
            ["cp310-abi3-win_amd64"],
        ),
        ("cp312-macosx_arm64", ["cp312-cp312-macosx_11_0_arm64", "cp312-abi3-macosx_10_9_universal2"], []),
        ("cp312-macosx_universal2", ["cp312-cp312-macosx_10_13_universal2"], ["cp312-cp312-macosx_10_13_x86_64"]),
        ("cp36-musllinux_x86_64", ["cp36-cp36m-musllinux_1_1_x86_64"], ["cp36-cp36m-manylinux1_x86_64"]),
    ],
)
def test_what_a_target_accepts(text: str, accepted: list[str], refused: list[str]) -> None:
    tags = {str(tag) for tag in Target.parse(text).tags()}
    assert set(accepted) <= tags
    assert not set(refused) & tags


@pytest.mark.parametrize(
    ("text", "suffixes"),
    [
        ("cp27-manylinux1_x86_64", [".so", "module.so"]),
        ("cp27-win32", [".pyd"]),
        ("cp36-manylinux1_i686", [".cpython-36m-i386-linux-gnu.so", ".abi3.so", ".so"]),
        ("cp39-manylinux2014_armv7l", [".cpython-39-arm-linux-gnueabihf.so", ".abi3.so", ".so"]),
        ("cp39-manylinux2014_ppc64le", [".cpython-39-powerpc64le-linux-gnu.so", ".abi3.so", ".so"]),
        ("cp310-musllinux_aarch64", [".cpython-310-aarch64-linux-gnu.so", ".abi3.so", ".so"]),
        ("cp311-musllinux_aarch64", [".cpython-311-aarch64-linux-musl.so", ".abi3.so", ".so"]),
        ("cp311-musllinux_armv7l", [".cpython-311-arm-linux-musleabihf.so", ".abi3.so", ".so"]),
        ("cp313t-manylinux_aarch64", [".cpython-313t-aarch64-linux-gnu.so", ".abi3.so", ".so"]),
        ("cp314t-macosx_arm64", [".cpython-314t-darwin.so", ".abi3.so", ".so"]),
        (
            # As CPython 3.15.0rc2 says itself, in crossenv pull request 165.
            "cp315-manylinux_x86_64",
            [
                ".cpython-315-x86_64-linux-gnu.so",
                ".abi3-x86_64-linux-gnu.so",
                ".abi3.so",
                ".abi3t-x86_64-linux-gnu.so",
                ".abi3t.so",
                ".so",
            ],
        ),
        (
            "cp315t-manylinux_aarch64",
            [".cpython-315t-aarch64-linux-gnu.so", ".abi3t-aarch64-linux-gnu.so", ".abi3t.so", ".so"],
        ),
        ("cp311-abi3-manylinux_aarch64", [".abi3.so", ".so"]),
        ("cp315-abi3-manylinux_aarch64", [".abi3-aarch64-linux-gnu.so", ".abi3.so", ".so"]),
        ("cp311-win_amd64", [".cp311-win_amd64.pyd", ".pyd"]),
        ("cp313t-win_arm64", [".cp313t-win_arm64.pyd", ".pyd"]),
        ("cp311-abi3-win32", [".pyd"]),
        ("pp39-manylinux_x86_64", [".pypy39-pp73-x86_64-linux-gnu.so"]),
        # Those that follow are what published wheels hold: MarkupSafe, yarl, pillow, numpy, gevent.
        ("cp34-cp34m-manylinux1_x86_64", [".cpython-34m.so", ".abi3.so", ".so"]),
        ("cp34-cp34m-macosx_10_6_x86_64", [".abi3.so", ".so"]),
        ("cp34-cp34m-win_amd64", [".pyd"]),
        ("cp35-cp35m-win_amd64", [".cp35-win_amd64.pyd", ".pyd"]),
        ("cp311-macosx_11_0_arm64", [".cpython-311-darwin.so", ".abi3.so", ".so"]),
        ("cp311-macosx_10_9_universal2", [".cpython-311-darwin.so", ".abi3.so", ".so"]),
        ("cp312-manylinux2014_s390x", [".cpython-312-s390x-linux-gnu.so", ".abi3.so", ".so"]),
        ("cp312-manylinux_2_31_riscv64", [".cpython-312-riscv64-linux-gnu.so", ".abi3.so", ".so"]),
        ("cp313-manylinux_2_36_loongarch64", [".cpython-313-loongarch64-linux-gnu.so", ".abi3.so", ".so"]),
        ("cp311-musllinux_1_2_i686", [".cpython-311-i386-linux-musl.so", ".abi3.so", ".so"]),
        ("pp27-manylinux2010_x86_64", [".pypy-73.so"]),
        ("pp27-win_amd64", [".pypy-73.pyd"]),
        ("pp36-pypy36_pp73-manylinux2010_x86_64", [".pypy36-pp73-x86_64-linux-gnu.so"]),
        ("pp36-pypy3_72-manylinux2010_x86_64", [".pypy3-72.so"]),
        ("pp310-macosx_11_0_arm64", [".pypy310-pp73-darwin.so"]),
        ("pp310-win_amd64", [".pypy310-pp73-win_amd64.pyd"]),
        ("py3-none-any", []),
    ],
)
def test_extension_suffixes(text: str, suffixes: list[str]) -> None:
    target = Target.parse(text)
    assert list(target.extension_suffixes) == suffixes
    if suffixes:
        assert target.extension_suffix == suffixes[0]


@pytest.mark.parametrize(
    ("text", "triple"),
    [
        ("cp311-manylinux1_x86_64", "x86_64-linux-gnu.2.5"),
        ("cp311-manylinux2014_aarch64", "aarch64-linux-gnu.2.17"),
        ("cp311-manylinux2014_i686", "x86-linux-gnu.2.17"),
        ("cp311-manylinux2014_armv7l", "arm-linux-gnueabihf.2.17"),
        ("cp311-manylinux2014_ppc64le", "powerpc64le-linux-gnu.2.19"),
        ("cp311-manylinux_2_28_ppc64le", "powerpc64le-linux-gnu.2.28"),
        ("cp311-manylinux_2_31_riscv64", "riscv64-linux-gnu.2.31"),
        ("cp311-musllinux_armv7l", "arm-linux-musleabihf"),
        ("cp311-macosx_arm64", "aarch64-macos.11.0"),
        ("cp311-macosx_x86_64", "x86_64-macos.10.9"),
        ("cp311-win_arm64", "aarch64-windows-gnu"),
    ],
)
def test_zig_triple(text: str, triple: str) -> None:
    assert Target.parse(text).zig_triple == triple


def environment(text: str, version: str) -> Mapping[str, str]:
    return Target.parse(text).marker_environment(version)


def test_markers_of_other_systems() -> None:
    assert environment("cp27-manylinux1_x86_64", "2.7.18")["sys_platform"] == "linux2"
    windows = environment("cp311-win_amd64", "3.11.9")
    assert (windows["os_name"], windows["sys_platform"], windows["platform_machine"]) == ("nt", "win32", "AMD64")
    mac = environment("cp311-macosx_arm64", "3.11.9")
    assert (mac["platform_system"], mac["platform_machine"]) == ("Darwin", "arm64")
    pypy = environment("pp310-manylinux_aarch64", "3.10.14")
    assert (pypy["implementation_name"], pypy["platform_python_implementation"]) == ("pypy", "PyPy")
    assert pypy["implementation_version"] == "7.3"
    assert environment("cp311-none-any", "3.11.9")["platform_machine"] == ""


def test_markers_say_which_version_was_assumed_and_refuse_another() -> None:
    target = Target.parse("cp311-manylinux2014_aarch64")
    assert target.marker_environment()["python_full_version"] == "3.11.0"
    assert target.marker_environment("3.11.0rc1")["implementation_version"] == "3.11.0rc1"
    with pytest.raises(UsageError, match=r"3\.1 is not"):
        target.marker_environment("3.1")
    with pytest.raises(UsageError, match="names no interpreter"):
        Target.parse("py3-none-any").marker_environment()


def test_what_is_written_into_a_wheel() -> None:
    target = Target.parse("cp311-manylinux2014_aarch64")
    assert target.wheel_platform_tag() == "manylinux_2_17_aarch64.manylinux2014_aarch64"
    assert target.wheel_tag() == "cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64"
    assert Target.parse("cp313t-manylinux_2_28_x86_64").wheel_tag() == "cp313-cp313t-manylinux_2_28_x86_64"


def test_what_has_no_machine_says_so() -> None:
    for text in ("py3-none-any", "cp311-macosx_universal2"):
        target = Target.parse(text)
        for ask in ("architecture", "zig_triple"):
            with pytest.raises(UsageError, match="architecture"):
                getattr(target, ask)
    with pytest.raises(UsageError, match="no extension modules"):
        _ = Target.parse("py3-none-any").extension_suffix


@pytest.mark.parametrize(
    ("text", "interpreter"),
    [
        ("cp39-abi3-manylinux2014_aarch64", "cp39-manylinux_2_17_aarch64"),
        ("cp36-abi3-musllinux_s390x", "cp36-musllinux_1_2_s390x"),
        ("cp315-abi3t-win_amd64", "cp315t-win_amd64"),
        ("cp313t-manylinux_aarch64", "cp313t-manylinux_2_28_aarch64"),
        ("pp310-manylinux_aarch64", "pp310-manylinux_2_28_aarch64"),
        ("py3-none-any", "py3-none-any"),
    ],
)
def test_the_interpreter_of_a_target_has_an_abi_of_its_own(text: str, interpreter: str) -> None:
    assert str(Target.parse(text).interpreter) == interpreter
