"""Wheels for macOS: what is told of their Mach-O files, and the tags that they may carry."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from crosswheel.audit import Claims, audit_wheel, read_facts
from crosswheel.audit.apple import apple_findings, apple_tags
from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.suffix import suffix_findings
from crosswheel.macho import MachType
from crosswheel.wheel import read_wheel
from made_mach import CATALYST, IOS, built_for, mach, minimum, named, needs, run_path, weakly_needs
from made_wheels import elf_bytes, make_wheel
from make_foreign_files import fat

FILES = Path(__file__).parents[1] / "macho" / "files"
MODULE = "x/_ext.cpython-311-darwin.so"
SYSTEM = needs("/usr/lib/libSystem.B.dylib")


def real(machine: str) -> bytes:
    return (FILES / f"ext-{machine}.so").read_bytes()


def universal() -> bytes:
    return fat({"x86_64": real("x86_64"), "arm64": real("arm64")})


def facts_of(files: Mapping[str, bytes], platform: str, tag: str = "cp311-cp311") -> WheelFacts:
    name = f"x-1.0-{tag}-{platform}.whl"
    return read_facts(read_wheel(make_wheel({"x/__init__.py": b"", **files}, name=name), name))


def told(files: Mapping[str, bytes], platform: str, tag: str = "cp311-cp311") -> list[tuple[str, str, str]]:
    facts = facts_of(files, platform, tag)
    claims = Claims.of_wheel(facts.name)
    findings = [*apple_findings(facts, claims), *suffix_findings(facts, claims)]
    return [(finding.code, finding.file, finding.subject) for finding in findings]


@pytest.mark.parametrize(
    ("content", "platform", "tags"),
    [
        (real("arm64"), "macosx_11_0_arm64", ("macosx_11_0_arm64",)),
        (real("x86_64"), "macosx_10_13_x86_64", ("macosx_10_13_x86_64",)),
        (
            universal(),
            "macosx_10_13_universal2",
            ("macosx_10_13_universal2", "macosx_11_0_arm64", "macosx_10_13_x86_64"),
        ),
        (universal(), "macosx_11_0_arm64", ("macosx_10_13_universal2", "macosx_11_0_arm64", "macosx_10_13_x86_64")),
        (
            fat({"x86_64": mach("x86_64", minimum(10, 9)), "arm64": mach("arm64", built_for(12, 0))}),
            "macosx_12_0_universal2",
            ("macosx_12_0_universal2", "macosx_12_0_arm64", "macosx_10_9_x86_64"),
        ),
        # No tag can name 13.3: numpy's wheels with Accelerate are for 14.0.
        (mach("arm64", built_for(13, 3)), "macosx_14_0_arm64", ("macosx_14_0_arm64",)),
        (mach("x86_64", built_for(10, 16)), "macosx_11_0_x86_64", ("macosx_11_0_x86_64",)),
        (mach("x86_64"), "macosx_10_9_x86_64", ("macosx_10_4_x86_64",)),
    ],
)
def test_a_healthy_wheel_and_its_tags(content: bytes, platform: str, tags: tuple[str, ...]) -> None:
    assert told({MODULE: content}, platform) == []
    facts = facts_of({MODULE: content}, platform)
    assert apple_tags(facts) == tags
    assert audit_wheel(facts, Claims.of_wheel(facts.name)).errors == ()


def test_wheels_of_before_universal2() -> None:
    both = fat({machine: mach(machine, minimum(10, 6)) for machine in ("i386", "x86_64")})

    assert told({"x/_ext.so": both}, "macosx_10_6_intel", "cp27-cp27m") == []
    assert told({"x/_ext.so": mach("x86_64", minimum(10, 6))}, "macosx_10_6_intel", "cp27-cp27m") == [
        ("CW101", "x/_ext.so", "x86_64")
    ]
    tags = apple_tags(facts_of({"x/_ext.so": both}, "macosx_10_6_intel", "cp27-cp27m"))
    assert tags == ("macosx_10_6_intel", "macosx_10_6_x86_64", "macosx_10_6_i386")


@pytest.mark.parametrize(
    ("content", "platform", "subject"),
    [
        (real("x86_64"), "macosx_11_0_arm64", "x86_64"),
        (real("arm64"), "macosx_10_13_universal2", "arm64"),
        (mach("arm64e", built_for(11, 0)), "macosx_11_0_arm64", "arm64e"),
        (mach("arm64", built_for(15, 0, platform=IOS)), "macosx_11_0_arm64", "iOS"),
        (mach("arm64", built_for(11, 0, platform=CATALYST)), "macosx_11_0_arm64", "Mac Catalyst"),
    ],
)
def test_code_that_the_tag_s_macs_do_not_load(content: bytes, platform: str, subject: str) -> None:
    assert ("CW101", MODULE, subject) in told({MODULE: content}, platform)


def test_mach_o_files_in_a_wheel_for_linux_and_elf_files_in_one_for_macos() -> None:
    assert told({"x/libone.dylib": real("arm64")}, "manylinux2014_aarch64") == [("CW101", "x/libone.dylib", "")]
    assert told({"x/tool": mach("arm64", kind=MachType.EXECUTE)}, "manylinux2014_aarch64") == []
    facts = facts_of({"x/lib.so": elf_bytes("ext-aarch64.so")}, "macosx_11_0_arm64")
    report = audit_wheel(facts, Claims.of_wheel(facts.name))
    assert [(finding.code, finding.file) for finding in report.errors] == [("CW101", "x/lib.so")]


def test_libraries_for_one_machine_each_lie_beside_each_other() -> None:
    files = {MODULE: universal(), "x/attach_x86_64.dylib": real("x86_64"), "x/attach_arm64.dylib": real("arm64")}

    assert told(files, "macosx_10_13_universal2") == []
    assert apple_tags(facts_of(files, "macosx_10_13_universal2"))[0] == "macosx_10_13_universal2"


@pytest.mark.parametrize(
    ("content", "platform", "subject"),
    [
        (mach("x86_64", minimum(10, 15)), "macosx_10_9_x86_64", "10.15"),
        (mach("arm64", built_for(12, 1, 2)), "macosx_11_0_arm64", "12.1.2"),
        (mach("arm64", built_for(11, 3)), "macosx_11_0_arm64", "11.3"),
        (fat({"x86_64": real("x86_64"), "arm64": real("arm64")}), "macosx_10_9_universal2", "10.13"),
        (fat({"x86_64": real("x86_64"), "arm64": mach("arm64", built_for(14, 0))}), "macosx_10_13_universal2", "14.0"),
    ],
)
def test_a_newer_macos_than_the_tag_s(content: bytes, platform: str, subject: str) -> None:
    assert told({MODULE: content}, platform) == [("CW131", MODULE, subject)]


@pytest.mark.parametrize(
    ("path", "tag", "code"),
    [
        ("x/_ext.cpython-312-darwin.so", "cp311-cp311", "CW103"),
        ("x/_ext.cpython-313-darwin.so", "cp313-cp313t", "CW103"),
        ("x/_ext.abi3.so", "cp311-cp311", ""),
        ("x/_ext.so", "cp311-cp311", ""),
        ("x/_ext.abi3.so", "cp39-abi3", ""),
        ("x/_ext.cpython-313t-darwin.so", "cp313-cp313t", ""),
        ("x/_ext.cpython-311-darwin.so", "cp39-abi3", "CW103"),
        ("x/_ext.pypy310-pp73-darwin.so", "pp310-pypy310_pp73", ""),
        ("x/_ext.cpython-311-x86_64-linux-gnu.so", "cp311-cp311", "CW102"),
    ],
)
def test_suffixes(path: str, tag: str, code: str) -> None:
    assert [one[0] for one in told({path: real("arm64")}, "macosx_11_0_arm64", tag)] == ([code] if code else [])


def module(*commands: bytes) -> bytes:
    return mach("arm64", built_for(11, 0), SYSTEM, *commands, symbols=("PyInit__ext",))


LIBRARY = mach("arm64", built_for(11, 0), named(0xD, "/DLC/x/.dylibs/liba.dylib"), kind=MachType.LIBRARY)


@pytest.mark.parametrize(
    ("commands", "code"),
    [
        ([needs("/opt/homebrew/lib/liba.dylib")], "CW104"),
        ([needs("@loader_path/.dylibs/libb.dylib")], "CW104"),
        ([needs("@rpath/libb.dylib"), run_path("@loader_path/.dylibs")], "CW104"),
        ([needs("@loader_path/liba.dylib")], "CW134"),
        ([needs("@rpath/liba.dylib")], "CW134"),
        ([needs("@loader_path/.dylibs/liba.dylib")], ""),
        ([needs("@loader_path/../x/.dylibs/liba.dylib")], ""),
        ([needs("@rpath/liba.dylib"), run_path("@loader_path/.dylibs/")], ""),
        ([needs("@rpath/libswiftCore.dylib"), run_path("/usr/lib/swift")], ""),
        ([needs("/System/Library/Frameworks/Accelerate.framework/Versions/A/Accelerate")], ""),
        ([weakly_needs("/usr/local/lib/libmaybe.dylib")], ""),
        ([needs("/Library/Frameworks/Python.framework/Versions/3.11/Python")], "CW125"),
        ([needs("@rpath/libpython3.11.dylib")], "CW125"),
        ([run_path("/opt/homebrew/lib")], "CW112"),
    ],
)
def test_libraries_that_macos_does_not_promise(commands: list[bytes], code: str) -> None:
    files = {MODULE: module(*commands), "x/.dylibs/liba.dylib": LIBRARY}

    assert [one[0] for one in told(files, "macosx_11_0_arm64")] == ([code] if code else [])


def test_a_library_is_found_where_it_is_installed_to() -> None:
    files = {f"x-1.0.data/platlib/{MODULE}": module(needs("@loader_path/../x.dylibs/liba.dylib"))}

    assert [one[0] for one in told(files, "macosx_11_0_arm64")] == ["CW104"]
    assert told({**files, "x.dylibs/liba.dylib": LIBRARY}, "macosx_11_0_arm64") == []


def test_object_files_are_not_loaded() -> None:
    files = {MODULE: real("arm64"), "x/lib.o": mach("x86_64", kind=MachType.OBJECT)}

    assert told(files, "macosx_11_0_arm64") == []
    assert apple_tags(facts_of(files, "macosx_11_0_arm64")) == ("macosx_11_0_arm64",)
    assert apple_tags(facts_of({"x/lib.o": files["x/lib.o"]}, "macosx_11_0_arm64")) == ()
