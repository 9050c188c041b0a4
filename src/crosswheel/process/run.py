"""Starts programs, keeps their output, and ends all of them when it has to."""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from crosswheel.errors import LackError, RefusedError
from crosswheel.process.command import Command, Completed
from crosswheel.process.ending import MARK, adopt_orphans, end_orphans, end_tree

_KEPT = 4 * 1024 * 1024  # bytes of output that are returned; the log has all
_CHUNK = 1 << 16  # bytes of a line that has no end
_GRACE = 1.0  # seconds that those whom a program left behind may go on writing


class Processes:
    """Every program that one run of crosswheel starts.

    Each program gets a session of its own; when it ends, or is ended, everything that it started ends too. On Linux
    this process adopts orphans (a daemon that a build leaves behind), so that they are found.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False
        adopt_orphans()

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
            command: what to run; it sees the variable CROSSWHEEL_CHILD besides its environment.
            log: file that output is appended to as it comes.
            timeout: seconds after which it is ended with all that it started.
            on_line: told each line of output as it comes.

        Raises:
            LackError: the program is not there or cannot be run, or the log cannot be written.
            RefusedError: it took longer than `timeout`.
        """
        begun = time.monotonic()
        late = threading.Event()
        with contextlib.ExitStack() as stack:
            sink = stack.enter_context(_open_log(log)) if log else None
            process = self._start(command)
            stack.callback(self._forget, process)
            pipe = _pipe_of(process)
            if timeout is not None:
                timer = threading.Timer(timeout, _end_late, (process.pid, pipe, late))
                timer.daemon = True
                timer.start()
                stack.callback(timer.cancel)
            drained = threading.Event()
            stack.callback(drained.set)
            threading.Thread(target=_end_stragglers, args=(process.pid, pipe, drained), daemon=True).start()
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
        enders = [threading.Thread(target=_end_process, args=(process,)) for process in running]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join()
        end_orphans({process.pid for process in running})

    def _start(self, command: Command) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise RefusedError(f"{Path(command.argv[0]).name} was not started", why="the run is being ended")
            try:
                process = subprocess.Popen(
                    command.argv,
                    env={**command.environment, MARK: "1"},
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
        # Ended by itself or not (an exception, such as Ctrl-C, left the block): nothing of it goes on.
        _end_process(process)
        process.wait()
        if process.stdout:
            process.stdout.close()
        with self._lock:
            self._running.discard(process)
            if not self._running:  # else nobody can tell whose they are; the last one ends them
                end_orphans(())


def _pipe_of(process: subprocess.Popen[bytes]) -> int:
    # 0 is no inode: the pipe was closed, since the program has ended.
    return os.fstat(process.stdout.fileno()).st_ino if process.stdout and not process.stdout.closed else 0


def _end_process(process: subprocess.Popen[bytes]) -> None:
    end_tree(process.pid, pipe=_pipe_of(process))


def _end_late(root: int, pipe: int, late: threading.Event) -> None:
    late.set()
    end_tree(root, pipe=pipe)


def _end_stragglers(root: int, pipe: int, drained: threading.Event) -> None:
    """End those who hold a program's output open after it has ended, or its reader would wait for them."""
    with contextlib.suppress(ChildProcessError):  # waited for already
        os.waitid(os.P_PID, root, os.WEXITED | os.WNOWAIT)
    if not drained.wait(_GRACE):
        end_tree(root, pipe=pipe)


def _open_log(log: Path) -> IO[bytes]:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        # Unbuffered: what cannot be written is told at once, and not again when the file is closed.
        return log.open("ab", buffering=0)
    except OSError as error:
        raise _no_log(log, error) from error


def _no_log(log: Path, error: OSError) -> LackError:
    return LackError(
        f"the log {log} could not be written",
        why=error.strerror or str(error),
        hint="make room, or give another cache folder (CROSSWHEEL_CACHE)",
    )


def _drain(process: subprocess.Popen[bytes], sink: IO[bytes] | None, on_line: Callable[[str], None] | None) -> str:
    assert process.stdout is not None  # noqa: S101 started with a pipe
    kept = bytearray()
    while line := process.stdout.readline(_CHUNK):
        if sink:
            try:
                sink.write(line)
            except OSError as error:
                raise _no_log(Path(sink.name), error) from error
        kept += line
        if len(kept) > 2 * _KEPT:
            del kept[:-_KEPT]
        if on_line:
            on_line(line.decode(errors="replace").rstrip("\n"))
    return kept.decode(errors="replace")
