"""Wheels built with target Pythons from every place: a URL, uv, an image, a folder."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import filelock
import pytest

from command_line import CommandLine, Ran, as_person
from crosswheel.app.target_pythons import target_python
from crosswheel.app.workshop import Workshop
from crosswheel.process import Command
from crosswheel.targets import Target
from engine import podman_in
from loopback import Loopback, Reply, serving
from made_pythons import made_prefix
from relaid_pythons import debian_sysroot, lay_out, pack
from tiny_projects import c_module, own_backend_project

pytestmark = [pytest.mark.network, pytest.mark.emulator, pytest.mark.toolchain, pytest.mark.slow]
TARGET = "cp311-manylinux2014_aarch64"
NAME = "/20260101/cpython-3.11.2%2B20260101-aarch64-unknown-linux-gnu-install_only.tar.gz"


@pytest.fixture(scope="session")
def prefix(shared_folder: Path) -> Path:
    """Debian's Python 3.11 for aarch64, as a standalone build is laid out."""
    folder = shared_folder / "relaid" / "python"
    with filelock.FileLock(shared_folder / "relaid.lock"):
        if not folder.is_dir():
            lay_out(debian_sysroot().path, folder)
    return folder


@pytest.fixture(scope="session")
def archive(prefix: Path) -> bytes:
    return pack(prefix)


@pytest.fixture(scope="session")
def root(prefix: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file system laid out as an image of manylinux: that Python, and the C library of its system."""
    made = tmp_path_factory.mktemp("image") / "root"
    libraries = debian_sysroot().path / "usr/lib"
    (made / "opt/python").mkdir(parents=True)
    (made / "usr/lib/aarch64-linux-gnu").mkdir(parents=True)
    subprocess.run(["cp", "-a", f"{prefix}/.", made / "opt/_internal"], check=True)  # noqa: S607
    (made / "opt/python/cp311-cp311").symlink_to("/opt/_internal")
    (made / "lib").symlink_to("usr/lib")
    for pattern in (
        "libc.so.6",
        "libm.so.6",
        "libdl.so.2",
        "libpthread.so.0",
        "libutil.so.1",
        "librt.so.1",
        "ld-linux*",
    ):
        for library in (libraries / "aarch64-linux-gnu").glob(pattern):
            (made / "usr/lib/aarch64-linux-gnu" / library.name).write_bytes(library.read_bytes())
            (made / "usr/lib/aarch64-linux-gnu" / library.name).chmod(0o755)
    (made / "usr/lib/ld-linux-aarch64.so.1").symlink_to("/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1")
    return made


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as loopback:
        yield loopback


@pytest.fixture
def project(tmp_path: Path) -> Path:
    before = 'import sys, platform; print("driven by", sys.base_prefix, platform.machine())'
    return own_backend_project(tmp_path / "project", "probe", c_module("probe"), before=before)


def build(folder: Path, *sources: str, status: int = 0, variables: Mapping[str, str] | None = None) -> Ran:
    named = [word for source in sources for word in ("--target-python", source)]
    arguments = ("build", folder / "project", "--target", TARGET, *named, "--json", "--out", folder / "out")
    return as_person(folder)(*arguments, status=status, **(variables or {}))


def check(ran: Ran, origin: str, folder: Path) -> str:
    """Check that a wheel was built, with a Python from there, and imported; return the prefix that drove the build."""
    result = ran.result
    assert result["strategy"] == "hybrid"
    assert result["proof_level"] == "imported"
    assert result["python"].startswith(f"3.11.2, {origin}"), result["python"]
    assert result["cached"] is False
    (wheel,) = (folder / "out").iterdir()
    assert wheel.name == "probe-1.0-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"
    (line,) = (line for line in ran.log.splitlines() if line.startswith("driven by "))
    _, _, base, machine = line.split()
    assert machine == "aarch64"
    return base


def test_an_archive_by_url(project: Path, archive: bytes, server: Loopback, tmp_path: Path) -> None:
    assert project.is_dir()
    server.replies[NAME] = Reply(body=archive)
    digest = hashlib.sha256(archive).hexdigest()
    ran = build(tmp_path, f"{server.url}{NAME}#sha256={digest}")
    base = check(ran, "standalone build cpython-3.11.2+20260101-aarch64", tmp_path)
    assert base.startswith(f"{os.environ['CROSSWHEEL_CACHE']}/standalone/")


def test_a_wrong_hash_builds_nothing(project: Path, archive: bytes, server: Loopback, tmp_path: Path) -> None:
    assert project.is_dir()
    server.replies[NAME] = Reply(body=archive)
    ran = build(tmp_path, f"{server.url}{NAME}#sha256={hashlib.sha256(b'').hexdigest()}", "debian", status=1)
    assert "is not what it should be" in ran.err
    assert list((tmp_path / "out").iterdir()) == []


def test_through_uv_from_a_mirror(project: Path, archive: bytes, server: Loopback, tmp_path: Path) -> None:
    assert project.is_dir()
    server.replies[NAME] = Reply(body=archive)
    listed = {
        "cpython-3.11.2-linux-aarch64-gnu": {
            "name": "cpython",
            "arch": {"family": "aarch64", "variant": None},
            "os": "linux",
            "libc": "gnu",
            "major": 3,
            "minor": 11,
            "patch": 2,
            "prerelease": "",
            "url": f"https://github.com/astral-sh/python-build-standalone/releases/download{NAME}",
            "sha256": hashlib.sha256(archive).hexdigest(),
            "variant": None,
            "build": "20260101",
        }
    }
    (tmp_path / "downloads.json").write_text(json.dumps(listed))
    ran = build(
        tmp_path,
        "uv",
        variables={
            "UV_PYTHON_DOWNLOADS_JSON_URL": str(tmp_path / "downloads.json"),
            "UV_PYTHON_INSTALL_MIRROR": server.url,
        },
    )
    base = check(ran, "standalone build cpython-3.11.2-linux-aarch64-gnu, by uv", tmp_path)
    assert base.startswith(f"{os.environ['CROSSWHEEL_CACHE']}/uv-pythons/")


def test_an_image(project: Path, root: Path, tmp_path: Path) -> None:
    assert project.is_dir()
    podman = podman_in(tmp_path)
    reference = podman.make_image("small-manylinux:1", root)
    ran = build(tmp_path, f"image:{reference}", variables=podman.variables)
    base = check(ran, f"image {reference} (", tmp_path)
    assert base.startswith(f"{os.environ['CROSSWHEEL_CACHE']}/images/")
    assert podman.containers == []


def test_a_file_system_in_a_folder(project: Path, root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "root"
    subprocess.run(["cp", "-a", root, copy], check=True)  # noqa: S607
    refused = build(tmp_path, str(copy), status=2).err
    assert "begin at the root" in refused
    (copy / "usr/lib/ld-linux-aarch64.so.1").unlink()
    (copy / "usr/lib/ld-linux-aarch64.so.1").symlink_to("aarch64-linux-gnu/ld-linux-aarch64.so.1")
    # The first folder has no such Python.
    base = check(build(tmp_path, str(project), str(copy)), f"folder {copy}", tmp_path)
    assert base == str(copy / "opt/_internal")


def test_a_prefix_in_a_folder(project: Path, prefix: Path, tmp_path: Path) -> None:
    assert project.is_dir()
    assert check(build(tmp_path, str(prefix)), f"folder {prefix}", tmp_path) == str(prefix)


def test_a_python_with_musl_runs_on_debians(tmp_path: Path) -> None:
    # No Python with musl is to be had here: a program stands for it, which says where it runs.
    source = tmp_path / "program.c"
    source.write_text('#include <stdio.h>\nint main(void) { puts("runs with musl"); return 0; }\n')
    program = tmp_path / "program"
    options = ["-target", "aarch64-linux-musl", "-dynamic", str(source), "-o", str(program)]
    variables = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": str(tmp_path / "zig")}
    subprocess.run([sys.executable, "-m", "ziglang", "cc", *options], check=True, env=variables)
    suffix = ".cpython-312-aarch64-linux-musl.so"
    prefix = made_prefix(tmp_path / "prefix", program=program.read_bytes(), suffix=suffix)
    target = Target.parse("cp312-musllinux_1_2_aarch64")
    workshop = Workshop(os.environ, python_sources=[str(prefix)])
    python = target_python(workshop, target, workshop.emulator(target.architecture))
    assert python.includes == (prefix / "include/python3.12",)
    done = workshop.processes.run(Command(argv=python.command, environment={}, directory=tmp_path), timeout=60)
    assert done.output == "runs with musl\n"


def test_the_list_of_targets_counts_them(crosswheel: CommandLine, tmp_path: Path) -> None:
    made_prefix(tmp_path / "prefix")
    ran = crosswheel("targets", "--json", CROSSWHEEL_TARGET_PYTHON=str(tmp_path / "prefix"))
    states = {state["target"]: state for state in ran.document["targets"]}
    state = states["cp312-manylinux_2_17_aarch64"]
    assert state["strategy"] == "hybrid"
    assert state["python"] == f"3.12.4, folder {tmp_path / 'prefix'}"
    assert state["proof_level"] == "tested"
