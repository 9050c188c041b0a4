"""Files that are there whole, or not at all."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from crosswheel.errors import StorageError


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing, and reading again, that appears at `path` only when the block ends well.

    Raises:
        StorageError: the disk is full, or the folder cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise cannot_write(path, error) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
        temporary.chmod(0o666 & ~_umask())  # mkstemp gives 0600
        temporary.replace(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise cannot_write(path, error) from error
        raise


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def cannot_write(path: Path, error: OSError) -> StorageError:
    """Return the error that says why `path` could not be written, and what to do."""
    if isinstance(error, FileExistsError | NotADirectoryError):
        in_the_way = next((one for one in (path, *path.parents) if one.exists() and not one.is_dir()), path)
        return StorageError(
            f"{path} could not be written",
            why=f"{in_the_way} is a file, not a folder",
            hint="name a folder (--out for wheels, CROSSWHEEL_CACHE for the cache), or take that file away",
        )
    return StorageError(
        f"{path} could not be written",
        why=error.strerror or str(error),
        hint="make room or give another folder (--out for wheels, CROSSWHEEL_CACHE for the cache)",
    )


def _umask() -> int:
    # Linux tells it without setting it, which would race with other threads (proc(5), since 4.7).
    for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("Umask:"):
            return int(line.split()[1], 8)
    return 0o022
