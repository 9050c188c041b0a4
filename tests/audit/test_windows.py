"""Wheels for Windows: what is told of their PE files, and the tags that they may carry."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from crosswheel.audit import Claims, audit_wheel, read_facts
from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.suffix import suffix_findings
from crosswheel.audit.windows import windows_findings, windows_tags
from crosswheel.pe import PeFile, parse_pe
from crosswheel.wheel import read_wheel
from made_wheels import make_wheel

FILES = Path(__file__).parents[1] / "pe" / "files"
MACHINES = ("win_amd64", "win32", "win_arm64")
MODULE = parse_pe((FILES / "ext-win_amd64.pyd").read_bytes())
PROGRAM = replace(MODULE, is_library=False, initializers=(), needed=())
LIBRARY = replace(MODULE, initializers=(), needed=())


def facts_of(files: Mapping[str, PeFile | str], platform: str, tag: str = "cp311-cp311") -> WheelFacts:
    """Return the facts of a wheel with real modules of the machines named, and with files as values."""
    name = f"x-1.0-{tag}-{platform}.whl"
    real = {path: (FILES / f"ext-{file}.pyd").read_bytes() for path, file in files.items() if isinstance(file, str)}
    facts = read_facts(read_wheel(make_wheel({"x/__init__.py": b"", **real}, name=name), name))
    values = {path: file for path, file in files.items() if isinstance(file, PeFile)}
    return replace(facts, pe_files={**facts.pe_files, **values})


def told(files: Mapping[str, PeFile | str], platform: str, tag: str = "cp311-cp311") -> list[tuple[str, str, str]]:
    facts = facts_of(files, platform, tag)
    claims = Claims.of_wheel(facts.name)
    findings = [*windows_findings(facts, claims), *suffix_findings(facts, claims)]
    return [(finding.code, finding.file, finding.subject) for finding in findings]


@pytest.mark.parametrize("machine", MACHINES)
def test_a_healthy_wheel_and_its_tag(machine: str) -> None:
    files = {f"x/_ext.cp311-{machine}.pyd": machine}

    assert told(files, machine) == []
    facts = facts_of(files, machine)
    assert windows_tags(facts) == (machine,)
    assert audit_wheel(facts, Claims.of_wheel(facts.name)).errors == ()


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("platform", MACHINES)
def test_a_module_of_another_machine(machine: str, platform: str) -> None:
    expected = [] if machine == platform else [("CW101", "x/_ext.pyd", machine)]

    assert told({"x/_ext.pyd": machine}, platform) == expected


def test_modules_of_two_machines_at_once() -> None:
    arm_x, arm_ec = replace(MODULE, architecture="win_arm64x"), replace(MODULE, architecture="win_arm64ec")

    assert told({"x/_ext.pyd": arm_x}, "win_arm64") == []
    assert windows_tags(facts_of({"x/_ext.pyd": arm_x}, "win_arm64")) == ("win_arm64",)
    for platform in ("win_amd64", "win_arm64"):
        assert told({"x/_ext.pyd": arm_ec}, platform) == [("CW101", "x/_ext.pyd", "win_arm64ec")]
    assert windows_tags(facts_of({"x/_ext.pyd": arm_ec}, "win_arm64")) == ()


def test_programs_run_where_their_machine_is_emulated() -> None:
    old = replace(PROGRAM, architecture="win32")
    new = replace(PROGRAM, architecture="win_arm64")

    assert told({"x/tool.exe": old}, "win_amd64") == []
    assert told({"x/tool.exe": old}, "win_arm64") == []
    assert told({"x/tool.exe": new}, "win_amd64") == [("CW101", "x/tool.exe", "win_arm64")]
    assert windows_tags(facts_of({"x/tool.exe": new}, "win_arm64")) == ("win_arm64",)


def test_files_that_name_their_machine_lie_beside_each_other() -> None:
    files: dict[str, PeFile | str] = {
        "x/_ext.pyd": "win_amd64",
        "x/runtimes/win-x86/native/a.dll": replace(LIBRARY, architecture="win32"),
        "x/attach_arm64.dll": replace(LIBRARY, architecture="win_arm64"),
    }

    assert told(files, "win_amd64") == []
    assert windows_tags(facts_of(files, "win_amd64")) == ("win_amd64",)
    # The suffix of a module names the machine, too, and lies.
    assert told({"x/_ext.cp311-win32.pyd": "win32"}, "win_amd64")[0] == ("CW101", "x/_ext.cp311-win32.pyd", "win32")


def test_pe_files_in_a_wheel_for_linux() -> None:
    assert told({"x/_ext.dll": "win_amd64"}, "manylinux2014_x86_64") == [("CW101", "x/_ext.dll", "")]
    assert told({"x/launcher.exe": PROGRAM}, "manylinux2014_x86_64") == []
    assert told({"x/net.dll": replace(LIBRARY, is_managed=True)}, "manylinux2014_x86_64") == []


def test_launchers_in_a_wheel_for_any_platform_are_data() -> None:
    files = {"x/t32.exe": replace(PROGRAM, architecture="win32"), "x/t64.exe": PROGRAM}
    facts = facts_of(files, "any", "py3-none")
    report = audit_wheel(facts, Claims.of_wheel(facts.name))

    assert (report.platform_tags, report.errors) == (("any",), ())
    assert audit_wheel(
        facts_of({"x/a.dll": LIBRARY}, "any", "py3-none"), Claims.of_wheel(facts.name)
    ).platform_tags != ("any",)


def test_code_of_dotnet_is_for_every_machine() -> None:
    managed = replace(LIBRARY, architecture="win32", is_managed=True)

    assert told({"x/net.dll": managed}, "win_amd64") == []
    assert windows_tags(facts_of({"x/net.dll": managed}, "win_amd64")) == ()


@pytest.mark.parametrize(
    ("tag", "linked", "good"),
    [
        ("cp311-cp311", "python311.dll", True),
        ("cp311-cp311", "PYTHON311.DLL", True),
        ("cp311-cp311", "python3.dll", True),
        ("cp311-cp311", "python312.dll", False),
        ("cp311-cp311", "python311_d.dll", False),
        ("cp313-cp313t", "python313t.dll", True),
        ("cp313-cp313t", "python313.dll", False),
        ("cp313-cp313", "python313t.dll", False),
        ("cp39-abi3", "python3.dll", True),
        ("cp39-abi3", "python39.dll", False),
        ("cp315-abi3t", "python3t.dll", True),
        ("cp38.cp39-cp38.cp39", "python39.dll", True),
        ("cp27-cp27m", "python27.dll", True),
        ("cp27-cp27m", "python3.dll", False),
        ("pp310-pypy310_pp73", "libpypy3.10-c.dll", True),
        ("pp310-pypy310_pp73", "python310.dll", False),
        ("pp27-pypy_73", "libpypy-c.dll", True),
        ("cp311-cp311", "libpypy3.10-c.dll", False),
        ("py3-none", "python312.dll", True),
    ],
)
def test_the_python_that_a_module_is_linked_with(tag: str, linked: str, good: bool) -> None:
    files = {"x/_ext.pyd": replace(MODULE, minimum_os=(5, 1), needed=("KERNEL32.dll", linked))}
    expected = [] if good else [("CW125", "x/_ext.pyd", linked)]

    assert [one for one in told(files, "win_amd64", tag) if one[0] == "CW125"] == expected


def test_a_program_may_be_linked_with_any_python() -> None:
    assert told({"x/tool.exe": replace(PROGRAM, needed=("python39.dll",))}, "win_amd64") == []


@pytest.mark.parametrize(
    ("tag", "platform", "minimum", "good"),
    [
        ("cp37-cp37m", "win_amd64", (6, 0), True),
        ("cp37-cp37m", "win_amd64", (6, 2), False),
        ("cp37-abi3", "win_amd64", (10, 0), False),
        ("cp311-cp311", "win_amd64", (6, 3), True),
        ("cp311-cp311", "win_amd64", (10, 0), False),
        ("cp311-cp311", "win_arm64", (10, 0), True),
        ("cp313-cp313", "win_amd64", (10, 0), True),
        ("cp27-cp27m", "win_amd64", (5, 2), True),
        ("pp310-pypy310_pp73", "win_amd64", (10, 0), True),
    ],
)
def test_a_newer_windows_than_the_python_s(tag: str, platform: str, minimum: tuple[int, int], good: bool) -> None:
    file = replace(LIBRARY, architecture=platform, minimum_os=minimum)
    expected = [] if good else [("CW131", "x/a.dll", f"{minimum[0]}.{minimum[1]}")]

    assert told({"x/a.dll": file}, platform, tag) == expected


@pytest.mark.parametrize(
    ("path", "tag", "code"),
    [
        ("x/_ext.cp311-win_amd64.pyd", "cp311-cp311", ""),
        ("x/_ext.pyd", "cp311-cp311", ""),
        ("x/_ext.pyd", "cp39-abi3", ""),
        ("x/_ext.cp313t-win_amd64.pyd", "cp313-cp313t", ""),
        ("x/_ext.cp313-win_amd64.pyd", "cp313-cp313t", "CW103"),
        ("x/_ext.cp312-win_amd64.pyd", "cp311-cp311", "CW103"),
        ("x/_ext.cp311-win32.pyd", "cp311-cp311", "CW102"),
        ("x/_ext.cp36-win_amd64.pyd", "cp36-cp36m", ""),
        ("x/_ext.pypy310-pp73-win_amd64.pyd", "pp310-pypy310_pp73", ""),
        ("x/_ext.pypy-73.pyd", "pp27-pypy_73", ""),
    ],
)
def test_suffixes(path: str, tag: str, code: str) -> None:
    found = told({path: replace(MODULE, needed=(), minimum_os=(5, 1))}, "win_amd64", tag)

    assert [one[0] for one in found] == ([code] if code else [])
