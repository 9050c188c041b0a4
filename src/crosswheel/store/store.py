"""A cache that many processes may use at once: everything in it is there whole or not at all."""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from crosswheel.store.files import atomic_write, cannot_write


class Store:
    """A folder of things made once, found again by kind and key.

    Arguments:
        root: the folder; made when it is first written to.

    Layout: `ROOT/KIND/KEY` is a folder or a file, `ROOT/locks` the locks. A key is made of characters that a file name
    may have; who makes it sees to it that it changes with everything that the content depends on.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, kind: str, key: str) -> Path:
        """Return where the entry of that kind and key is, or would be."""
        if not key or "/" in key or key.startswith("."):
            raise ValueError(f"not a key: {key!r}")
        return self.root / kind / key

    def folder(self, kind: str, key: str, make: Callable[[Path], None]) -> Path:
        """Return the folder of that kind and key; `make` fills a new one, if there is none yet.

        `make` gets an empty folder beside the final place, which is renamed when it returns. Two processes that want
        the same folder make it once. Content that holds its own path has to be made with `locked`, in its own place.

        Raises:
            LackError: the cache cannot be written to.
        """
        final = self.path(kind, key)
        if final.is_dir():
            return final
        with self.locked(kind, key):
            if final.is_dir():
                return final
            with self.scratch(kind) as temporary:
                make(temporary)
                try:
                    temporary.rename(final)
                except OSError as error:
                    raise cannot_write(final, error) from error
        return final

    @contextlib.contextmanager
    def scratch(self, kind: str) -> Iterator[Path]:
        """Give a new empty folder on the cache's file system; what is left of it at the end is removed."""
        try:
            (self.root / kind).mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(dir=self.root / kind, prefix=".new-"))
            temporary.chmod(0o755)
        except OSError as error:
            raise cannot_write(self.root / kind, error) from error
        try:
            yield temporary
        finally:
            remove_tree(temporary)

    @contextlib.contextmanager
    def locked(self, kind: str, key: str) -> Iterator[None]:
        """Hold the lock of that kind and key: against other processes and other threads."""
        import filelock

        folder = self.root / "locks"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(folder / f"{kind}-{key}.lock", thread_local=False)
            lock.acquire()
        except OSError as error:
            raise cannot_write(folder, error) from error
        try:
            yield
        finally:
            lock.release()

    def read_record(self, kind: str, key: str) -> Mapping[str, object] | None:
        """Return the JSON object kept under that kind and key; None where there is none or it is damaged."""
        try:
            loaded = json.loads(self.path(kind, key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return loaded if isinstance(loaded, dict) else None

    def write_record(self, kind: str, key: str, record: Mapping[str, object]) -> None:
        """Keep a JSON object under that kind and key."""
        with atomic_write(self.path(kind, key)) as file:
            file.write(json.dumps(record, indent=1, sort_keys=True).encode())


def remove_tree(path: Path) -> None:
    """Remove a folder with all that is in it, closed folders included; nothing happens when it is not there."""
    if not path.is_dir() or path.is_symlink():
        return
    # From the top: a folder has to be open before what is in it can be seen.
    _open(path)
    for folder, names, _ in os.walk(path):
        for name in names:
            if not os.path.islink(os.path.join(folder, name)):  # noqa: PTH114, PTH118 made for os.walk
                _open(Path(folder, name))
    shutil.rmtree(path, ignore_errors=True)


def _open(folder: Path) -> None:
    with contextlib.suppress(PermissionError, FileNotFoundError):  # another's, or gone already
        folder.chmod(0o700)
