"""Programs are started, told apart, timed out and ended with all that they started."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from crosswheel.errors import LackError, RefusedError
from crosswheel.process import Command, Completed, Processes, this_host

_ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


def _run(processes: Processes, folder: Path, *argv: str, **options: float) -> Completed:
    return processes.run(_command(folder, *argv), timeout=options.get("timeout"))


def _command(folder: Path, *argv: str) -> Command:
    return Command(argv=argv, environment=_ENVIRONMENT, directory=folder)


def _script(folder: Path, text: str) -> tuple[str, ...]:
    (folder / "script.py").write_text(text)
    return (sys.executable, "script.py")


def _pid_in(path: Path) -> int:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if path.exists() and path.read_text().strip():
            return int(path.read_text())
        time.sleep(0.01)
    raise AssertionError(f"{path} was never written")


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _ends(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if not _is_alive(pid):
            return True
        time.sleep(0.02)
    return False


# A child that leaves its session, and one that also leaves its parent: what daemons do.
_SETSID = """
import os, time
if os.fork() == 0:
    os.setsid()
    open("pid", "w").write(str(os.getpid()))
    time.sleep(60)
time.sleep(60)
"""
_DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        {closing}
        open("pid", "w").write(str(os.getpid()))
        time.sleep(60)
    os._exit(0)
os.wait()
while not os.path.exists("pid"):
    time.sleep(0.01)
{ending}
"""
_CLOSE = "null = os.open(os.devnull, os.O_RDWR); [os.dup2(null, number) for number in (0, 1, 2)]"


def test_output_and_status_are_an_answer(tmp_path: Path) -> None:
    lines: list[str] = []
    done = Processes().run(
        _command(tmp_path, "sh", "-c", "echo one; echo two >&2; exit 3"),
        log=tmp_path / "a" / "log",
        on_line=lines.append,
    )
    assert (done.returncode, done.output, lines) == (3, "one\ntwo\n", ["one", "two"])
    assert (tmp_path / "a" / "log").read_text() == "one\ntwo\n"


def test_nothing_of_our_environment_is_inherited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_OURS", "x")
    done = Processes().run(Command(argv=("/usr/bin/env",), environment={"A": "1"}, directory=tmp_path))
    assert sorted(done.output.split()) == ["A=1", "CROSSWHEEL_CHILD=1"]


def test_standard_input_is_empty(tmp_path: Path) -> None:
    assert _run(Processes(), tmp_path, "cat").output == ""


def test_a_line_without_an_end_is_kept_in_pieces(tmp_path: Path) -> None:
    done = _run(Processes(), tmp_path, sys.executable, "-c", "print('x' * 9_000_000, end='')")
    assert 4_000_000 <= len(done.output) <= 8_500_000


def test_a_missing_program_is_a_lack(tmp_path: Path) -> None:
    with pytest.raises(LackError, match="no-such-program could not be started") as caught:
        _run(Processes(), tmp_path, "no-such-program")
    assert caught.value.why == "No such file or directory"
    assert "doctor" in caught.value.hint


def test_a_log_that_cannot_be_written_is_a_lack(tmp_path: Path) -> None:
    with pytest.raises(LackError, match="No space left"):
        Processes().run(_command(tmp_path, "echo", "x"), log=Path("/dev/full"))


@pytest.mark.parametrize("script", [_SETSID, _DAEMON.format(closing="pass", ending="time.sleep(60)")])
def test_a_timeout_ends_those_who_left_the_session(tmp_path: Path, script: str) -> None:
    begun = time.monotonic()
    with pytest.raises(RefusedError, match="was ended after 0 seconds"):
        _run(Processes(), tmp_path, *_script(tmp_path, script), timeout=0.4)
    assert _ends(_pid_in(tmp_path / "pid"))
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("closing", ["pass", _CLOSE])
def test_a_daemon_that_is_left_behind_ends_with_its_program(tmp_path: Path, closing: str) -> None:
    begun = time.monotonic()
    done = _run(Processes(), tmp_path, *_script(tmp_path, _DAEMON.format(closing=closing, ending="print('done')")))
    assert done.output == "done\n"
    assert _ends(_pid_in(tmp_path / "pid"))
    assert time.monotonic() - begun < 5


def test_one_who_does_not_listen_is_killed(tmp_path: Path) -> None:
    script = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('x', flush=True); time.sleep(60)"
    )
    with pytest.raises(RefusedError):
        _run(Processes(), tmp_path, sys.executable, "-c", script, timeout=0.3)


def test_end_all_ends_everything_and_starts_no_more(tmp_path: Path) -> None:
    processes = Processes()
    ended: list[Completed] = []
    script = _script(tmp_path, _SETSID)
    thread = threading.Thread(target=lambda: ended.append(_run(processes, tmp_path, *script)))
    thread.start()
    pid = _pid_in(tmp_path / "pid")
    processes.end_all()
    thread.join(5)
    assert [done.returncode for done in ended] == [-signal.SIGTERM]
    assert _ends(pid)
    with pytest.raises(RefusedError, match="was not started"):
        _run(processes, tmp_path, "true")


def test_children_of_others_are_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["/bin/sleep", "60"], start_new_session=True) as other:
        processes = Processes()
        _run(processes, tmp_path, "true")
        processes.end_all()
        assert other.poll() is None
        other.kill()


def test_ctrl_c_ends_the_children(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(_SETSID)
    main = f"""
import sys
from pathlib import Path
from crosswheel.process import Command, Processes
processes = Processes()
try:
    processes.run(Command(argv=({sys.executable!r}, "script.py"), environment={{}}, directory=Path.cwd()))
except KeyboardInterrupt:
    processes.end_all()
    sys.exit(130)
"""
    with subprocess.Popen([sys.executable, "-c", main], cwd=tmp_path) as process:
        pid = _pid_in(tmp_path / "pid")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
    assert _ends(pid)


def test_many_short_programs_take_little_time(tmp_path: Path) -> None:
    processes = Processes()
    threads = [threading.Thread(target=_run, args=(processes, tmp_path, "true")) for _ in range(12)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - begun < 5


def test_a_command_has_a_program(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least a program"):
        Command(argv=(), environment={}, directory=tmp_path)


def test_the_host_is_told_by_its_wheel_name() -> None:
    host = this_host()
    assert host.system == "linux"
    assert host.machine == {"amd64": "x86_64", "arm64": "aarch64"}.get(os.uname().machine, os.uname().machine)
    assert host.kernel >= (3, 0)
