"""Shared libraries of the target that a build links come into the wheel, and what that must not be said to be.

Of OpenBLAS, which is linked shared: where Debian's glibc is the target's, with a Fortran runtime that nobody named.
"""

import json
import zipfile
from pathlib import Path

import pytest

from command_line import CommandLine
from crosswheel.elf import parse_elf
from crosswheel.wheel import read_wheel
from tiny_projects import c_module, own_backend_project

pytestmark = [pytest.mark.network, pytest.mark.emulator, pytest.mark.toolchain, pytest.mark.slow]
DOT = """
double cblas_ddot(int, const double *, int, const double *, int);
static double one[] = {1, 2, 3}, other[] = {4, 5, 6};
"""
# The wheel is imported where there is no OpenBLAS: an import that multiplies proves the graft.
BODY = """
if (cblas_ddot(3, one, 1, other, 1) != 32) { PyErr_SetString(PyExc_ImportError, "wrong product"); return NULL; }
"""
LENGTH = 'if (_gfortran_string_len_trim(3, "ab ") != 2) return NULL;'


def blas_project(folder: Path) -> Path:
    return own_backend_project(folder, "product", c_module("product", extra=DOT, body=BODY), flags=("-lopenblas",))


def test_openblas_and_what_it_needs_are_grafted(crosswheel: CommandLine, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build = ("build", blas_project(tmp_path / "product"), "--target", "cp39-manylinux_2_31_aarch64", "--out", out)
    ran = crosswheel(*build, "--native", "libopenblas-dev", "--json")
    assert ran.result["proof_level"] == "imported"
    assert [text.split()[0] for text in ran.result["linked"]] == ["libgfortran5", "libopenblas0-pthread"]
    (wheel,) = out.iterdir()
    assert wheel.name == "product-1.0-cp39-cp39-manylinux_2_31_aarch64.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        files = {name: parse_elf(archive.read(name)) for name in names if ".so" in name}
        document = json.loads(archive.read("product-1.0.dist-info/sboms/crosswheel.cdx.json"))
    openblas, gfortran = sorted(
        (name for name in files if name.startswith("product.libs/")), key=lambda name: "gfortran" in name
    )
    module = files["product.cpython-39-aarch64-linux-gnu.so"]
    assert Path(openblas).name in module.needed
    assert (module.rpath or module.runpath) == "$ORIGIN/product.libs"
    assert files[openblas].soname == Path(openblas).name
    assert Path(gfortran).name in files[openblas].needed
    assert (files[openblas].rpath or files[openblas].runpath) == "$ORIGIN"
    parts = {part["name"]: part for part in document["components"]}
    assert set(parts) == {"libopenblas0-pthread", "libgfortran5"}
    assert parts["libgfortran5"]["purl"].startswith("pkg:deb/debian/libgfortran5@10.2.1-6")
    for name in parts:
        assert f"product-1.0.dist-info/licenses/{name}/copyright" in names
    # Debian's text of libgfortran's licence only names the file in which it is.
    assert "product-1.0.dist-info/licenses/common-licenses/GPL-3" in names
    assert not [text for text in ran.result["warnings"] if "licence" in text]
    with wheel.open("rb") as file:
        reader = read_wheel(file, wheel.name)
        assert {row.path for row in reader.record()} == set(reader.members)


def test_openblas_is_linked_again_for_an_older_glibc(crosswheel: CommandLine, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build = ("build", blas_project(tmp_path / "product"), "--target", "cp39-manylinux2014_aarch64", "--out", out)
    ran = crosswheel(*build, "--native", "libopenblas-dev", "--json")
    assert ran.result["proof_level"] == "imported"
    (wheel,) = out.iterdir()
    assert wheel.name.endswith("-manylinux_2_17_aarch64.manylinux2014_aarch64.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        document = json.loads(archive.read("product-1.0.dist-info/sboms/crosswheel.cdx.json"))
    (graft,) = (name for name in names if name.startswith("product.libs/"))
    assert Path(graft).name.startswith("libopenblas-")
    parts = {part["name"]: {one["name"]: one["value"] for one in part["properties"]} for part in document["components"]}
    archives = {name: Path(told["crosswheel:archive"]).name for name, told in parts.items()}
    assert archives == {
        "libopenblas-pthread-dev": "libopenblasp-r0.3.13.a",
        "libgfortran-12-dev-arm64-cross": "libgfortran.a",
        "libgcc-12-dev-arm64-cross": "libgcc.a",
    }
    assert parts["libopenblas-pthread-dev"]["crosswheel:file"] == graft
    for name in parts:
        assert f"product-1.0.dist-info/licenses/{name}/copyright" in names


def test_a_graft_that_needs_a_newer_glibc_than_the_target(crosswheel: CommandLine, tmp_path: Path) -> None:
    """The compiler pins the glibc of what it makes; what comes from Debian was made for Debian's."""
    source = c_module("lengths", extra="int _gfortran_string_len_trim(int, const char *);", body=LENGTH)
    project = own_backend_project(tmp_path / "lengths", "lengths", source, flags=("-l:libgfortran.so.5",))
    options = ("--target", "cp39-manylinux2014_aarch64", "--native", "libgfortran5")
    message = crosswheel.refused(1, project, *options, out=tmp_path / "out")
    assert "libgfortran.so.5" in message
    assert "GLIBC_2.29" in message
    # Debian's is 2.31: what it links asks for less.
    assert "cp39-manylinux_2_29_aarch64 is the lowest target" in message


def test_a_library_that_the_project_made_and_did_not_pack(crosswheel: CommandLine, tmp_path: Path) -> None:
    library = "pathlib.Path('own.c').write_text('int own_answer(void) { return 42; }')"
    compiled = 'subprocess.run("cc -shared -fPIC -Wl,-soname,libown.so.1 own.c -o libown.so".split(), check=True)'
    source = c_module("owner", extra="int own_answer(void);", body="if (own_answer() != 42) return NULL;")
    project = own_backend_project(
        tmp_path / "owner", "owner", source, flags=("-L.", "-lown"), before=f"{library}; {compiled}"
    )
    target = ("--target", "cp39-manylinux_2_31_aarch64")
    message = crosswheel.refused(1, project, *target, out=tmp_path / "out")
    assert "needs libown.so.1, which was not found" in message
    assert "--native" in message
    assert "--sysroot" not in message
