"""What is said of code that was linked: of the target's packages, and of those of compilers."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from crosswheel.app.linked import what_was_linked
from crosswheel.app.workshop import Workshop
from crosswheel.repair import Linkage, PackageRecords, Tree
from crosswheel.targets import architecture_named
from crosswheel.toolchains.openmp import OPENMP_SOURCE
from crosswheel.toolchains.origins import write_origins

ARM = architecture_named("aarch64")
LIBRARIES = "usr/lib/aarch64-linux-gnu"
CROSS = "usr/lib/gcc-cross/aarch64-linux-gnu/12"
EXPAT = (
    b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: BSD-3-clause\n"
)


def sysroot(folder: Path, packages: dict[tuple[str, str], list[str]]) -> Path:
    """Write a sysroot as the cache has them: files by name and source of their package; return its root."""
    entries = []
    for (name, source), files in packages.items():
        for file in (*files, f"usr/share/doc/{name}/copyright"):
            (folder / "root" / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / "root" / file).write_bytes(EXPAT if file.endswith("copyright") else b"")
        facts = {"name": name, "version": "1-2", "source": source, "architecture": "arm64", "sha256": "ab" * 32}
        entries.append({**facts, "files": files})
    record = {"suite": "bookworm", "glibc": [2, 36], "packages": entries}
    (folder / "sysroot.json").write_text(json.dumps(record), encoding="utf-8")
    return folder / "root"


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    made = Workshop({"CROSSWHEEL_CACHE": str(tmp_path / "cache")})
    yield made
    made.close()


def test_runtimes_are_named_by_the_packages_that_they_were_made_of(workshop: Workshop, tmp_path: Path) -> None:
    target = sysroot(
        tmp_path / "target",
        {
            ("libssl-dev", "openssl"): [f"{LIBRARIES}/libssl.a"],
            ("libopenblas-pthread-dev", "openblas"): [f"{LIBRARIES}/libopenblas.a"],
        },
    )
    cross = sysroot(
        tmp_path / "cross",
        {
            ("libgfortran-12-dev-arm64-cross", "gcc-12-cross"): [f"{CROSS}/libgfortran.a"],
            ("libgcc-12-dev-arm64-cross", "gcc-12-cross"): [f"{CROSS}/libgcc.a", f"{CROSS}/libquadmath.a"],
        },
    )
    made = tmp_path / "made"
    made.mkdir()
    (made / "libopenblas.so.0").write_bytes(b"")
    (made / "libopenblas.so").symlink_to("libopenblas.so.0")
    fortran = [cross / CROSS / name for name in ("libgfortran.a", "libquadmath.a", "libgcc.a")]
    write_origins(made, {"libopenblas.so": [target / LIBRARIES / "libopenblas.a", *fortran]})
    log = tmp_path / "linked"
    log.write_text(f"{target}/{LIBRARIES}/libssl.a\n{made}/libopenblas.so\n{tmp_path}/libown.a\n", encoding="utf-8")

    linked = what_was_linked(workshop, log, PackageRecords(Tree(root=target), ARM))

    assert {package.name: archives for package, archives in linked.packages.items()} == {
        "libssl-dev": (f"{LIBRARIES}/libssl.a",),
        "libgcc-12-dev-arm64-cross": (f"{CROSS}/libgcc.a", f"{CROSS}/libquadmath.a"),
        "libgfortran-12-dev-arm64-cross": (f"{CROSS}/libgfortran.a",),
    }
    told = {one.package.name: one for one in linked.foreign.components if one.package}
    assert {one.linkage for one in told.values()} == {Linkage.STATIC}
    gcc = told["libgcc-12-dev-arm64-cross"]
    assert gcc.licence == "GPL-3.0-or-later WITH GCC-exception-3.1 AND LGPL-2.1-or-later"
    assert gcc.package is not None
    assert gcc.package.purl == "pkg:deb/debian/libgcc-12-dev-arm64-cross@1-2?arch=arm64"
    assert gcc.licence_files == ("licenses/libgcc-12-dev-arm64-cross/copyright",)
    assert set(gcc.licence_files) < set(linked.foreign.licence_texts)
    # The file that is grafted is Debian's archive in another form.
    (origin,) = linked.origins.items()
    assert origin[0] == (made / "libopenblas.so.0").resolve()
    assert (origin[1].package.name, origin[1].licence) == ("libopenblas-pthread-dev", "BSD-3-Clause")
    assert origin[1].archives == (f"{LIBRARIES}/libopenblas.a",)
    assert linked.folders == (made,)


def test_openmp_is_named_by_its_source(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "libomp.so").write_bytes(b"")
    (tmp_path / "LICENSE.TXT").write_bytes(b"The text.")
    (tmp_path / "linked").write_text(f"{tmp_path}/libomp.so\n", encoding="utf-8")

    linked = what_was_linked(workshop, tmp_path / "linked", None)

    origin = linked.origins[tmp_path / "libomp.so"]
    assert origin.package.purl == "pkg:deb/debian/llvm-toolchain-19@1%3A19.1.7-3?arch=source"
    assert origin.package.sha256 == OPENMP_SOURCE.sha256
    assert origin.licence == "Apache-2.0 WITH LLVM-exception"
    assert list(origin.licence_texts.values()) == [b"The text."]
    assert (linked.packages, linked.folders) == ({}, (tmp_path,))


def test_nothing_was_linked(workshop: Workshop, tmp_path: Path) -> None:
    assert what_was_linked(workshop, tmp_path / "linked", None).foreign.components == ()
