"""Real packages, from their sdists, for other machines: what the wheels are, and what is said of them."""

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from command_line import CommandLine, Ran, as_person
from crosswheel.elf import ElfFile, parse_elf
from crosswheel.store import sha256_of
from crosswheel.wheel import read_wheel

Builder = Callable[..., tuple[Ran, Path]]

pytestmark = [pytest.mark.network, pytest.mark.emulator, pytest.mark.toolchain, pytest.mark.slow]
KIWISOLVER = ("kiwisolver==1.4.7", "--target", "cp311-manylinux2014_aarch64")
UAMQP = (
    "uamqp==1.6.11",
    "--target",
    "cp311-manylinux2014_aarch64",
    "--test-command",
    'python -c "import uamqp; assert uamqp.Message(b\\"hi\\").encode_message()"',
)


def auditwheel_policy(wheel: Path) -> str:
    """Return the most compatible platform tag that auditwheel finds for a wheel."""
    shown = subprocess.run(
        [sys.executable, "-m", "auditwheel", "show", wheel], check=True, capture_output=True, text=True
    )
    return shown.stdout.split("platform tag:")[1].split('"')[1] if "platform tag:" in shown.stdout else shown.stdout


def extensions(wheel: Path) -> dict[str, ElfFile]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: parse_elf(archive.read(name)) for name in archive.namelist() if ".so" in name}


def newest_glibc(wheel: Path) -> tuple[int, ...]:
    """Return the newest version of glibc's symbols that a wheel asks for."""
    versions = {
        version
        for elf in extensions(wheel).values()
        for needed in elf.version_needs.values()
        for version in needed
        if version.startswith("GLIBC_")
    }
    assert versions
    return max(tuple(map(int, version.removeprefix("GLIBC_").split("."))) for version in versions)


@pytest.fixture(scope="module")
def kiwisolver(build_once: Builder) -> tuple[Ran, Path]:
    ran, out = build_once("kiwisolver", *KIWISOLVER)
    (wheel,) = out.iterdir()
    return ran, wheel


class TestKiwisolver:
    def test_what_is_said(self, kiwisolver: tuple[Ran, Path]) -> None:
        ran, wheel = kiwisolver
        assert ran.document["schema"] == "crosswheel-build-1"
        assert ran.result["status"] == "built"
        assert ran.result["strategy"] == "hybrid"
        assert ran.result["proof_level"] == "imported"
        assert ran.result["cached"] is False
        assert ran.result["wheel"] == {
            "path": str(wheel),
            "sha256": sha256_of(wheel),
            "size": wheel.stat().st_size,
            "tags": "cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64",
        }
        assert "imported kiwisolver" in ran.log

    def test_the_wheel(self, kiwisolver: tuple[Ran, Path]) -> None:
        _, wheel = kiwisolver
        assert wheel.name == "kiwisolver-1.4.7-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"
        assert wheel.stat().st_size <= 300_000
        with wheel.open("rb") as file:
            reader = read_wheel(file, wheel.name)
            assert {row.path for row in reader.record()} == set(reader.members)
        (extension,) = extensions(wheel)
        assert extension.endswith(".cpython-311-aarch64-linux-gnu.so")
        assert newest_glibc(wheel) <= (2, 17)

    def test_auditwheel_says_the_same(self, kiwisolver: tuple[Ran, Path]) -> None:
        assert auditwheel_policy(kiwisolver[1]) == "manylinux_2_17_aarch64"

    def test_the_second_time_it_is_there_already(self, kiwisolver: tuple[Ran, Path], tmp_path: Path) -> None:
        _, wheel = kiwisolver
        again = as_person(tmp_path)("build", *KIWISOLVER, "--json")
        assert again.result["cached"] is True
        assert (tmp_path / "wheelhouse" / wheel.name).read_bytes() == wheel.read_bytes()
        told = as_person(tmp_path)("build", *KIWISOLVER, "--out", tmp_path / "told")
        (line,) = told.out.splitlines()
        assert line.startswith(wheel.name)
        assert "cached" in line
        assert again.seconds < 5

    def test_without_network_the_same_bytes_are_built_again(
        self, kiwisolver: tuple[Ran, Path], tmp_path: Path, network_cut: Callable[[CommandLine], CommandLine]
    ) -> None:
        _, wheel = kiwisolver
        # Another test command is another build, in another folder: nothing but the cache of downloads is shared.
        command = ("--test-command", 'python -c "import kiwisolver; kiwisolver.Solver()"')
        again = network_cut(as_person(tmp_path))("build", *KIWISOLVER, *command, "--json")
        assert again.result["cached"] is False
        assert again.result["proof_level"] == "tested"
        assert (tmp_path / "wheelhouse" / wheel.name).read_bytes() == wheel.read_bytes()
        assert "does not answer" in again.err
        assert again.seconds < 120


@pytest.fixture(scope="module")
def uamqp(build_once: Builder) -> tuple[Ran, Path]:
    ran, out = build_once("uamqp", *UAMQP)
    (wheel,) = out.iterdir()
    return ran, wheel


class TestUamqp:
    def test_its_test_command_passed(self, uamqp: tuple[Ran, Path]) -> None:
        ran, wheel = uamqp
        assert ran.result["proof_level"] == "tested"
        assert wheel.name == "uamqp-1.6.11-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"
        assert auditwheel_policy(wheel) == "manylinux_2_17_aarch64"

    def test_openssl_is_in_its_bill_of_materials(self, uamqp: tuple[Ran, Path]) -> None:
        ran, wheel = uamqp
        (linked,) = [text for text in ran.result["linked"] if text.startswith("libssl-dev ")]
        version = linked.split()[1]
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
            (sbom,) = [name for name in names if ".dist-info/sboms/" in name]
            (licence,) = [name for name in names if "libssl-dev" in name and ".dist-info/licenses/" in name]
            document = json.loads(archive.read(sbom))
            assert b"OpenSSL" in archive.read(licence)
        component = next(part for part in document["components"] if part["name"] == "libssl-dev")
        assert component["version"] == version
        assert component["purl"].startswith("pkg:deb/debian/libssl-dev@3.")
        assert "arch=arm64" in component["purl"]

    def test_nothing_of_openssl_is_exported(self, uamqp: tuple[Ran, Path]) -> None:
        (elf,) = extensions(uamqp[1]).values()
        assert {symbol.name for symbol in elf.exports} == {"PyInit_c_uamqp"}
        assert not [library for library in elf.needed if "ssl" in library or "crypto" in library]
        assert newest_glibc(uamqp[1]) <= (2, 17)


@pytest.fixture(scope="module")
def numpy(build_once: Builder) -> tuple[Ran, Path]:
    # Its tests of linear algebra, emulated where there is no OpenBLAS but the wheel's: a minute of a processor.
    command = (
        "import numpy, sys; print('solved', numpy.linalg.solve([[3.0, 1.0], [1.0, 2.0]], [9.0, 8.0]).round(9));"
        " sys.exit(not numpy.test(tests=['numpy.linalg']))"
    )
    ran, out = build_once(
        "numpy",
        *("numpy==1.18.5", "--target", "cp39-manylinux_2_31_aarch64", "--native", "libopenblas-dev"),
        *("--test-requires", "pytest<6", "--test-requires", "pytz", "--test-command", f'python -c "{command}"'),
    )
    (wheel,) = out.iterdir()
    return ran, wheel


class TestNumpyWithOpenblas:
    """A release that is older than its Python, with a library that is linked shared and written in Fortran."""

    def test_it_solves_and_its_own_tests_pass(self, numpy: tuple[Ran, Path]) -> None:
        ran, _ = numpy
        assert ran.result["proof_level"] == "tested"
        assert "solved [2. 3.]" in ran.log
        passed = re.search(r"^([0-9]+) passed, .* in [0-9.]+s", ran.log, re.MULTILINE)
        assert passed
        assert int(passed[1]) >= 300  # 303 of 331, less the slow ones

    def test_openblas_and_the_fortran_runtime_are_in_it(self, numpy: tuple[Ran, Path]) -> None:
        ran, wheel = numpy
        assert [text.split()[0] for text in ran.result["linked"]] == ["libgfortran5", "libopenblas0-pthread"]
        files = extensions(wheel)
        grafts = {Path(name).name: elf for name, elf in files.items() if name.startswith("numpy.libs/")}
        assert sorted(name.partition("-")[0] for name in grafts) == ["libgfortran", "libopenblas"]
        using = {name for name, elf in files.items() if not set(elf.needed).isdisjoint(grafts)}
        modules = {Path(name).name.partition(".")[0] for name in using if not name.startswith("numpy.libs/")}
        assert modules == {"_multiarray_umath", "_umath_linalg", "lapack_lite"}
        assert not [needed for elf in files.values() for needed in elf.needed if needed == "libopenblas.so.0"]

    def test_it_is_true_to_its_tag(self, numpy: tuple[Ran, Path]) -> None:
        ran, wheel = numpy
        assert ran.result["warnings"] == []
        assert wheel.name == "numpy-1.18.5-cp39-cp39-manylinux_2_31_aarch64.whl"
        assert (2, 17) < newest_glibc(wheel) <= (2, 31)
        assert auditwheel_policy(wheel) == "manylinux_2_31_aarch64"


def test_contourpy_for_two_pythons(build_once: Builder) -> None:
    ran, out = build_once(
        "contourpy", "contourpy==1.3.3", "--target", "cp311-manylinux_2_28_aarch64,cp313-manylinux_2_28_aarch64"
    )
    assert [result["proof_level"] for result in ran.document["results"]] == ["imported", "imported"]
    assert sorted(wheel.name for wheel in out.iterdir()) == [
        "contourpy-1.3.3-cp311-cp311-manylinux_2_28_aarch64.whl",
        "contourpy-1.3.3-cp313-cp313-manylinux_2_28_aarch64.whl",
    ]
    for wheel in out.iterdir():
        assert newest_glibc(wheel) <= (2, 28)
        tag = auditwheel_policy(wheel).split("_")
        assert tag[0] == "manylinux"
        assert (int(tag[1]), int(tag[2])) <= (2, 28)


def test_markupsafe_for_the_oldest_policy_of_all(build_once: Builder) -> None:
    ran, out = build_once("markupsafe", "markupsafe==3.0.2", "--target", "cp311-manylinux1_x86_64")
    (wheel,) = out.iterdir()
    assert wheel.name.lower() == "markupsafe-3.0.2-cp311-cp311-manylinux_2_5_x86_64.manylinux1_x86_64.whl"
    assert ran.result["proof_level"] == "imported"
    assert newest_glibc(wheel) <= (2, 5)
    assert auditwheel_policy(wheel) == "manylinux_2_5_x86_64"


@pytest.mark.parametrize(
    "target", ["cp39-manylinux2014_aarch64", "cp39-manylinux2014_x86_64", "cp314-manylinux2014_aarch64"]
)
def test_extension_modules_of_other_pythons(crosswheel: CommandLine, tmp_path: Path, target: str) -> None:
    """Of markupsafe, which says nothing and gives a pure wheel where its C code does not compile."""
    # Any age: what is shown is that the Python's headers compile, not how old a mirror's sid is.
    module = ("--test-command", 'python -c "import markupsafe._speedups"')
    build = ("build", "markupsafe==3.0.2", "--target", target, *module, "--out", tmp_path / "o", "--json")
    ran = crosswheel(*build, CROSSWHEEL_DEBIAN_EXPIRED_DAYS="3650")
    assert ran.result["proof_level"] == "tested"
    (wheel,) = (tmp_path / "o").iterdir()
    assert extensions(wheel)
