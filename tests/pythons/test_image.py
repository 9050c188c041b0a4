"""Pythons are copied out of images that podman has; images are made here."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from crosswheel.errors import LackError, UsageError
from crosswheel.process import Processes, SilentReporter
from crosswheel.pythons import FoundPython
from crosswheel.pythons.image import Engines, image_platform, image_python
from crosswheel.store import Store
from crosswheel.targets import Target
from engine import Podman, podman_in
from made_pythons import PROGRAM, made_prefix

pytestmark = pytest.mark.slow
TARGET = Target.parse("cp312-manylinux2014_aarch64")


@pytest.fixture(scope="module")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Podman:
    return podman_in(tmp_path_factory.mktemp("podman"))


@pytest.fixture(scope="module")
def image(podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image laid out as those of manylinux: two Pythons, links that start at its root, compilers."""
    root = tmp_path_factory.mktemp("image") / "root"
    (root / "opt/python").mkdir(parents=True)
    for version, name in (("3.12.4", "python3.12"), ("3.11.9", "python3.11")):
        made_prefix(root / "opt/_internal" / f"cpython-{version}", name=name, version=version)
        tag = f"cp{name.removeprefix('python').replace('.', '')}"
        (root / "opt/python" / f"{tag}-{tag}").symlink_to(f"/opt/_internal/cpython-{version}")
    for unwanted in ("opt/rh/devtoolset/gcc", "usr/share/doc/notes", "etc/shadow", "home/person/secret"):
        (root / unwanted).parent.mkdir(parents=True)
        (root / unwanted).write_text("much")
    (root / "usr/lib64").mkdir(parents=True)
    (root / "lib64").symlink_to("usr/lib64")
    (root / "usr/lib64/libc.so.6").write_bytes((PROGRAM.parent / "user-aarch64.so").read_bytes())
    (root / "usr/lib64/out.so").symlink_to("../../../../../lib64/libc.so.6")
    (root / "lib").mkdir()
    (root / "lib/ld-linux-aarch64.so.1").symlink_to("/lib64/libc.so.6")
    return podman.make_image("small-manylinux:1", root)


def copy(
    reference: str,
    folder: Path,
    variables: Mapping[str, str] | None = None,
    *,
    target: Target = TARGET,
    search_path: str | None = None,
) -> FoundPython:
    engines = Engines(
        processes=Processes(),
        environment={**os.environ, **(variables or {})},
        search_path=search_path if search_path is not None else os.environ["PATH"],
        reporter=SilentReporter(),
    )
    return image_python(reference, target, engines=engines, store=Store(folder / "cache"))


def script(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_the_python_of_opt_python(podman: Podman, image: str, tmp_path: Path) -> None:
    found = copy(image, tmp_path, podman.variables)
    assert found.version == "3.12.4"
    assert found.executable.read_bytes() == PROGRAM.read_bytes()
    assert found.origin.startswith(f"image {image} (")
    root = found.root
    assert root
    assert root.is_relative_to(tmp_path / "cache/images")
    assert found.loader == root / "usr/lib64/libc.so.6"
    assert podman.containers == [], "none stays"
    # What a Python runs with, and nothing else of the image.
    assert sorted(path.name for path in root.iterdir()) == ["lib", "lib64", "opt", "usr"]
    assert [path.name for path in (root / "opt/_internal").iterdir()] == ["cpython-3.12.4"]
    assert not (root / "opt/rh").exists()
    assert not (root / "usr/share").exists()
    assert (root / "usr/lib64/out.so").resolve() == (root / "usr/lib64/libc.so.6").resolve()
    assert [path.suffix for path in (tmp_path / "cache/images").iterdir()] == [""], "the exported file is gone"


def test_the_second_time_nothing_is_copied(podman: Podman, image: str, tmp_path: Path) -> None:
    first = copy(image, tmp_path, podman.variables)
    (first.prefix / "mark").write_text("")
    again = copy(image, tmp_path, podman.variables)
    assert again == first
    assert (again.prefix / "mark").exists()


def test_what_the_image_does_not_have(podman: Podman, image: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"the image {image} has no Python for cp310") as caught:
        copy(image, tmp_path, podman.variables, target=Target.parse("cp310-manylinux2014_aarch64"))
    assert "python3.10 is wanted" in caught.value.why
    assert podman.containers == []


def test_an_image_whose_files_are_for_another_machine(podman: Podman, tmp_path: Path) -> None:
    # As of one that was made with the wrong --platform: what it says of itself is not what is in it.
    made_prefix(tmp_path / "root/usr/local")
    reference = podman.make_image("lying:1", tmp_path / "root", architecture="s390x")
    with pytest.raises(UsageError) as caught:
        copy(reference, tmp_path, podman.variables, target=Target.parse("cp312-manylinux2014_s390x"))
    assert caught.value.why == "its python3.12 is for aarch64"


def test_an_image_that_nobody_has(podman: Podman, tmp_path: Path) -> None:
    with pytest.raises(LackError, match="the image localhost:1/none cannot be had for linux/arm64") as caught:
        copy("localhost:1/none", tmp_path, podman.variables)
    assert any(line.startswith("podman: ") for line in caught.value.details)


def test_docker_without_an_engine_leads_to_podman(podman: Podman, image: str, tmp_path: Path) -> None:
    script(
        tmp_path / "bin",
        "docker",
        "echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' >&2; exit 1",
    )
    (tmp_path / "bin/podman").symlink_to(podman.program)
    assert copy(image, tmp_path, podman.variables, search_path=str(tmp_path / "bin")).version == "3.12.4"
    (tmp_path / "bin/podman").unlink()
    with pytest.raises(LackError, match="cannot be had for linux/arm64") as caught:
        copy(image, tmp_path, podman.variables, search_path=str(tmp_path / "bin"))
    assert caught.value.details == ("docker: Cannot connect to the Docker daemon at unix:///var/run/docker.sock.",)


def test_no_engine_at_all(tmp_path: Path) -> None:
    with pytest.raises(LackError, match="the image some:1 cannot be had") as caught:
        copy("some:1", tmp_path, search_path=str(tmp_path))
    assert "neither docker nor podman" in caught.value.why


@pytest.mark.parametrize(
    ("target", "platform"),
    [
        ("cp312-manylinux2014_x86_64", "linux/amd64"),
        ("cp312-manylinux2014_i686", "linux/386"),
        ("cp312-manylinux2014_armv7l", "linux/arm/v7"),
        ("cp312-manylinux2014_ppc64le", "linux/ppc64le"),
        ("cp312-musllinux_1_2_riscv64", "linux/riscv64"),
    ],
)
def test_platforms(target: str, platform: str) -> None:
    assert image_platform(Target.parse(target)) == platform
