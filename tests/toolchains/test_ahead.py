"""Files beside the one that distutils compiles are compiled ahead: into the cache, and nowhere else."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from printing_wrappers import wrappers_in

TARGET = "cp311-manylinux2014_aarch64"
# A zig that notes what it is given; as a compiler it writes nothing.
NOTING = """#!/bin/sh
printf '%s\\n' "$*" >> "{notes}"
"""


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """Return the folder of a build with four files, whose zig notes what it compiles."""
    wrappers_in(tmp_path, TARGET, {"ahead": 2})
    (tmp_path / "zig").write_text(NOTING.format(notes=tmp_path / "notes"), encoding="utf-8")
    folder = tmp_path / "build"
    for name in ("a.c", "b.c", "it's c.c", "d.cpp"):
        source = folder / "src" / name
        source.parent.mkdir(exist_ok=True)
        source.touch()
    (folder / "build/temp.linux-aarch64-cpython-311/src").mkdir(parents=True)
    (folder / "scratch").mkdir()
    return folder


def compile_one(build: Path, source: str, output: str, *options: str) -> None:
    environment = {"PATH": os.defpath, "TMPDIR": str(build / "scratch")}
    wrapper = build.parent / "tools" / "gcc"
    subprocess.run(
        [str(wrapper), "-O2", "-DNAME=1", "-c", source, "-o", output, *options],
        cwd=build,
        env=environment,
        check=True,
        timeout=30,
    )


def noted(build: Path, *, lines: int) -> list[str]:
    """Return what zig was given, once it has been given that much and the work ahead is at its end."""
    notes = build.parent / "notes"
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        said = notes.read_text(encoding="utf-8").splitlines() if notes.exists() else []
        if len(said) >= lines and not any((build / "scratch").iterdir()):
            return said
        time.sleep(0.02)
    raise AssertionError(f"after 20 seconds: {said}")


def test_each_file_beside_is_compiled_the_same_way(build: Path) -> None:
    compile_one(build, "src/a.c", "build/temp.linux-aarch64-cpython-311/src/a.o")
    said = noted(build, lines=3)
    assert sorted(line.partition("-c ")[2].partition(" -o ")[0] for line in said) == [
        "src/a.c",
        "src/b.c",
        "src/it's c.c",
    ]
    options = {line.partition("-c ")[0] for line in said}
    assert len(options) == 1
    assert options.pop().endswith("-O2 -DNAME=1 ")


def test_only_once_and_never_by_what_is_compiled_ahead(build: Path) -> None:
    for name in ("a", "b"):
        compile_one(build, f"src/{name}.c", f"build/temp.linux-aarch64-cpython-311/src/{name}.o")
    assert len(noted(build, lines=4)) == 4


def test_nothing_is_written_beside_the_objects(build: Path) -> None:
    compile_one(build, "src/a.c", "build/temp.linux-aarch64-cpython-311/src/a.o")
    noted(build, lines=3)
    # The mark that says it was done; objects of what the build did not ask for are thrown away.
    assert [path.name for path in (build / "build/temp.linux-aarch64-cpython-311/src").iterdir()] == [".ahead"]


@pytest.mark.parametrize("options", [["-MMD", "-MF", "a.d"], ["--coverage"], ["-save-temps=obj"]])
def test_what_writes_more_than_an_object_is_left_to_the_build(build: Path, options: list[str]) -> None:
    compile_one(build, "src/a.c", "build/temp.linux-aarch64-cpython-311/src/a.o", *options)
    time.sleep(0.3)
    assert len(noted(build, lines=1)) == 1


@pytest.mark.parametrize("output", ["src/a.o", "CMakeFiles/demo.dir/src/a.c.o"])
def test_a_build_that_is_parallel_itself_is_left_alone(build: Path, output: str) -> None:
    (build / output).parent.mkdir(parents=True, exist_ok=True)
    compile_one(build, "src/a.c", output)
    time.sleep(0.3)
    assert len(noted(build, lines=1)) == 1
