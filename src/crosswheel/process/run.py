"""Starts programs, keeps their output, and ends all of them when it has to."""

import contextlib
import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from crosswheel.errors import LackError, RefusedError
from crosswheel.process.command import Command, Completed

_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
_KEPT = 4 * 1024 * 1024  # bytes of output that are returned; the log has all


class Processes:
    """Every program that one run of crosswheel starts.

    Each program gets a session of its own; `end_all` ends it with everything that it started. On Linux this process adopts
    orphans (a daemon that a build leaves behind), so that they are found and ended too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False
        with contextlib.suppress(OSError, AttributeError):  # not Linux: orphans then belong to init
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def run(
        self,
        command: Command,
        *,
        log: Path | None = None,
        timeout: float | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Completed:
        """Run a program to its end; a non-zero exit status is an answer, not an error.

        Arguments:
            command: what to run.
            log: file that output is appended to as it comes.
            timeout: seconds after which it is ended with all that it started.
            on_line: told each line of output as it comes.

        Raises:
            LackError: the program is not there or cannot be run.
            RefusedError: it took longer than `timeout`.
        """
        begun = time.monotonic()
        with contextlib.ExitStack() as stack:
            sink = stack.enter_context(log.open("ab")) if log else None
            process = self._start(command)
            stack.callback(self._forget, process)
            late = threading.Event()
            if timeout is not None:
                timer = threading.Timer(timeout, _end_late, (process.pid, late))
                timer.start()
                stack.callback(timer.cancel)
            output = _drain(process, sink, on_line)
            returncode = process.wait()
        if late.is_set():
            raise RefusedError(
                f"{Path(command.argv[0]).name} was ended after {timeout:.0f} seconds",
                why="it took longer than it may",
                hint="look at the end of its log for what it was waiting for",
                details=output.splitlines()[-10:],
                log=str(log) if log else None,
            )
        return Completed(returncode=returncode, output=output, seconds=time.monotonic() - begun)

    def end_all(self) -> None:
        """End every program that is running, and everything that they started; start no more."""
        with self._lock:
            self._closed = True
            running = list(self._running)
        for process in running:
            _end_tree(process.pid)

    def _start(self, command: Command) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise RefusedError(f"{Path(command.argv[0]).name} was not started", why="the run is being ended")
            try:
                process = subprocess.Popen(
                    command.argv,
                    env=dict(command.environment),
                    cwd=command.directory,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                raise LackError(
                    f"{command.argv[0]} could not be started",
                    why=error.strerror or str(error),
                    hint="run `crosswheel doctor`: it names what is missing and how to get it",
                ) from error
            self._running.add(process)
            return process

    def _forget(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:  # an exception (Ctrl-C) left the block while it ran
            _end_tree(process.pid)
            process.wait()
        if process.stdout:
            process.stdout.close()
        with self._lock:
            self._running.discard(process)


def _drain(process: subprocess.Popen[bytes], sink: IO[bytes] | None, on_line: Callable[[str], None] | None) -> str:
    assert process.stdout is not None  # noqa: S101 started with a pipe
    kept = bytearray()
    for line in process.stdout:
        if sink:
            sink.write(line)
            sink.flush()
        kept += line
        if len(kept) > 2 * _KEPT:
            del kept[:-_KEPT]
        if on_line:
            on_line(line.decode(errors="replace").rstrip("\n"))
    return kept.decode(errors="replace")


def _end_late(root: int, late: threading.Event) -> None:
    late.set()
    _end_tree(root)


def _end_tree(root: int) -> None:
    """End a process, its session and its descendants: politely, then by force."""
    victims = [root, *_descendants(root)]
    for sent in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(root, sent)
        for pid in victims:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, sent)
        if sent == signal.SIGTERM:
            deadline = time.monotonic() + 2
            while time.monotonic() < deadline and any(_alive(pid) for pid in victims):
                time.sleep(0.02)
            victims = list({*victims, *_descendants(root)})


def _alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[:1] != ["Z"]


def _descendants(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    found: list[int] = []
    waiting = [root]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            found.append(child)
            waiting.append(child)
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = entry.read_text(encoding="ascii", errors="replace").rpartition(")")[2]
        except OSError:  # it ended meanwhile
            continue
        yield int(entry.parent.name), int(after_name.split()[1])
