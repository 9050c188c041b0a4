"""Headers and static libraries of build requirements, where a Python of this machine poses as the target's."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from crosswheel.app.overlay import lay_over
from crosswheel.app.workshop import Workshop
from crosswheel.pythons import Environment
from crosswheel.targets import Target
from made_wheels import make_wheel

TARGET = Target.parse("cp38-manylinux2014_aarch64")
HOST, FOREIGN = "cp38-cp38-manylinux_2_17_x86_64", "cp38-cp38-manylinux_2_28_aarch64"


def place(folder: Path, name: str, files: dict[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(make_wheel(files, name=name).getvalue())


def unpacked(site: Path, name: str, files: dict[str, bytes]) -> None:
    """What an installer leaves of a wheel."""
    with zipfile.ZipFile(make_wheel(files, name=name)) as archive:
        archive.extractall(site)


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "links"), "PIP_CONFIG_FILE": "/dev/null"}
    made = Workshop({"CROSSWHEEL_CACHE": str(tmp_path / "cache"), "UV_NO_CONFIG": "1", **settings})
    (tmp_path / "links").mkdir()
    yield made
    made.close()


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    site = tmp_path / "env/lib/python3.8/site-packages"
    site.mkdir(parents=True)
    return Environment(root=tmp_path / "env", site=site, version="3.8.18")


def test_what_compilers_read_is_the_targets_and_code_stays(
    workshop: Workshop, environment: Environment, tmp_path: Path
) -> None:
    files = {
        "sized/__init__.py": b"HERE",
        "sized/_core.cpython-38-x86_64-linux-gnu.so": b"HERE",
        "sized/include/sized/config.h": b"HERE",
        "sized/lib/libsized.a": b"HERE",
        "sized/lib/pkgconfig/sized.pc": b"HERE",
    }
    unpacked(environment.site, f"sized-1.0-{HOST}.whl", files)
    theirs = {
        "sized/__init__.py": b"THERE",
        "sized/_core.cpython-38-aarch64-linux-gnu.so": b"THERE",
        "sized/include/sized/config.h": b"THERE",
        "sized/include/sized/only_there.h": b"THERE",
        "sized/lib/libsized.a": b"THERE",
        "table.data": b"THERE",
        "sized-1.0.data/platlib/sized/lib/pkgconfig/sized.pc": b"THERE",
    }
    place(tmp_path / "links", f"sized-1.0-{FOREIGN}.whl", theirs)
    place(tmp_path / "links", "sized-1.1-cp38-cp38-manylinux2014_aarch64.whl", {"sized/include/x.h": b"NEWER"})
    looked_at: set[str] = set()
    assert lay_over(workshop, environment, TARGET, looked_at) == ()
    assert looked_at == {"sized 1.0"}
    contents = {
        str(path.relative_to(environment.site)): path.read_bytes()
        for path in (environment.site / "sized").rglob("*")
        if path.is_file()
    }
    assert not (environment.site / "table.data").exists()
    assert contents == {
        "sized/__init__.py": b"HERE",
        "sized/_core.cpython-38-x86_64-linux-gnu.so": b"HERE",
        "sized/include/sized/config.h": b"THERE",
        "sized/include/sized/only_there.h": b"THERE",
        "sized/lib/libsized.a": b"THERE",
        "sized/lib/pkgconfig/sized.pc": b"THERE",
    }


def test_what_has_no_wheel_for_the_target_is_told(workshop: Workshop, environment: Environment, tmp_path: Path) -> None:
    unpacked(environment.site, f"sized-1.0-{HOST}.whl", {"sized/config.h": b"HERE"})
    place(tmp_path / "links", "sized-1.0-cp38-cp38-manylinux2014_armv7l.whl", {"sized/config.h": b"ELSEWHERE"})
    (told,) = lay_over(workshop, environment, TARGET, set())
    assert told.startswith("sized 1.0 has no wheel for cp38-manylinux_2_17_aarch64: ")
    assert (environment.site / "sized/config.h").read_bytes() == b"HERE"


def test_nobody_is_asked_for_what_has_nothing_to_read_or_is_the_same_everywhere(
    workshop: Workshop, environment: Environment
) -> None:
    unpacked(environment.site, f"compiled-1.0-{HOST}.whl", {"compiled/_core.so": b"HERE"})
    unpacked(environment.site, "headers-1.0-py3-none-any.whl", {"headers/all.h": b"EVERYWHERE"})
    unpacked(environment.site, "program-1.0-py3-none-manylinux_2_17_x86_64.whl", {"program/template.h": b"HERE"})
    (environment.site / "program-1.0.dist-info/entry_points.txt").write_text("[console_scripts]\n")
    unpacked(environment.site, f"seen-1.0-{HOST}.whl", {"seen/config.h": b"HERE"})
    looked_at = {"seen 1.0"}
    assert lay_over(workshop, environment, TARGET, looked_at) == ()
    assert looked_at == {"seen 1.0", "compiled 1.0", "headers 1.0", "program 1.0"}
