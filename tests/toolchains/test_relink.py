"""A shared library that is linked again from its archive, for an older glibc."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from crosswheel.elf import parse_elf
from crosswheel.errors import LackError, RefusedError
from crosswheel.process import Processes
from crosswheel.targets import Target
from crosswheel.toolchains import Toolchain, zig_toolchain
from crosswheel.toolchains.origins import read_origins, write_origins
from crosswheel.toolchains.relink import Relinkable, find_relinkable, relink

SOURCE = """
#include <math.h>
extern double of_the_runtime(double);
double inner(double x) { return exp(x); }
double dgemm_(double x) { return of_the_runtime(inner(x)); }
"""
RUNTIME = "double of_the_runtime(double x) { return x + 1; }"


def test_links_of_alternatives_name_one_archive(tmp_path: Path) -> None:
    (tmp_path / "threads").mkdir()
    for name in ("libopenblas.a", "libopenblas.so"):
        (tmp_path / "threads" / name).write_bytes(b"")
        (tmp_path / name).symlink_to(f"threads/{name}")
    (tmp_path / "threads/libblas.a").symlink_to("libopenblas.a")
    (tmp_path / "libblas.a").symlink_to("threads/libblas.a")
    (tmp_path / "liblapack.a").write_bytes(b"another's")

    found = find_relinkable(tmp_path)

    assert found == Relinkable(
        shared=tmp_path / "threads/libopenblas.so",
        archive=tmp_path / "threads/libopenblas.a",
        names=("openblas", "blas"),
    )


def test_what_has_no_archive_is_not_linked_again(tmp_path: Path) -> None:
    (tmp_path / "libopenblas.so").write_bytes(b"")
    assert find_relinkable(tmp_path) is None


def test_a_damaged_record_is_told(tmp_path: Path) -> None:
    write_origins(tmp_path, {"liba.a": [Path("/one")]})
    assert read_origins(tmp_path / "liba.a") == (Path("/one"),)
    assert read_origins(tmp_path / "libb.a") == (tmp_path / "libb.a",)
    (tmp_path / "made-of.json").write_text("[", encoding="ascii")
    with pytest.raises(LackError, match=r"made-of\.json cannot be read"):
        read_origins(tmp_path / "liba.a")


def zig(toolchain: Toolchain, folder: Path, *words: str) -> None:
    subprocess.run([str(toolchain.zig), *words], cwd=folder, check=True)


@pytest.mark.toolchain
def test_it_exports_the_same_and_asks_for_the_older_glibc(tmp_path: Path) -> None:
    newer = zig_toolchain(Target.parse("cp311-manylinux_2_36_aarch64"), cache=tmp_path / "zig")
    older = zig_toolchain(Target.parse("cp311-manylinux2014_aarch64"), cache=tmp_path / "zig")
    runtime, made = tmp_path / "runtime", tmp_path / "made"
    runtime.mkdir()
    made.mkdir()
    for name, source in (("blas", SOURCE), ("runtime", RUNTIME)):
        (tmp_path / f"{name}.c").write_text(source, encoding="ascii")
        zig(newer, tmp_path, "cc", *newer.target_options, "-O1", "-fPIC", "-c", f"{name}.c", "-o", f"{name}.o")
    zig(newer, tmp_path, "ar", "qcs", "libopenblas.a", "blas.o")
    zig(newer, tmp_path, "ar", "qcs", "runtime/libgfortran.a", "runtime.o")
    write_origins(runtime, {"libgfortran.a": [Path("/debian/libgfortran.a")]})
    # Debian's: dgemm_ is exported, inner is not.
    (tmp_path / "exports.map").write_text("{ global: dgemm_; local: *; };", encoding="ascii")
    words = ("-shared", "-Wl,-soname,libopenblas.so.0", "-Wl,--version-script=exports.map", "blas.o", "runtime.o")
    zig(newer, tmp_path, "cc", *newer.target_options, *words, "-lm", "-o", "libopenblas.so")
    shared = parse_elf((tmp_path / "libopenblas.so").read_bytes())
    assert "GLIBC_2.29" in shared.version_needs["libm.so.6"]
    library = Relinkable(
        shared=tmp_path / "libopenblas.so", archive=tmp_path / "libopenblas.a", names=("openblas", "blas")
    )

    relink(made, older, library, runtime, processes=Processes())

    elf = parse_elf((made / "libopenblas.so.0").read_bytes())
    assert elf.soname == "libopenblas.so.0"
    assert {symbol.name for symbol in elf.exports} == {"dgemm_"} == {symbol.name for symbol in shared.exports}
    assert elf.version_needs["libm.so.6"] == ("GLIBC_2.17",)
    assert not [symbol for symbol in elf.imports if symbol.version is None and not symbol.weak]
    for name in ("libopenblas.so", "libblas.so"):
        assert (made / name).resolve().name == "libopenblas.so.0"
        assert read_origins(made / name) == (library.archive, Path("/debian/libgfortran.a"))

    # An archive that has not all of it, and one that is none.
    zig(newer, tmp_path, "ar", "qcs", "libempty.a", "runtime.o")
    with pytest.raises(RefusedError, match="could not be linked") as told:
        relink(made, older, replace(library, archive=tmp_path / "libempty.a"), runtime, processes=Processes())
    assert "it lacks dgemm_" in told.value.why
    with pytest.raises(RefusedError, match="could not be linked") as told:
        relink(made, older, replace(library, archive=tmp_path / "libgone.a"), runtime, processes=Processes())
    assert told.value.details
