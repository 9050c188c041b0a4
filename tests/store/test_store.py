"""The cache: whole or not at all, once for many, also when the disk is full."""

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crosswheel.errors import LackError
from crosswheel.store import Store, atomic_write, remove_tree, sha256_of

_FILL = """
import os, sys, time
from pathlib import Path
from crosswheel.store import Store

root, told = Path(sys.argv[1]), Path(sys.argv[2])

def make(folder):
    (told / str(os.getpid())).write_text("made")
    time.sleep(0.1)
    (folder / "file").write_text("content")

sys.stdin.readline()  # all begin at once
assert (Store(root).folder("things", "key", make) / "file").read_text() == "content"
"""


def test_many_processes_make_a_folder_once(tmp_path: Path) -> None:
    told = tmp_path / "told"
    told.mkdir()
    argv = [sys.executable, "-c", _FILL, str(tmp_path / "cache"), str(told)]
    workers = [subprocess.Popen(argv, stdin=subprocess.PIPE) for _ in range(3)]
    for worker in workers:
        assert worker.stdin
        worker.stdin.close()
    assert [worker.wait(30) for worker in workers] == [0, 0, 0]
    assert len(list(told.iterdir())) == 1


def test_many_threads_make_a_folder_once(tmp_path: Path) -> None:
    store, made = Store(tmp_path), []

    def make(folder: Path) -> None:
        made.append(folder)
        time.sleep(0.05)

    threads = [threading.Thread(target=store.folder, args=("things", "key", make)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_other_keys_do_not_wait(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.locked("things", "one"), store.locked("things", "two"), store.locked("others", "one"):
        pass


def test_a_folder_whose_making_fails_is_not_there(tmp_path: Path) -> None:
    def make(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise KeyboardInterrupt

    store = Store(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        store.folder("things", "key", make)
    assert not store.path("things", "key").exists()
    assert list((tmp_path / "things").iterdir()) == []
    assert store.folder("things", "key", lambda folder: (folder / "file").touch()).is_dir()


@pytest.mark.parametrize("key", ["", "a/b", "..", ".hidden"])
def test_a_key_is_a_file_name(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        Store(tmp_path).path("things", key)


def test_a_cache_that_cannot_be_written_is_a_lack(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = Store(tmp_path / "file")
    with pytest.raises(LackError, match="could not be written") as caught:
        store.folder("things", "key", lambda _: None)
    assert "CROSSWHEEL_CACHE" in caught.value.hint
    with pytest.raises(LackError):
        store.write_record("things", "key", {})


@pytest.mark.parametrize("below", ["result.whl", "folder/result.whl"])
def test_a_file_where_a_folder_should_be_is_told_as_that(tmp_path: Path, below: str) -> None:
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(LackError) as caught, atomic_write(tmp_path / "taken" / below):
        pass

    assert caught.value.why == f"{tmp_path}/taken is a file, not a folder"
    assert "make room" not in caught.value.hint
    assert caught.value.hint.startswith("name a folder (--out for wheels")


def test_records_come_back(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.read_record("records", "key") is None
    store.write_record("records", "key", {"a": [1, None, "ä"]})
    assert store.read_record("records", "key") == {"a": [1, None, "ä"]}
    for damage in (b"", b"[]", b"\xff", b'{"a":'):
        store.path("records", "key").write_bytes(damage)
        assert store.read_record("records", "key") is None


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    with atomic_write(path) as file:
        file.write(b"abc")
        assert not path.exists()
    assert path.read_bytes() == b"abc"
    assert sha256_of(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    umask = os.umask(0o022)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


def test_a_file_that_is_not_finished_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def write() -> None:
        with atomic_write(path) as file:
            file.write(b"new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def _small_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("_small_files")
def test_a_full_disk_is_a_lack_and_leaves_nothing(tmp_path: Path) -> None:
    def write() -> None:
        with atomic_write(tmp_path / "file") as file:
            file.write(b"x" * 100_000)

    with pytest.raises(LackError, match=os.strerror(errno.EFBIG)):
        write()
    assert list(tmp_path.iterdir()) == []


def test_scratch_is_gone_afterwards(tmp_path: Path) -> None:
    with Store(tmp_path).scratch("work") as folder:
        (folder / "a" / "b").mkdir(parents=True)
        (folder / "a" / "b" / "file").touch()
        (folder / "link").symlink_to("/etc")
        (folder / "a" / "b").chmod(0o500)
        (folder / "a").chmod(0)
    assert list((tmp_path / "work").iterdir()) == []
    assert Path("/etc").is_dir()
    remove_tree(tmp_path / "nothing")
