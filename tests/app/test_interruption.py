"""Runs that are ended in the middle: no child goes on, nothing is half there, and the next run works."""

import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from command_line import CommandLine, with_index
from tiny_projects import c_module, own_backend_project

TARGET = ("--target", "cp311-manylinux2014_aarch64")
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
BUILDS = [pytest.mark.network, pytest.mark.emulator, pytest.mark.toolchain, pytest.mark.slow]
# The compiler waits for somebody who writes into it, for ever.
ENDLESS = '#include "pipe.h"'
MAKE_PIPE = 'os.mkfifo("pipe.h")'
# As most builds: one compiler after the other, each one announced.
MANY = (
    "for number in range(10000): print(number, flush=True); "
    'subprocess.run(["cc", "-c", NAME + ".c", "-I" + sysconfig.get_path("include")], check=True)'
)


def processes_of(folder: Path) -> dict[int, str]:
    """Return the processes, whoever's children, whose arguments, environment or folder name a folder."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            about = command + (entry / "environ").read_bytes() + os.fsencode((entry / "cwd").readlink())
            state = (entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
        except OSError:
            continue
        if os.fsencode(folder) in about and state not in {"Z", "X"}:
            found[int(entry.name)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found


def wait_until(holds: Callable[[], object], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A build whose compiler runs."""

    run: subprocess.Popen[str]
    work: Path
    project: Path
    out: Path


def begin(crosswheel: CommandLine, project: Path, out: Path) -> Begun:
    """Start a build and wait until its compiler runs."""
    kept = Path(os.environ["CROSSWHEEL_CACHE"]) / "work"
    run = crosswheel.start("build", project, *TARGET, "--out", out)

    def work_folder() -> Path | None:
        # Other tests build in the same cache at the same time: the project's C file tells whose folder it is.
        named = (path for path in kept.glob(f"*/source/{project.name}.c"))
        return next((path.parents[1] for path in named), None)

    def compiling() -> bool:
        found = work_folder()
        commands = processes_of(found).values() if found else ()
        return any("zig" in command and " cc " in command for command in commands)

    try:
        wait_until(lambda: run.poll() is not None or compiling(), 120, "the compiler runs")
        folder = work_folder()
        assert run.poll() is None, run.communicate()
        assert folder
    except BaseException:
        run.kill()
        raise
    return Begun(run=run, work=folder, project=project, out=out)


def assert_next_build_works(crosswheel: CommandLine, begun: Begun) -> None:
    again = own_backend_project(begun.project, begun.project.name, c_module(begun.project.name))
    crosswheel("build", again, *TARGET, "--out", begun.out, "--no-test")
    assert [path.suffix for path in begun.out.iterdir()] == [".whl"]


@pytest.mark.parametrize("number", SIGNALS, ids=[number.name for number in SIGNALS])
class TestWhileCompiling:
    pytestmark = BUILDS

    def test_nothing_goes_on(self, crosswheel: CommandLine, tmp_path: Path, number: signal.Signals) -> None:
        name = f"endless_{number.name.lower()}_{os.getpid()}"
        project = own_backend_project(tmp_path / name, name, c_module(name, extra=ENDLESS), before=MAKE_PIPE)
        begun = begin(crosswheel, project, tmp_path / "out")
        started = time.monotonic()
        begun.run.send_signal(number)
        try:
            said, told = begun.run.communicate(timeout=30)
        finally:
            begun.run.terminate()
        assert begun.run.returncode == 130
        assert not said
        assert told.splitlines()[-1] == "crosswheel: interrupted"
        assert time.monotonic() - started < 10
        assert processes_of(begun.work) == {}
        assert not begun.work.exists()
        assert list(begun.out.iterdir()) == []
        assert_next_build_works(crosswheel, begun)


class TestKilled:
    pytestmark = BUILDS

    def test_what_it_started_ends_by_itself(self, crosswheel: CommandLine, tmp_path: Path) -> None:
        name = f"many_{os.getpid()}"
        project = own_backend_project(tmp_path / name, name, c_module(name), before=MANY)
        begun = begin(crosswheel, project, tmp_path / "out")
        begun.run.kill()
        begun.run.communicate()
        try:
            wait_until(lambda: not processes_of(begun.work), 20, "all that it started has ended")
        finally:
            for pid in processes_of(begun.work):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        assert list(begun.out.iterdir()) == []
        assert_next_build_works(crosswheel, begun)


@contextlib.contextmanager
def stalling(content: bytes) -> Iterator[tuple[str, threading.Event]]:
    """Serve half of a file and then nothing more; give the address and what tells whether it came that far."""
    stalled, end = threading.Event(), threading.Event()

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n".encode())
                connection.sendall(content[: len(content) // 2])
                stalled.set()
                end.wait(60)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", stalled
        end.set()
        thread.join()


@pytest.mark.parametrize("number", SIGNALS, ids=[number.name for number in SIGNALS])
def test_in_the_middle_of_a_download(tmp_path: Path, number: signal.Signals) -> None:
    content = os.urandom(1 << 20)
    out, files = tmp_path / "out", tmp_path / "cache" / "files"
    with stalling(content) as (server, stalled):
        crosswheel = with_index(tmp_path, f"{server}/simple/", PIP_TIMEOUT="60")
        url = f"{server}/thing-1.0.tar.gz#sha256={hashlib.sha256(content).hexdigest()}"
        run = crosswheel.start("build", url, *TARGET, "--out", out)
        assert stalled.wait(30)
        wait_until(lambda: files.is_dir() and any(files.iterdir()), 10, "it is being written")
        run.send_signal(number)
        try:
            _, told = run.communicate(timeout=30)
        finally:
            run.kill()
    assert run.returncode == 130
    assert told.splitlines()[-1] == "crosswheel: interrupted"
    assert list(out.iterdir()) == []
    assert list(files.iterdir()) == [], "nothing half-written"
