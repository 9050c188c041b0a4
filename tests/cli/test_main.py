"""The command line as a person or a program meets it: what is printed where, and which exit code it is."""

import errno
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from crosswheel.cli import documents, failure, main
from crosswheel.errors import BadInputError, CrosswheelError, LackError, RefusedError, UsageError
from json_documents import validated

_HUNG_UP = """
import os, signal, sys
import crosswheel.cli.build as build
from crosswheel.cli import main
before = build.run_build
def hung_up(arguments):
    os.kill(os.getpid(), signal.SIGHUP)
    return before(arguments)
build.run_build = hung_up
sys.exit(main(['build', 'x']))
"""
TARGET = "cp311-manylinux2014_aarch64"
_NO_PROGRAM_OF_UV = """
import sys, uv
def find_uv_bin():
    raise FileNotFoundError
uv.find_uv_bin = find_uv_bin
from crosswheel.cli import main
sys.exit(main(['targets']))
"""


def run(
    *arguments: str, stdout: int = subprocess.PIPE, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "crosswheel", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "CROSSWHEEL_TARGET": "", "PATH": "/usr/bin:/bin", **(environ or {})},
        check=False,
        timeout=60,
    )


def test_version_loads_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "crosswheel", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("crosswheel 0.")
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert not loaded & {"rich", "requests", "urllib3", "packaging", "platformdirs", "json", "uv", "build", "tomllib"}
    assert "argparse" in loaded


@pytest.mark.parametrize("arguments", [(), ("fly",), ("build",), ("build", "x", "--fly"), ("doctor", "x")])
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "usage: crosswheel" in done.stderr


def test_errors_are_told_on_standard_error() -> None:
    done = run("build", "x")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("crosswheel: no target was given\n  why: ")
    assert "\n  do:  add one" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        (("build", "x"), {}),
        (("build", "x", "--target", "cp27-manylinux2014_aarch64"), {}),
        (("build", "x", "--target", TARGET), {"CROSSWHEEL_STRATEGY": "nonsense"}),
        (("build", "x", "--target", TARGET, "--config-setting", "nothing"), {}),
        (("build", "x", "--target", TARGET, "--strategy", "native"), {}),
    ],
)
def test_a_document_whatever_ends_the_run(arguments: tuple[str, ...], environ: dict[str, str], tmp_path: Path) -> None:
    done = run(*arguments, "--out", str(tmp_path / "out"), "--json", environ=environ)
    document = validated("build", done.stdout)
    assert document["results"] == []
    error = document["error"]
    assert isinstance(error, dict)
    assert error["kind"] == "usage"
    assert f"crosswheel: {error['what']}" in done.stderr
    assert done.returncode == 2
    assert not (tmp_path / "out").exists()


def test_a_failed_build_stands_among_the_results(tmp_path: Path) -> None:
    done = run("build", "./not-there", "--target", TARGET, "--json", "--out", str(tmp_path / "out"))
    document = validated("build", done.stdout)
    assert document["error"] is None
    results = document["results"]
    assert isinstance(results, list)
    assert [(result["source"], result["status"]) for result in results] == [("./not-there", "failed")]
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_targets() -> None:
    document = validated("targets", run("targets", "--json").stdout)
    targets = document["targets"]
    assert isinstance(targets, list)
    assert {target["target"] for target in targets} >= {"cp311-manylinux_2_17_aarch64", "cp313-manylinux_2_5_x86_64"}
    table = run("targets")
    assert table.returncode == 0
    assert all(len(line) <= 100 for line in table.stdout.splitlines())


def test_doctor_without_a_network_or_an_archive(tmp_path: Path) -> None:
    nowhere = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "UV_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_RETRIES": "0",
        "UV_HTTP_RETRIES": "0",
        "CROSSWHEEL_DEBIAN_MIRROR": "http://127.0.0.1:9/debian",
        "CROSSWHEEL_CACHE": str(tmp_path / "cache"),
    }
    done = run("doctor", "--json", environ=nowhere)
    document = validated("doctor", done.stdout)
    checks = document["checks"]
    assert isinstance(checks, list)
    states = {check["name"]: check for check in checks}
    for name in ("package index", "Debian archive"):
        assert not states[name]["works"]
        assert states[name]["mend"]
    assert states["cache"]["works"]
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("doctor", environ={"CROSSWHEEL_CACHE": str(tmp_path / "file"), "UV_OFFLINE": "1"})
    assert "MISS cache: " in done.stdout
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("targets",), ("targets", "--json"), ("build", "x", "--json")])
def test_an_output_that_cannot_be_written(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run(*arguments, stdout=full.fileno())
    assert done.returncode in {2, 3}
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    if arguments[0] == "targets":
        assert "standard output could not be written" in done.stderr
        assert done.returncode == 3


def test_a_reader_that_has_enough() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = run("targets", "--json", stdout=writing)
    os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 1


def test_closed_streams() -> None:
    for closing in ("1>&-", "2>&-"):
        done = subprocess.run(
            ["/bin/sh", "-c", f'"$0" -m crosswheel build x --json {closing}', sys.executable],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert "Traceback" not in done.stdout + done.stderr
        if closing == "2>&-":
            validated("build", done.stdout)


def test_a_bug_is_a_sentence_and_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def broken(arguments: object) -> int:
        raise ZeroDivisionError(arguments)

    monkeypatch.setattr("crosswheel.cli.targets.run_targets", broken)
    monkeypatch.setenv("CROSSWHEEL_CACHE", str(tmp_path))
    assert main(["targets", "--json"]) == 1
    printed = capsys.readouterr()
    assert "this is a bug in crosswheel: ZeroDivisionError" in printed.err
    assert "Traceback" not in printed.err
    error = validated("targets", printed.out)["error"]
    assert isinstance(error, dict)
    assert "ZeroDivisionError" in Path(error["log"]).read_text(encoding="utf-8")
    assert Path(error["log"]).parent == tmp_path / "logs"


def test_a_full_disk_is_no_bug(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full(arguments: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(arguments))

    monkeypatch.setattr("crosswheel.cli.targets.run_targets", full)
    assert main(["targets"]) == 3
    assert "crosswheel: the disk is full" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whoever_ends_it_gets_a_sentence_and_a_document(number: signal.Signals, tmp_path: Path) -> None:
    pipe = tmp_path / "pyproject.toml"
    os.mkfifo(pipe)  # reading the settings then takes for ever
    process = subprocess.Popen(
        [sys.executable, "-m", "crosswheel", "build", "x", "--target", TARGET, "--json"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    writer = os.open(pipe, os.O_WRONLY)  # returns when it is being read
    process.send_signal(number)
    os.close(writer)  # a signal that comes just ahead of the reading is heeded when it ends
    printed, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert told == "crosswheel: interrupted\n"
    error = validated("build", printed)["error"]
    assert isinstance(error, dict)
    assert error["what"] == "interrupted"


def test_nohup_is_heeded(tmp_path: Path) -> None:
    process = subprocess.run(
        ["/bin/sh", "-c", f'trap "" HUP; "$0" -c "{_HUNG_UP}"', sys.executable],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert "no target was given" in process.stderr
    assert process.returncode == 2


def test_exit_codes_of_several_failures() -> None:
    assert failure.exit_code([]) == 0
    assert failure.exit_code([UsageError("a"), UsageError("b")]) == 2
    assert failure.exit_code([LackError("a")]) == 3
    assert failure.exit_code([UsageError("a"), LackError("b")]) == 1
    assert failure.exit_code([BadInputError("a"), RefusedError("b")]) == 1


def test_an_error_is_told_whole(capsys: pytest.CaptureFixture[str]) -> None:
    failure.print_error(CrosswheelError("it failed", why="so", hint="do this", details=["one", "two"], log="/log"))
    assert capsys.readouterr().err == (
        "crosswheel: it failed\n  why: so\n  | one\n  | two\n  do:  do this\n  log: /log\n"
    )
    failure.print_error(CrosswheelError("it failed"))
    assert capsys.readouterr().err == "crosswheel: it failed\n"


@pytest.mark.parametrize("verb", ["build", "inspect", "retag", "targets", "doctor"])
def test_every_verb_has_a_schema(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    documents.print_document(verb, (), LackError("no space", details=["a"], log="/log"))
    validated(verb, capsys.readouterr().out)


_STEPS = """
import threading, time
from crosswheel.cli.view import make_view
view = make_view()
print(type(view).__name__)
def beside():
    with view.step("beside"):
        time.sleep(0.3)
try:
    with view.step("outer [bold] " + "x" * 100):
        thread = threading.Thread(target=beside)
        thread.start()
        with view.step("inner"):
            time.sleep(0.2)
            view.note("a [red]note[/red]")
        with view.step("breaks"):
            view.warn("careful")
            raise ValueError
except ValueError:
    pass
thread.join()
print("end")
"""


def _in_terminal(program: str, **environ: str) -> str:
    """What a program prints in a terminal of 80 columns."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.DEVNULL,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80", **environ},
    )
    os.close(slave)
    printed = b""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if select.select([master], [], [], 0.2)[0]:
            try:
                printed += os.read(master, 65536)
            except OSError:  # Linux's way to say that the other side is closed
                break
    process.kill()
    os.close(master)
    assert process.wait() == 0, printed
    return printed.decode().replace("\r\n", "\n")


def test_the_live_view_in_a_terminal() -> None:
    printed = _in_terminal(_STEPS, NO_COLOR="")
    assert printed.startswith("LiveView\n")
    for text in ("done  \x1b[0m inner", "failed\x1b[0m breaks", "failed\x1b[0m outer [bold] xxx", "a [red]note[/red]"):
        assert text in printed
    assert printed.endswith("end\n")
    assert printed.count("\x1b[?25l") == printed.count("\x1b[?25h"), "the cursor is shown again"


def test_no_colours_where_none_are_wanted() -> None:
    printed = _in_terminal(_STEPS, NO_COLOR="1")
    assert not any(f"\x1b[{number}m" in printed for number in range(30, 38))


def test_plain_lines_in_a_terminal_that_can_do_nothing() -> None:
    printed = _in_terminal(_STEPS, TERM="dumb")
    assert printed.startswith("PlainView\n")
    assert "\x1b" not in printed
    assert "failed outer [bold] xxx" in printed


def test_a_home_folder_that_is_none() -> None:
    ran = run("targets", environ={"HOME": "no/such"})
    assert ran.returncode == 3
    assert "there is no home folder" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("given", ["now", "-5", "1.5", "\u00b2", "99999999999999999999"])
def test_a_source_date_epoch_that_is_no_time(given: str, tmp_path: Path) -> None:
    (tmp_path / "setup.py").touch()
    variables = {"SOURCE_DATE_EPOCH": given, "CROSSWHEEL_CACHE": str(tmp_path / "cache")}
    ran = run("build", str(tmp_path), "--target", TARGET, "--out", str(tmp_path / "out"), environ=variables)
    assert ran.returncode == 2
    assert f"SOURCE_DATE_EPOCH={given} is no time" in ran.stderr


@pytest.mark.parametrize("given", ["", "  ", "python -c 'open"])
def test_a_test_command_is_read_ahead_of_the_build(given: str, tmp_path: Path) -> None:
    ran = run("build", "nothing", "--target", TARGET, "--out", str(tmp_path / "out"), "--test-command", given)
    assert ran.returncode == 2
    assert "source" not in ran.stderr
    assert "--test-command" in ran.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told_ahead_of_the_build(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir(mode=0o555)
    ran = run("build", "nothing", "--target", TARGET, "--out", str(tmp_path / "out"))
    assert ran.returncode == 3
    assert "Permission denied" in ran.stderr
    assert "source" not in ran.stderr


def test_uv_that_is_not_there_is_named() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _NO_PROGRAM_OF_UV],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 3
    assert "crosswheel: uv was not found" in ran.stderr


def test_a_working_folder_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    program = f"import os, sys; os.rmdir({str(gone)!r}); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    done = subprocess.run(
        [sys.executable, "-c", program, "-I", "-m", "crosswheel", "targets"],
        cwd=gone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("crosswheel: the working folder is not there any more")


@pytest.mark.parametrize("name", ["with $dollar", "with:colon"])
def test_a_cache_folder_that_build_systems_cannot_work_in(tmp_path: Path, name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crosswheel", "targets"],
        env={**os.environ, "CROSSWHEEL_CACHE": str(tmp_path / name)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "cannot be the cache folder" in done.stderr
    assert not (tmp_path / name).exists()
