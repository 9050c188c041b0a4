"""Tags that a wheel may truly carry, and what stands between it and stricter policies."""

from collections.abc import Mapping

from crosswheel.audit import Claims, Report, audit_wheel, read_facts, true_platform_tags
from crosswheel.audit.facts import Depth
from crosswheel.audit.report import proved_platform_tags
from crosswheel.audit.tags import may_be_for_musl
from crosswheel.wheel import read_wheel
from made_wheels import elf_bytes, make_wheel

SUFFIX = ".cpython-311-aarch64-linux-gnu.so"
NEWER = elf_bytes("ext-aarch64.so").replace(b"GLIBC_2.17\0", b"GLIBC_2.33\0").replace(b"malloc\0", b"fstat\0\0")


def report_of(files: Mapping[str, bytes], tags: str) -> Report:
    name = f"x-1.0-{tags}.whl"
    facts = read_facts(read_wheel(make_wheel(files, name=name), name))
    return audit_wheel(facts, Claims.of_wheel(facts.name))


def test_what_stands_between_a_wheel_and_each_stricter_policy() -> None:
    report = report_of({f"x/_ext{SUFFIX}": NEWER}, "cp311-cp311-manylinux_2_34_aarch64")

    assert report.findings == ()
    assert report.claimed == ("manylinux_2_34_aarch64",)
    assert report.platform_tags[0] == "manylinux_2_34_aarch64"
    policies = [blocker.policy for blocker in report.blockers]
    assert policies == [f"manylinux_2_{minor}_aarch64" for minor in (17, 24, 26, 27, 28, 31)]
    for blocker in report.blockers:
        (finding,) = blocker.findings
        assert (finding.code, finding.file, finding.subject) == ("CW105", f"x/_ext{SUFFIX}", "GLIBC_2.33")
        assert "fstat" in finding.reason


def test_nothing_stands_between_a_wheel_and_the_strictest_policy() -> None:
    report = report_of({f"x/_ext{SUFFIX}": elf_bytes("ext-aarch64.so")}, "cp311-cp311-manylinux2014_aarch64")

    assert report.blockers == ()
    assert report.platform_tags[-1] == "linux_aarch64"


def test_a_missing_symbol_takes_away_the_policies_that_lack_it() -> None:
    """arc4random_buf is in glibc since 2.36; a link for an older one leaves it without version."""
    content = elf_bytes("ext-aarch64.so").replace(b"PyModule_Create2\0", b"arc4random_buf\0\0\0")

    report = report_of({f"x/_ext{SUFFIX}": content}, "cp311-cp311-manylinux_2_28_aarch64")

    assert [(finding.code, finding.subject) for finding in report.findings] == [("CW107", "arc4random_buf")]
    assert report.platform_tags[0] == "manylinux_2_36_aarch64"


def test_code_for_two_machines_that_are_both_claimed() -> None:
    files = {"x/a/libone.so": elf_bytes("ext-aarch64.so"), "x/b/libone.so": elf_bytes("ext-s390x.so")}
    both = "manylinux_2_17_aarch64.manylinux2014_aarch64.manylinux_2_17_s390x.manylinux2014_s390x"

    report = report_of(files, f"py3-none-{both}")

    assert report.findings == ()
    assert {"manylinux2014_aarch64", "manylinux2014_s390x"} <= set(report.platform_tags)
    assert report_of(files, "py3-none-manylinux2014_aarch64").platform_tags == ()


def test_a_program_without_libraries_is_for_both_c_libraries() -> None:
    program = elf_bytes("program-aarch64").replace(b"libc.so.6\0", b"libm.so.6\0")
    tags = "manylinux_2_17_aarch64.manylinux2014_aarch64"

    report = report_of({"x/tool": program}, f"py3-none-{tags}")

    assert report.platform_tags[0] == "manylinux_2_17_aarch64"


def test_the_quick_answer_is_the_same() -> None:
    name = "x-1.0-cp311-cp311-manylinux_2_34_aarch64.whl"
    wheel = make_wheel({f"x/_ext{SUFFIX}": NEWER}, name=name)
    facts = read_facts(read_wheel(wheel, name), depth=Depth.TAGS)
    claims = Claims.of_wheel(facts.name)

    assert true_platform_tags(facts, claims) == report_of({f"x/_ext{SUFFIX}": NEWER}, name[6:-4]).platform_tags


def test_errors_warnings_and_notes() -> None:
    content = elf_bytes("ext-aarch64.so").replace(b"PyModule_Create2\0", b"nobody_has_it\0\0\0\0")

    report = report_of({f"x/_ext{SUFFIX}": content, "x/a.py": b"", "x/A.py": b""}, "cp311-cp311-linux_aarch64")

    assert [finding.code for finding in report.errors] == ["CW107"]
    assert [finding.code for finding in report.warnings] == ["CW126"]
    assert report.notes == ()


def test_the_quick_answer_is_the_same_where_symbols_decide() -> None:
    """No symbol version tells that this symbol came with a later musl."""
    name = "x-1.0-cp311-cp311-musllinux_1_1_aarch64.whl"
    module = elf_bytes("ext-aarch64.so").replace(b"libc.so.6\0", b"libc.so\0\0\0").replace(b"malloc\0", b"gettid\0")
    path = "x/_ext.cpython-311-aarch64-linux-musl.so"
    facts = read_facts(read_wheel(make_wheel({path: module}, name=name), name), depth=Depth.SYMBOLS)
    claims = Claims.of_wheel(facts.name)

    assert may_be_for_musl(facts, claims)
    assert true_platform_tags(facts, claims)[0] == "musllinux_1_1_aarch64"
    assert proved_platform_tags(facts, claims) == report_of({path: module}, name[6:-4]).platform_tags
    assert proved_platform_tags(facts, claims)[0] == "musllinux_1_2_aarch64"


def test_more_wrong_rows_than_anybody_reads_are_counted() -> None:
    name = "x-1.0-py3-none-any.whl"
    rows = "".join(f"x/{number}.py,sha256=AAAA,1\n" for number in range(10_100)).encode()
    wheel = make_wheel({"x/__init__.py": b""}, name=name, replaced={"x-1.0.dist-info/RECORD": rows})
    facts = read_facts(read_wheel(wheel, name))

    report = audit_wheel(facts, Claims.of_wheel(facts.name))

    of_record = [finding for finding in report.findings if finding.code == "CW114"]
    assert len(of_record) == 10_001
    missing = len(facts.record_problems) - 10_000
    assert [finding.reason for finding in of_record if not finding.file] == [f"{missing} more rows of RECORD are wrong"]
