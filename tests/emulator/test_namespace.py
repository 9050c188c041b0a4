"""The namespace launcher, with `echo` for an emulator: a program of aarch64 then says how it was started."""

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from crosswheel.emulator import namespace
from crosswheel.emulator.binfmt import elf_magic, elf_mask
from crosswheel.targets import architecture_named
from other_user import NOBODY, public_python

AARCH64 = architecture_named("aarch64")
USERS = [None, NOBODY] if os.geteuid() == 0 else [None]


Done = subprocess.CompletedProcess[str]


class Place:
    """A folder that every user may enter, with the launcher in it and a program of aarch64."""

    def __init__(self, folder: Path, user: int | None) -> None:
        self.folder = folder
        self.user = user
        self.python = sys.executable if user is None else public_python()
        self.launcher = Path(shutil.copy(namespace.__file__, folder / "namespace.py"))
        self.program = folder / "program"
        self.program.write_bytes(elf_magic(AARCH64).ljust(64, b"\0"))
        self.program.chmod(0o755)

    def run(self, *command: str, options: Sequence[str] = (), interpreter: str = "/bin/echo") -> Done:
        return self.start(self.argv(*command, options=options, interpreter=interpreter))

    def start(self, argv: Sequence[str]) -> Done:
        return subprocess.run(
            argv,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
        )

    def argv(self, *command: str, options: Sequence[str] = (), interpreter: str = "/bin/echo") -> list[str]:
        return [
            self.python, "-I", "-S", str(self.launcher), "--interpreter", interpreter, "--name", "test",
            "--magic", elf_magic(AARCH64).hex(), "--mask", elf_mask(AARCH64).hex(), *options, "--", *command,
        ]  # fmt: skip


@pytest.fixture(params=USERS, ids=lambda user: "this user" if user is None else "nobody")
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        made = Place(folder, request.param)
        probe = made.run("/bin/true")
        if probe.returncode == namespace.FAILED:
            pytest.skip(f"the namespace mode does not work here: {probe.stderr.strip()}")
        yield made


def test_programs_of_the_target_start(place: Place) -> None:
    done = place.run("/bin/sh", "-c", "./program one && exec ./program two")
    assert (done.returncode, done.stderr) == (0, "")
    # The flag P: the program's path, then its argv[0], then its arguments.
    assert done.stdout.split("\n")[:2] == ["./program ./program one", "./program ./program two"]


def test_the_program_itself_may_be_of_the_target(place: Place) -> None:
    assert place.run(str(place.program), "x").stdout.split()[-1] == "x"


def test_interpreter_with_strange_characters_in_its_path(place: Place) -> None:
    interpreter = place.folder / "a:b|c d"
    shutil.copy("/bin/echo", interpreter)
    assert place.run("./program", "x", interpreter=str(interpreter)).stdout.split()[-1] == "x"


def test_same_user_inside(place: Place) -> None:
    done = place.run("/bin/sh", "-c", "id -u; id -g; touch made")
    user, group = (place.user, place.user) if place.user is not None else (os.geteuid(), os.getegid())
    assert done.stdout.split() == [str(user), str(group)]
    assert (place.folder / "made").stat().st_uid == user


def test_foreign_owners_in_a_tar_archive(place: Place) -> None:
    with tarfile.open(place.folder / "t.tar", "w") as archive:
        member = tarfile.TarInfo("of-another")
        member.uid, member.gid = 4321, 8765
        archive.addfile(member)
    done = place.run("tar", "xf", "t.tar")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("status", [0, 1, 77])
def test_exit_status(place: Place, status: int) -> None:
    assert place.run("/bin/sh", "-c", f"exit {status}").returncode == status


def test_death_by_signal(place: Place) -> None:
    assert place.run("/bin/sh", "-c", "kill -KILL $$").returncode == -signal.SIGKILL


def test_same_process_and_no_other_is_left(place: Place) -> None:
    argv = place.argv("/bin/sh", "-c", "echo $$; exec sleep 60")
    with subprocess.Popen(
        argv,
        stdout=subprocess.PIPE,
        cwd=place.folder,
        user=place.user,
        group=place.user,
        extra_groups=None if place.user is None else [],
    ) as process:
        assert process.stdout
        assert int(process.stdout.readline()) == process.pid
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        process.terminate()
        assert process.wait(timeout=10) == -signal.SIGTERM
    assert children == ""


def test_hidden_and_thinned_folders(place: Place) -> None:
    include, library = place.folder / "include", place.folder / "lib"
    for path in ("include/poison.h", "lib/libx.so.1", "lib/libx.a", "lib/cmake/x.cmake", "lib/python3.11/os.py"):
        (place.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (place.folder / path).write_text(path)
    (library / "libx.so").symlink_to("libx.so.1")
    (library / "libx.so.2").symlink_to("libx.so.1")
    options = ["--hide", str(include), "--hide", str(place.folder / "absent"), "--thin", str(library)]
    script = (
        "ls include; ls lib; cat lib/libx.so.2 lib/python3.11/os.py; touch include/x lib/x 2>/dev/null || echo ' no'"
    )
    done = place.run("/bin/sh", "-c", script, options=options)
    assert done.stdout == "libx.so.1\nlibx.so.2\npython3.11\nlib/libx.so.1lib/python3.11/os.py no\n"
    assert (include / "poison.h").is_file(), "outside nothing has changed"
    assert (library / "libx.a").is_file()


def test_processor_of_the_target(place: Place) -> None:
    told = place.folder / "cpuinfo"
    told.write_text("Features : fp asimd\n")
    assert place.run("cat", "/proc/cpuinfo", options=["--cpuinfo", str(told)]).stdout == "Features : fp asimd\n"


def test_nothing_of_the_machine_is_changed(place: Place) -> None:
    def seen() -> tuple[list[str], str]:
        return sorted(map(str, Path("/proc/sys/fs/binfmt_misc").glob("*"))), Path("/proc/self/mountinfo").read_text()

    before = seen()
    place.run("./program", options=["--hide", "/usr/include"])
    assert seen() == before


def test_program_that_is_not_there(place: Place) -> None:
    done = place.run("/not/there")
    assert done.returncode == 127
    assert "/not/there could not be started: No such file" in done.stderr


def test_interpreter_that_is_not_there(place: Place) -> None:
    done = place.run("/bin/true", interpreter="/not/there")
    assert done.returncode == namespace.FAILED
    assert "binfmt_misc" in done.stderr


def test_closed_user_namespaces(place: Place) -> None:
    """Within a user namespace that allows no more of them."""
    close = (
        "import sys, os; sys.path.insert(0, os.getcwd()); import namespace; "
        "namespace.enter_alone(0, 0, 0); namespace.write('/proc/sys/user/max_user_namespaces', '0'); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    done = place.start([place.python, "-c", close, *place.argv("/bin/true")])
    assert done.returncode == namespace.FAILED
    assert done.stderr == (
        "crosswheel: a user namespace could not be made: there may be no more of them "
        "(sysctl user.max_user_namespaces)\n"
    )
