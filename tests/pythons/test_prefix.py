"""A Python in a folder is taken for what its files say that it is."""

import re
from pathlib import Path

import pytest

from crosswheel.errors import UsageError
from crosswheel.pythons import FoundPython
from crosswheel.pythons.prefix import find_python
from crosswheel.store import Store
from crosswheel.targets import Target
from made_pythons import PROGRAM, made_prefix

TARGET = Target.parse("cp312-manylinux2014_aarch64")
ELF_FILES = PROGRAM.parent


def find(folder: Path, target: Target = TARGET) -> FoundPython:
    store = Store(folder.parent / "cache")
    return find_python(folder, target, store, shown="the folder", origin="a test")


@pytest.mark.parametrize(
    "place", ["", "python", "python/install", "install", "usr/local", "usr", "opt/python/cp312-cp312"]
)
def test_where_it_may_lie(place: str, tmp_path: Path) -> None:
    prefix = made_prefix(tmp_path / "folder" / place)
    found = find(tmp_path / "folder")
    assert found.prefix == prefix
    assert found.executable == prefix / "bin/python3.12"
    assert found.version == "3.12.4"
    assert found.includes == (prefix / "include/python3.12",)
    assert found.root is None
    assert found.glibc == (2, 17)


def test_links_of_an_image_start_at_its_root(tmp_path: Path) -> None:
    root = tmp_path / "folder"
    prefix = made_prefix(root / "opt/_internal/cpython-3.12.4")
    (root / "opt/python").mkdir()
    (root / "opt/python/cp312-cp312").symlink_to("/opt/_internal/cpython-3.12.4")
    made_prefix(root / "usr", version="3.12.1")
    found = find(root)
    assert found.executable == prefix / "bin/python3.12"
    assert found.version == "3.12.4", "that of /opt/python goes before the system's"


def test_a_link_that_leads_round_and_round(tmp_path: Path) -> None:
    (tmp_path / "folder/bin").mkdir(parents=True)
    (tmp_path / "folder/bin/python3.12").symlink_to("python3.12")
    with pytest.raises(UsageError, match="has no Python for cp312"):
        find(tmp_path / "folder")


def test_a_file_system_brings_its_c_library(tmp_path: Path) -> None:
    prefix = made_prefix(tmp_path / "folder/usr")
    (tmp_path / "folder/bin").symlink_to("usr/bin")
    (tmp_path / "folder/lib").mkdir()
    loader = tmp_path / "folder/lib/ld-linux-aarch64.so.1"
    loader.write_bytes(b"")
    (tmp_path / "folder/lib/libc.so.6").write_bytes((ELF_FILES / "user-aarch64.so").read_bytes())
    found = find(tmp_path / "folder")
    assert (found.prefix, found.root, found.loader) == (prefix, tmp_path / "folder", loader)
    # The emulator would follow a link that begins at the root to a file of this machine.
    loader.rename(loader.with_name("true-loader"))
    loader.symlink_to("/lib/true-loader")
    with pytest.raises(UsageError) as caught:
        find(tmp_path / "folder")
    assert "links begin at the root" in caught.value.why


def test_headers_in_debians_two_folders(tmp_path: Path) -> None:
    prefix = made_prefix(tmp_path / "folder")
    multiarch = prefix / "include/aarch64-linux-gnu/python3.12"
    multiarch.mkdir(parents=True)
    (multiarch / "pyconfig.h").write_text("true")
    first, second = find(prefix).includes
    assert first == prefix / "include/python3.12"
    assert (second / "aarch64-linux-gnu/python3.12/pyconfig.h").read_text() == "true"


def test_names_of_old_and_of_free_threaded_pythons(tmp_path: Path) -> None:
    old = made_prefix(
        tmp_path / "old",
        name="python3.7",
        headers="python3.7m",
        version="3.7.16",
        suffix=".cpython-37m-aarch64-linux-gnu.so",
    )
    assert find(old, Target.parse("cp37-manylinux2014_aarch64")).version == "3.7.16"
    threads = made_prefix(
        tmp_path / "free", name="python3.14t", version="3.14.0+", suffix=".cpython-314t-aarch64-linux-gnu.so"
    )
    assert find(threads, Target.parse("cp314t-manylinux2014_aarch64")).version == "3.14.0"
    with pytest.raises(UsageError) as caught:
        find(threads, Target.parse("cp314-manylinux2014_aarch64"))
    assert caught.value.why == "it has python3.14t, and python3.14 is wanted"


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("cp311-manylinux2014_aarch64", "it has python3.12, and python3.11 is wanted"),
        ("cp312-manylinux2014_x86_64", "its python3.12 is for aarch64"),
        ("cp312-manylinux_2_31_riscv64", "its python3.12 is for aarch64"),
        ("cp312-musllinux_1_2_aarch64", "its python3.12 is for glibc"),
    ],
)
def test_one_for_another_target(target: str, why: str, tmp_path: Path) -> None:
    made_prefix(tmp_path / "folder")
    with pytest.raises(
        UsageError, match=f"the folder has no Python for {re.escape(str(Target.parse(target)))}"
    ) as caught:
        find(tmp_path / "folder", Target.parse(target))
    assert caught.value.why == why


def test_what_its_sysconfig_data_say_has_to_fit(tmp_path: Path) -> None:
    made_prefix(tmp_path / "folder", suffix=".cpython-312-arm-linux-gnueabihf.so")
    with pytest.raises(UsageError) as caught:
        find(tmp_path / "folder")
    assert caught.value.why.startswith("its python3.12 has extension modules that end in .cpython-312-arm")


def test_what_is_no_interpreter_or_not_whole(tmp_path: Path) -> None:
    made_prefix(tmp_path / "script", program=b"#!/bin/sh\n")
    with pytest.raises(UsageError, match="has no Python for"):
        find(tmp_path / "script")
    made_prefix(tmp_path / "cut", program=PROGRAM.read_bytes()[:100])
    with pytest.raises(UsageError, match="has no Python for"):
        find(tmp_path / "cut")
    made_prefix(tmp_path / "static", program=(ELF_FILES / "ext-aarch64.so").read_bytes())
    with pytest.raises(UsageError) as caught:
        find(tmp_path / "static")
    assert "linked statically" in caught.value.why
    bare = made_prefix(tmp_path / "bare")
    (bare / "include/python3.12/pyconfig.h").unlink()
    with pytest.raises(UsageError) as caught:
        find(bare)
    assert "has no headers" in caught.value.why
    (bare / "include/python3.12/pyconfig.h").write_text("")
    next(bare.glob("lib/python3.12/_sysconfigdata_*.py")).unlink()
    with pytest.raises(UsageError) as caught:
        find(bare)
    assert "does not tell the suffix" in caught.value.why


def test_its_identity_changes_with_the_interpreter(tmp_path: Path) -> None:
    prefix = made_prefix(tmp_path / "folder")
    before = find(prefix).identity
    assert before == find(prefix).identity
    with (prefix / "bin/python3.12").open("ab") as file:
        file.write(b"\0")
    assert find(prefix).identity != before
