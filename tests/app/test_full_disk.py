"""A disk that is full: the folder for results, the cache, or the folder of a build; each told, none half-written."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from command_line import CommandLine, Ran, as_person, with_index
from loopback import Reply, serving
from tiny_projects import c_module, own_backend_project

TARGET = ("--target", "cp311-manylinux2014_aarch64")


def on_small_disk(command: CommandLine, folder: Path, size: str) -> CommandLine:
    """Return a command line that finds a nearly full disk where `folder` is."""
    folder.mkdir(parents=True, exist_ok=True)
    script = f'mount -t tmpfs -o size={size},mode=777 tmpfs "{folder}" && exec "$@"'
    for options in (["--mount"], ["--user", "--map-root-user", "--mount"]):
        prefix = [str(shutil.which("unshare")), *options, "sh", "-c", script, "sh"]
        try:
            works = subprocess.run([*prefix, "true"], check=False, capture_output=True).returncode == 0
        except FileNotFoundError:
            works = False
        if works:
            return replace(command, prefix=prefix)
    pytest.skip("no disk of a test's own can be mounted here (neither root nor a user namespace)")


def assert_told(ran: Ran) -> None:
    assert ran.status == 3
    assert "  why: " in ran.err
    assert "No space left on device" in ran.err or "the disk is full" in ran.err
    assert "bug in crosswheel" not in ran.err


def test_a_cache_without_room(tmp_path: Path) -> None:
    with serving() as server:
        page = f'<a href="/thing-1.0.tar.gz#sha256={"0" * 64}">thing-1.0.tar.gz</a>'
        server.replies["/simple/thing/"] = Reply(body=page.encode(), headers={"Content-Type": "text/html"})
        server.replies["/thing-1.0.tar.gz"] = Reply(body=os.urandom(1 << 20))
        command = on_small_disk(with_index(tmp_path, f"{server.url}/simple/"), tmp_path / "cache", "200k")
        assert_told(command("build", "thing", *TARGET, "--out", tmp_path / "out", status=3))
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.network
@pytest.mark.emulator
@pytest.mark.toolchain
@pytest.mark.slow
def test_a_folder_for_results_without_room(build_once: Callable[..., tuple[Ran, Path]], tmp_path: Path) -> None:
    arguments = ("kiwisolver==1.4.7", *TARGET)
    build_once("kiwisolver", *arguments)
    out = tmp_path / "out"
    script = f'"$@"; status=$?; ls -A "{out}" >"{tmp_path}/left"; exit $status'
    command = on_small_disk(as_person(tmp_path), out, "64k")
    command = replace(command, prefix=[*command.prefix, "sh", "-c", script, "sh"])
    assert_told(command("build", *arguments, "--out", out, status=3))
    assert (tmp_path / "left").read_text(encoding="utf-8") == ""


@pytest.mark.network
@pytest.mark.emulator
@pytest.mark.toolchain
@pytest.mark.slow
@pytest.mark.parametrize("size", ["4k", "700k", "1m", "2m"])
def test_a_build_without_room(size: str, tmp_path: Path) -> None:
    source = c_module("large", extra="const char table[1 << 20] = {1, 2, 3};", body="if (table[5]) return NULL;")
    project = own_backend_project(tmp_path / "large", "large", source, packed={"large.dat": os.urandom(1 << 15)})
    cache = Path(os.environ["CROSSWHEEL_CACHE"])
    command = on_small_disk(as_person(tmp_path), cache / "work", size)
    assert_told(command("build", project, *TARGET, "--out", tmp_path / "out", status=3))
    assert list((tmp_path / "out").iterdir()) == []
