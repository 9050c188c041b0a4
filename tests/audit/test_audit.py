"""For each finding a wheel that has exactly this fault, beside a healthy one that has none."""

import io
from collections.abc import Callable, Mapping

import pytest

from crosswheel.audit import FINDING_KINDS, Finding, Report
from crosswheel.targets import Target
from crosswheel.wheel import read_wheel
from edited_elf import with_alignment, with_executable_stack, with_text_relocations
from made_wheels import EXTENSION, NAME, PYTHON_SYMBOLS, audit_of, elf_bytes, healthy_files, make_wheel

TARGET = Target.parse("cp311-manylinux2014_aarch64")


def report_of(
    files: Mapping[str, bytes],
    *,
    name: str = NAME,
    target: Target = TARGET,
    python_symbols: frozenset[str] = PYTHON_SYMBOLS,
    wheel: io.BytesIO | None = None,
) -> Report:
    return audit_of(read_wheel(wheel or make_wheel(files, name=name), name), target, python_symbols=python_symbols)


def found(report: Report) -> list[tuple[str, str, str]]:
    return [(finding.code, finding.file, finding.subject) for finding in report.findings]


def test_a_healthy_wheel_has_no_finding_and_carries_every_tag() -> None:
    report = report_of(healthy_files())

    assert report.findings == ()
    assert report.platform_tags[:3] == ("manylinux_2_17_aarch64", "manylinux2014_aarch64", "manylinux_2_24_aarch64")
    assert report.platform_tags[-1] == "linux_aarch64"


@pytest.mark.parametrize(
    ("machine", "platform", "triplet"),
    [
        ("x86_64", "manylinux2014_x86_64", "x86_64-linux-gnu"),
        ("i686", "manylinux2014_i686", "i386-linux-gnu"),
        ("s390x", "manylinux2014_s390x", "s390x-linux-gnu"),
        ("ppc64le", "manylinux2014_ppc64le", "powerpc64le-linux-gnu"),
        ("armv7l", "manylinux2014_armv7l", "arm-linux-gnueabihf"),
        ("riscv64", "manylinux_2_31_riscv64", "riscv64-linux-gnu"),
    ],
)
def test_a_healthy_wheel_for_every_machine(machine: str, platform: str, triplet: str) -> None:
    files = {f"x/_ext.cpython-311-{triplet}.so": elf_bytes(f"ext-{machine}.so")}
    target = Target.parse(f"cp311-{platform}")

    report = report_of(files, name=f"x-1.0-cp311-cp311-linux_{machine}.whl", target=target)

    assert report.findings == ()
    assert platform in report.platform_tags


def test_a_library_in_the_wheel_provides_symbols_and_versions() -> None:
    user = "x/_user.cpython-311-aarch64-linux-gnu.so"
    files = {user: elf_bytes("user-aarch64.so"), "x.libs/libone.so.1": elf_bytes("libone.so.1")}

    assert report_of(files).findings == ()
    alone = report_of({user: elf_bytes("user-aarch64.so")})
    assert found(alone) == [("CW104", user, "libone.so.1")]


def test_a_library_in_the_wheel_that_lacks_a_version() -> None:
    user = "x/_user.cpython-311-aarch64-linux-gnu.so"
    newer = elf_bytes("user-aarch64.so").replace(b"ONE_2.0", b"ONE_9.0")

    report = report_of({user: newer, "x.libs/libone.so.1": elf_bytes("libone.so.1")})

    assert found(report) == [("CW107", user, "ONE_9.0")]


def test_code_of_another_machine_also_beside_the_modules() -> None:
    files = {**healthy_files(), "x.libs/libhelp.so": elf_bytes("ext-x86_64.so")}

    report = report_of(files)

    assert ("CW101", "x.libs/libhelp.so", "x86_64") in found(report)
    assert report.platform_tags == ()


def test_a_suffix_of_another_machine() -> None:
    wrong = "x/_cext.cpython-311-x86_64-linux-gnu.so"

    report = report_of({wrong: elf_bytes("ext-aarch64.so")})

    assert found(report) == [("CW102", wrong, ".cpython-311-x86_64-linux-gnu.so")]
    assert ".cpython-311-aarch64-linux-gnu.so" in report.findings[0].reason


def test_a_suffix_of_another_python() -> None:
    wrong = "x/_cext.cpython-312-aarch64-linux-gnu.so"

    assert found(report_of({wrong: elf_bytes("ext-aarch64.so")})) == [
        ("CW103", wrong, ".cpython-312-aarch64-linux-gnu.so")
    ]


def test_modules_for_several_pythons_in_one_wheel() -> None:
    files = {**healthy_files(), "x/_ext.cpython-310-aarch64-linux-gnu.so": elf_bytes("ext-aarch64.so")}

    assert report_of(files).findings == ()


@pytest.mark.parametrize("suffix", [".so", ".abi3.so", ".cpython-311-aarch64-linux-gnu.so"])
def test_suffixes_that_are_imported(suffix: str) -> None:
    assert report_of({f"x/_ext{suffix}": elf_bytes("ext-aarch64.so")}).findings == ()


def test_an_abi3_wheel_with_a_module_of_one_version() -> None:
    report = report_of(healthy_files(), name="x-1.0-cp311-abi3-linux_aarch64.whl")

    assert [finding.code for finding in report.findings] == ["CW103"]
    stable = {"x/_ext.abi3.so": elf_bytes("ext-aarch64.so")}
    assert report_of(stable, name="x-1.0-cp311-abi3-linux_aarch64.whl").findings == ()


def test_a_symbol_version_outside_the_policy() -> None:
    newer = elf_bytes("ext-aarch64.so").replace(b"GLIBC_2.17\0", b"GLIBC_2.33\0").replace(b"malloc\0", b"fstat\0\0")

    report = report_of({EXTENSION: newer})

    assert found(report) == [("CW105", EXTENSION, "GLIBC_2.33")]
    assert "fstat" in report.findings[0].reason
    assert report.platform_tags[0] == "manylinux_2_34_aarch64"
    assert not report_of({EXTENSION: newer}, target=Target.parse("cp311-manylinux_2_34_aarch64")).findings


def test_a_library_outside_the_policy() -> None:
    report = report_of({EXTENSION: elf_bytes("ext-aarch64.so").replace(b"libc.so.6\0", b"libx.so.6\0")})

    assert found(report) == [("CW104", EXTENSION, "libx.so.6")]
    assert report.platform_tags == ("linux_aarch64",)


def test_a_forbidden_symbol() -> None:
    content = elf_bytes("ext-aarch64.so").replace(b"PyModule_Create2\0", b"__issignalingl\0\0\0")

    assert ("CW106", EXTENSION, "__issignalingl") in found(report_of({EXTENSION: content}))


def test_a_forbidden_symbol_that_may_be_absent() -> None:
    """Rust's standard library and libc++ ask weakly for symbols of newer C libraries."""
    content = elf_bytes("ext-aarch64.so").replace(b"weak_one\0", b"gzflags\0\0")
    content = content.replace(b"libc.so.6\0", b"libz.so.1\0").replace(b"GLIBC_2.17", b"ZLIB_1.2.0")

    assert "CW106" not in [finding.code for finding in report_of({EXTENSION: content}).findings]


def test_an_undefined_symbol_that_nothing_provides() -> None:
    report = report_of(healthy_files(), python_symbols=frozenset())

    assert found(report) == [("CW107", EXTENSION, "PyModule_Create2")]
    assert "PyModule_Create2" in report.findings[0].reason
    assert report.platform_tags == ("linux_aarch64",)


def test_a_symbol_of_a_library_that_is_not_asked_for() -> None:
    provider = elf_bytes("libone.so.1").replace(b"one\0", b"Py1\0")
    user = elf_bytes("ext-aarch64.so").replace(b"PyModule_Create2\0", b"Py1\0".ljust(17, b"\0"))

    report = report_of({EXTENSION: user, "x.libs/libone.so.1": provider})

    assert found(report) == [("CW120", EXTENSION, "Py1")]
    assert report.errors == ()


def test_a_symbol_of_a_promised_library_without_versions() -> None:
    content = elf_bytes("ext-aarch64.so").replace(b"PyModule_Create2\0", b"inflateEnd\0".ljust(17, b"\0"))
    asking = content.replace(b"libc.so.6\0", b"libz.so.1\0").replace(b"GLIBC_2.17", b"ZLIB_1.2.0")

    assert found(report_of({EXTENSION: content})) == [("CW107", EXTENSION, "inflateEnd")]
    assert "inflateEnd" not in [finding.subject for finding in report_of({EXTENSION: asking}).findings]


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (with_executable_stack, "CW109"),
        (with_text_relocations, "CW110"),
        (lambda data: with_alignment(data, 4096), "CW111"),
    ],
)
def test_what_a_linker_should_not_leave(edit: Callable[[bytes], bytes], code: str) -> None:
    report = report_of({EXTENSION: edit(elf_bytes("ext-aarch64.so"))})

    assert [(finding.code, finding.file) for finding in report.findings] == [(code, EXTENSION)]


def test_a_run_path_that_leads_outside() -> None:
    user = elf_bytes("user-aarch64.so").replace(b"$ORIGIN/../x.libs", b"/home/me/x/y.libs")
    path = "x/_user.cpython-311-aarch64-linux-gnu.so"

    report = report_of({path: user, "x.libs/libone.so.1": elf_bytes("libone.so.1")})

    assert found(report) == [("CW112", path, "/home/me/x/y.libs"), ("CW134", path, "libone.so.1")]


def test_record_that_is_wrong() -> None:
    wheel = make_wheel(healthy_files(), replaced={"x/__init__.py": b"other", "x/extra.py": b""})

    report = report_of({}, wheel=wheel)

    assert [(finding.code, finding.file) for finding in report.findings] == [
        ("CW114", "x/__init__.py"),
        ("CW114", "x/extra.py"),
    ]


def test_wheel_file_and_file_name_that_disagree() -> None:
    wheel = make_wheel(healthy_files(), tags=["cp311-cp311-linux_x86_64"])

    assert {(finding.code, finding.subject) for finding in report_of({}, wheel=wheel).findings} == {
        ("CW115", "cp311-cp311-linux_aarch64"),
        ("CW115", "cp311-cp311-linux_x86_64"),
    }


@pytest.mark.parametrize("metadata", [b"Name: y\nVersion: 1.0\n", b"Name: x\nVersion: 2\n", b"Name: x\nVersion: no\n"])
def test_metadata_and_file_name_that_disagree(metadata: bytes) -> None:
    wheel = make_wheel(healthy_files(), replaced={"x-1.0.dist-info/METADATA": metadata})

    assert [finding.code for finding in report_of({}, wheel=wheel).findings] == ["CW115", "CW114"]


def test_machine_code_in_a_purelib() -> None:
    wheel = make_wheel(healthy_files(), root_is_purelib=True)

    assert found(report_of({}, wheel=wheel)) == [("CW116", EXTENSION, "")]


def test_machine_code_in_a_wheel_for_any_platform() -> None:
    codes = [finding.code for finding in report_of(healthy_files(), name="x-1.0-py3-none-any.whl").findings]

    assert codes == ["CW103", "CW117"]


def test_damaged_machine_code() -> None:
    files = {**healthy_files(), "x/data.so": elf_bytes("ext-aarch64.so")[:1000]}

    assert [(finding.code, finding.file) for finding in report_of(files).findings] == [("CW118", "x/data.so")]


def test_a_wheel_that_the_target_does_not_accept() -> None:
    report = report_of({"x.py": b""}, name="x-1.0-cp312-none-any.whl")

    assert found(report) == [("CW119", "", "cp312-none-any")]


def test_a_pure_wheel_is_for_any_platform() -> None:
    wheel = make_wheel({"x.py": b""}, name="x-1.0-py3-none-any.whl", root_is_purelib=True)

    report = report_of({}, name="x-1.0-py3-none-any.whl", wheel=wheel)

    assert (report.findings, report.platform_tags) == ((), ("any",))


def test_musl_has_no_symbol_versions_to_prove() -> None:
    target = Target.parse("cp311-musllinux_1_2_aarch64")
    content = (
        elf_bytes("ext-aarch64.so").replace(b"libc.so.6\0", b"libc.so\0\0\0").replace(b"GLIBC_2.17", b"UNKNOWN_17")
    )
    path = "x/_ext.cpython-311-aarch64-linux-musl.so"

    report = report_of({path: content}, target=target)

    assert report.findings == ()
    assert report.platform_tags == ("musllinux_1_1_aarch64", "musllinux_1_2_aarch64", "linux_aarch64")


@pytest.mark.parametrize("platform", ["macosx_11_0_universal2", "win_amd64"])
def test_elf_files_for_a_platform_that_loads_none(platform: str) -> None:
    files = {"x/_ext.so": elf_bytes("ext-aarch64.so")}
    name = f"x-1.0-cp311-cp311-{platform}.whl"

    report = report_of(files, name=name, target=Target.parse(f"cp311-{platform}"))

    assert [(finding.code, finding.file) for finding in report.findings] == [("CW101", "x/_ext.so")]
    assert report.platform_tags == ()


def test_a_damaged_member_is_a_finding() -> None:
    data = make_wheel({"x/data.bin": bytes(range(256))}).getvalue().replace(bytes(range(100, 110)), bytes(10), 1)

    report = report_of({}, wheel=io.BytesIO(data))

    assert [(finding.code, finding.file) for finding in report.findings] == [("CW135", "x/data.bin")]


def test_a_finding_says_what_where_and_how_to_mend() -> None:
    finding = report_of(healthy_files(), python_symbols=frozenset()).findings[0]

    assert str(finding).startswith(f"CW107 {EXTENSION}: the symbol PyModule_Create2 ")
    assert finding.mend == FINDING_KINDS["CW107"].mend
    with pytest.raises(KeyError):
        Finding(code="CW999", file="", reason="")
