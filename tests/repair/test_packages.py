"""Which package a library is from, and under which licence."""

import json
import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswheel.repair.licence import licence_of, spdx_expression
from crosswheel.repair.packages import PackageRecords, SystemPackage
from crosswheel.repair.tree import Tree
from crosswheel.targets import architecture_named

ARM = architecture_named("aarch64")
PLACE = PurePosixPath("/usr/lib/aarch64-linux-gnu/libz.so.1.2.13")


def put(root: Path, place: str, text: str) -> None:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def package(name: str, source: str = "") -> SystemPackage:
    return SystemPackage(name=name, version="1:2.3~x+y", source=source or name, architecture="arm64")


def test_a_package_of_dpkg_is_found_by_the_path_ahead_of_merged_usr(tmp_path: Path) -> None:
    put(tmp_path, "var/lib/dpkg/info/zlib1g:arm64.list", "/.\n/lib\n/lib/aarch64-linux-gnu/libz.so.1.2.13\n")
    put(tmp_path, "var/lib/dpkg/info/other.list", "/lib/aarch64-linux-gnu/libz.so.1.2.13.debug\n")
    put(
        tmp_path,
        "var/lib/dpkg/status",
        "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nVersion: 9\n\n"
        "Package: zlib1g\nSource: zlib (1:1.2)\nArchitecture: arm64\nVersion: 1:1.2.13\n",
    )
    put(tmp_path, "etc/os-release", 'NAME=x\nID="ubuntu"\n')
    os.mkfifo(tmp_path / "var/lib/dpkg/info/a-pipe-never-ends.list")

    owner = PackageRecords(Tree(root=tmp_path), ARM).owner(PLACE)

    assert owner is not None
    assert owner.purl == "pkg:deb/ubuntu/zlib1g@1%3A1.2.13?arch=arm64"
    assert owner.source == "zlib"


def test_a_package_of_an_unpacked_sysroot_is_found_by_its_record(tmp_path: Path) -> None:
    entry = {"name": "zlib1g", "version": "1", "source": "zlib", "architecture": "arm64", "sha256": "ab" * 32}
    record = {"suite": "bookworm", "glibc": [2, 36], "packages": [{**entry, "files": [str(PLACE)[1:]]}]}
    put(tmp_path, "sysroot.json", json.dumps(record))
    put(tmp_path, f"root{PLACE}", "")

    records = PackageRecords(Tree(root=tmp_path / "root"), ARM)

    owner = records.owner(PLACE)
    assert owner is not None
    assert (owner.name, owner.sha256) == ("zlib1g", "ab" * 32)
    assert records.owner(PurePosixPath("/usr/lib/libown.so")) is None


def test_licence_texts_come_with_those_that_they_refer_to(tmp_path: Path) -> None:
    put(
        tmp_path,
        "usr/share/doc/real/copyright",
        "see /usr/share/common-licenses/GPL-3 and /usr/share/common-licenses/Odd.",
    )
    put(tmp_path, "usr/share/common-licenses/GPL-3", "the GPL")
    (tmp_path / "usr/share/doc/alias").symlink_to("real")

    texts = PackageRecords(Tree(root=tmp_path), ARM).licence_texts(package("alias"))

    assert texts.found.keys() == {"alias/copyright", "common-licenses/GPL-3"}
    assert texts.found["common-licenses/GPL-3"] == b"the GPL"
    (missing,) = texts.missing
    assert (missing.place, missing.package) == ("/usr/share/common-licenses/Odd", "base-files")


def test_common_licences_that_a_file_system_lacks_are_asked_for(tmp_path: Path) -> None:
    folder = "/usr/share/common-licenses"
    put(tmp_path, "usr/share/doc/real/copyright", f"{folder}/GPL-3, {folder}/LGPL-2.1")
    put(tmp_path, "usr/share/common-licenses/GPL-3", "the GPL")

    records = PackageRecords(Tree(root=tmp_path), ARM, lambda name: f"all of {name}".encode())
    texts = records.licence_texts(package("real"))

    assert texts.found["common-licenses/GPL-3"] == b"the GPL"
    assert texts.found["common-licenses/LGPL-2.1"] == b"all of LGPL-2.1"
    assert texts.missing == ()


def test_a_package_without_its_licence_text_is_told(tmp_path: Path) -> None:
    (missing,) = PackageRecords(Tree(root=tmp_path), ARM).licence_texts(package("bare")).missing

    assert (missing.place, missing.package) == ("/usr/share/doc/bare/copyright", "bare")


@pytest.mark.parametrize(
    ("short", "expression"),
    [
        ("Expat", "MIT"),
        ("BSD-3-clause", "BSD-3-Clause"),
        ("GPL-2+", "GPL-2.0-or-later"),
        ("LGPL-2.1", "LGPL-2.1-only"),
        ("GPL", "GPL-1.0-or-later"),
        ("GPL-2+ or BSD-3-clause", "GPL-2.0-or-later OR BSD-3-Clause"),
        ("GPL-3+ with GCC exception", "GPL-3.0-or-later WITH GCC-exception-3.1"),
        ("GPL-3+ with autoconf exception", ""),
        ("zlib", "Zlib"),
        ("public-domain", ""),
        ("", ""),
    ],
)
def test_short_names_become_spdx(short: str, expression: str) -> None:
    assert spdx_expression(short) == expression


def test_the_licence_is_that_of_most_files() -> None:
    text = (
        b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nSource: x\n\n"
        b"Files: debian/*\nCopyright: me\nLicense: GPL-3+\n\n"
        b"Files: *\nCopyright: you\n     and others\nLicense: BSD-3-clause\n Redistribution is allowed.\n .\n Indeed.\n"
    )
    assert licence_of(package("libopenblas0"), text) == "BSD-3-Clause"
    assert licence_of(package("libold"), b"This package was debianized by me.\n\nFiles: *\nLicense: MIT\n") == ""


def test_gccs_runtime_is_under_its_exception() -> None:
    assert licence_of(package("libgfortran5", "gcc-12"), b"") == "GPL-3.0-or-later WITH GCC-exception-3.1"
    assert licence_of(package("libquadmath0", "gcc-12"), b"") == "LGPL-2.1-or-later"
    cross, folder = package("libgcc-12-dev-i386-cross", "gcc-12-cross"), "usr/lib/gcc-cross/i686-linux-gnu/12"
    assert licence_of(cross, b"", [f"{folder}/libgcc.a"]) == "GPL-3.0-or-later WITH GCC-exception-3.1"
    assert licence_of(cross, b"", [f"{folder}/libquadmath.a"]) == "LGPL-2.1-or-later"
    both = licence_of(cross, b"", [f"{folder}/libgcc.a", f"{folder}/libquadmath.a"])
    assert both == "GPL-3.0-or-later WITH GCC-exception-3.1 AND LGPL-2.1-or-later"


@given(st.binary(max_size=400))
def test_any_text_has_a_licence_or_none(text: bytes) -> None:
    assert isinstance(licence_of(package("x"), b"Format: x\n\nFiles: *\nLicense:" + text), str)


@given(st.text(max_size=100))
def test_any_short_name_is_an_expression_or_none(short: str) -> None:
    assert isinstance(spdx_expression(short), str)
