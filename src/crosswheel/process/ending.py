"""Finds and ends what a program started, whatever it did to get away: by the process table of Linux."""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

MARK = "CROSSWHEEL_CHILD"  # a variable of every program that is started here, and so of all that it starts
_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
_POLITE = 2.0  # seconds between the polite signal and the other one


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One line of the process table."""

    parent: int
    session: int


def adopt_orphans() -> None:
    """Make this process the parent of those whose own has ended, so that they can be found."""
    with contextlib.suppress(OSError, AttributeError):  # not Linux: orphans then belong to init
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_tree(root: int, *, pipe: int) -> None:
    """End a process, its session, its descendants, and whoever writes where it wrote: politely, then by force.

    Arguments:
        root: process and session number.
        pipe: inode of the pipe that takes its output.
    """
    _end(lambda: _tree(root, pipe))


def end_orphans(started: Collection[int]) -> None:
    """End the daemons that programs left behind, and that this process adopted.

    Arguments:
        started: processes that this one started and still waits for.
    """
    for pid in _end(lambda: _orphans(started)):
        with contextlib.suppress(ChildProcessError):  # the child of another, which takes it
            os.waitpid(pid, os.WNOHANG)


def _end(find: Callable[[], set[int]]) -> set[int]:
    known = find()
    if not known:
        return known
    _send(known, signal.SIGTERM)
    deadline = time.monotonic() + _POLITE
    while time.monotonic() < deadline and any(map(_alive, known)):
        time.sleep(0.02)
    for _ in range(10):  # a fork may have been under way
        known |= find()
        living = {pid for pid in known if _alive(pid)}
        if not living:
            break
        _send(living, signal.SIGKILL)
        time.sleep(0.02)
    return known


def _send(pids: Collection[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _tree(root: int, pipe: int) -> set[int]:
    table = _table()
    name = f"pipe:[{pipe}]"
    found = {pid for pid, entry in table.items() if root in {pid, entry.session} or _writes_to(pid, name)}
    return (found | _descendants(found, table)) - {os.getpid()}


def _orphans(started: Collection[int]) -> set[int]:
    table = _table()
    me = os.getpid()
    found = {pid for pid, entry in table.items() if entry.parent == me and pid not in started and _is_marked(pid)}
    return found | _descendants(found, table)


def _descendants(roots: Collection[int], table: Mapping[int, _Entry]) -> set[int]:
    children: dict[int, list[int]] = {}
    for pid, entry in table.items():
        children.setdefault(entry.parent, []).append(pid)
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def _table() -> dict[int, _Entry]:
    """Return the processes that are alive."""
    table = {}
    for folder in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(folder.name))
        if fields and fields[0] not in {"Z", "X"}:
            table[int(folder.name)] = _Entry(parent=int(fields[1]), session=int(fields[3]))
    return table


def _stat(pid: int) -> list[str]:
    """Return the fields after the name: state, parent, group, session, … (proc_pid_stat(5)); none when it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _alive(pid: int) -> bool:
    return _stat(pid)[:1] not in ([], ["Z"], ["X"])


def _writes_to(pid: int, pipe: str) -> bool:
    for number in (1, 2):
        with contextlib.suppress(OSError):  # it ended, or is another user's
            if os.readlink(f"/proc/{pid}/fd/{number}") == pipe:  # noqa: PTH115 a pipe has no path
                return True
    return False


def _is_marked(pid: int) -> bool:
    try:
        return f"{MARK}=1".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:  # it ended, or is another user's
        return False
