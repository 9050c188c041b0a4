"""Wheels that look right and are not, compiled as a careless build would, each beside its healthy twin."""

import io
from dataclasses import dataclass
from pathlib import Path

import pytest

from crosswheel.audit import Report
from crosswheel.targets import Target
from crosswheel.wheel import read_wheel
from made_wheels import PYTHON_SYMBOLS, audit_of, make_wheel
from make_elf_files import OPTIONS, compile_c

pytestmark = pytest.mark.toolchain

MODULE = """
__attribute__((visibility("default"))) int number = 1;
__attribute__((visibility("default"))) void *PyInit__ext(void) { return (void *)(long)work(number); }
"""
# What bookworm's libexpat.a does: its configure found arc4random_buf in glibc 2.36.
ENTROPY = """
extern void arc4random_buf(void *, unsigned long);
int work(int n) { arc4random_buf(&n, sizeof n); return n; }
"""
# What trixie's libcrypto.a does: headers of glibc 2.38 rename strtol.
PARSING = """
extern long __isoc23_strtol(const char *, char **, int);
int work(int n) { return n + __isoc23_strtol("1", 0, 10); }
"""
PLAIN_PARSING = '#include <stdlib.h>\nint work(int n) { return n + strtol("1", 0, 10); }\n'
SCANNING = '#include <stdio.h>\nint work(int n) { sscanf("1", "%d", &n); return n; }\n'
SCANNING_MENDED = "#define _GNU_SOURCE\n" + SCANNING
SUM = "int work(int n) { return n + 1; }\n"
INDEX = "int table[4] = {1, 2, 3, 4};\nint work(int n) { return table[n]; }\n"
SWITCH = "int work(int n) { switch (n) { case 1: return 2; } __builtin_unreachable(); }\n"
AARCH64, X86_64_OLD = "aarch64-linux-gnu.2.17", "x86_64-linux-gnu.2.5"
MODERN = Target.parse("cp311-manylinux2014_aarch64")
OLD = Target.parse("cp311-manylinux1_x86_64")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """An extension module and the wheel that it is in."""

    path: str
    wheel: io.BytesIO
    name: str
    target: Target

    @property
    def report(self) -> Report:
        """The audit of that wheel."""
        return audit_of(read_wheel(self.wheel, self.name), self.target, python_symbols=PYTHON_SYMBOLS)


class Compile:
    """Compiles C into an extension module in a wheel."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self, source: str, *options: str, target: Target = MODERN, suffix: str | None = None, triple: str | None = None
    ) -> Compiled:
        output = self.folder / "ext.so"
        compile_c(source + MODULE, output, "-fPIC", *options, triple=triple or target.zig_triple)
        path = f"x/_ext{suffix or target.extension_suffix}"
        name = f"x-1.0-cp311-cp311-linux_{target.architecture}.whl"
        return Compiled(path=path, wheel=make_wheel({path: output.read_bytes()}, name=name), name=name, target=target)


@pytest.fixture
def compiled(tmp_path: Path) -> Compile:
    return Compile(tmp_path)


@pytest.mark.parametrize(
    ("source", "symbol"), [(ENTROPY, "arc4random_buf"), (PARSING, "__isoc23_strtol")], ids=["expat", "crypto"]
)
def test_code_made_for_a_newer_glibc(compiled: Compile, source: str, symbol: str) -> None:
    wheel = compiled(source, *OPTIONS)

    report = wheel.report

    assert [(finding.code, finding.file, finding.subject) for finding in report.errors] == [
        ("CW107", wheel.path, symbol)
    ]
    assert symbol in str(report.errors[0])
    assert wheel.path in str(report.errors[0])
    assert not set(report.platform_tags) & set(MODERN.platform.wheel_tag().split("."))


def test_the_same_code_made_for_the_right_glibc(compiled: Compile) -> None:
    assert compiled(PLAIN_PARSING, *OPTIONS).report.findings == ()


def test_sscanf_for_glibc_2_5(compiled: Compile) -> None:
    wheel = compiled(SCANNING, *OPTIONS, target=OLD)

    assert [(finding.code, finding.file, finding.subject) for finding in wheel.report.errors] == [
        ("CW107", wheel.path, "__isoc99_sscanf")
    ]


def test_sscanf_for_glibc_2_5_mended(compiled: Compile) -> None:
    report = compiled(SCANNING_MENDED, *OPTIONS, "-std=gnu89", target=OLD).report

    assert report.findings == ()
    assert report.platform_tags[:2] == ("manylinux_2_5_x86_64", "manylinux1_x86_64")


def test_a_suffix_of_the_build_machine(compiled: Compile) -> None:
    wheel = compiled(SUM, *OPTIONS, suffix=".cpython-311-x86_64-linux-gnu.so")

    assert [(finding.code, finding.file) for finding in wheel.report.errors] == [("CW102", wheel.path)]


def test_code_of_the_build_machine(compiled: Compile) -> None:
    wheel = compiled(SUM, *OPTIONS, triple=X86_64_OLD)

    assert ("CW101", wheel.path, "x86_64") in [
        (finding.code, finding.file, finding.subject) for finding in wheel.report.errors
    ]


@pytest.mark.parametrize("source", [SUM, INDEX, SWITCH], ids=["sum", "index", "switch"])
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-s",),
        ("-s", "-ffunction-sections", "-Wl,--gc-sections"),
        ("-O2", "-s", "-fsanitize=undefined", "-fno-sanitize-trap=undefined"),
    ],
    ids=["plain", "stripped", "collected", "optimized"],
)
def test_a_sanitizer_left_in(compiled: Compile, source: str, options: tuple[str, ...]) -> None:
    wheel = compiled(source, *options)

    assert ("CW108", wheel.path) in [(finding.code, finding.file) for finding in wheel.report.errors]


@pytest.mark.parametrize("options", [("-s", "-fno-sanitize=undefined"), ("-s", "-O2")], ids=["turned off", "optimized"])
@pytest.mark.parametrize("source", [SUM, INDEX], ids=["sum", "index"])
def test_no_sanitizer(compiled: Compile, source: str, options: tuple[str, ...]) -> None:
    assert compiled(source, *options).report.findings == ()


def test_a_module_that_was_not_stripped(compiled: Compile) -> None:
    report = compiled(SUM, "-O2").report

    assert [finding.code for finding in report.warnings] == ["CW113"]
    assert report.errors == ()


def test_a_library_of_somebody_elses_system(compiled: Compile, tmp_path: Path) -> None:
    library = tmp_path / "libfoo.so.3"
    compile_c("int foo(int n) { return n; }", library, *OPTIONS, "-Wl,-soname,libfoo.so.3")
    wheel = compiled("extern int foo(int);\nint work(int n) { return foo(n); }\n", *OPTIONS, str(library))

    # What that library exports nobody knows.
    assert [(finding.code, finding.subject) for finding in wheel.report.errors] == [("CW104", "libfoo.so.3")]


@pytest.mark.parametrize(
    ("option", "code"),
    [("-Wl,-z,max-page-size=4096", "CW111"), ("-Wl,-rpath,/home/me/lib", "CW112")],
)
def test_what_a_linker_is_told(compiled: Compile, option: str, code: str) -> None:
    assert [finding.code for finding in compiled(SUM, *OPTIONS, option).report.findings] == [code]
