"""What the libraries were made of that compilers of a build link and that no package has as they are."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from crosswheel.errors import LackError

_RECORD = "made-of.json"


def write_origins(folder: Path, origins: Mapping[str, Sequence[Path]]) -> None:
    """Write down what libraries in a folder were made of.

    Arguments:
        folder: of the libraries.
        origins: files by the name of each library; of a shared one, first the archive that it is.
    """
    record = {name: list(map(str, paths)) for name, paths in origins.items()}
    (folder / _RECORD).write_text(json.dumps(record), encoding="utf-8")


def read_origins(library: Path) -> tuple[Path, ...]:
    """Return what a library was made of; the library itself where nothing else is written down.

    Arguments:
        library: its file.

    Raises:
        LackError: what is written down is damaged.
    """
    record = library.parent / _RECORD
    if not record.is_file():
        return (library,)
    try:
        paths = json.loads(record.read_bytes()).get(library.name, [library])
        return tuple(map(Path, paths))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise LackError(
            f"{record} cannot be read", why=str(error), hint=f"remove {library.parent}: it is made anew"
        ) from error
