"""RECORD: the list of a wheel's files with their hashes (PEP 376, 427, 627)."""

import base64
import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from crosswheel.errors import BadInputError

# Others do not resist collisions (PEP 427: "sha256 or better").
_GOOD_HASHES = ("sha256", "sha384", "sha512")
_MOST_ROWS = 400_000  # twice as many as a wheel may have members


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """One row of RECORD.

    Arguments:
        path: of the file, from the wheel's root.
        hash: such as "sha256=…"; "" for none.
        size: in bytes, as it is written there; "" for none.
    """

    path: str
    hash: str
    size: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordProblem:
    """One difference between RECORD and the archive.

    Arguments:
        path: of the file.
        reason: what is wrong, as a part of a sentence.
    """

    path: str
    reason: str


def parse_record(content: bytes) -> tuple[RecordRow, ...]:
    """Return the rows of a RECORD file, in its order.

    Raises:
        BadInputError: it is no CSV file with three columns, or it has rows without end.
    """
    lines = csv.reader(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline=""))
    try:
        rows = tuple(_row(columns) for columns in islice(lines, _MOST_ROWS) if columns)
        more = next(lines, None)
    except (ValueError, csv.Error) as error:
        raise BadInputError("the RECORD of a wheel is damaged", why=str(error)) from error
    if more is not None:
        raise BadInputError("the RECORD of a wheel is damaged", why=f"it has more than {_MOST_ROWS} rows")
    return rows


def _row(columns: list[str]) -> RecordRow:
    if len(columns) != 3:  # noqa: PLR2004 PEP 376
        raise ValueError(f"{columns[0]!r} has {len(columns)} columns, not 3")
    return RecordRow(path=columns[0], hash=columns[1], size=columns[2])


def format_record(rows: Iterable[RecordRow]) -> bytes:
    """Return the RECORD file with these rows."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows((row.path, row.hash, row.size) for row in rows)
    return text.getvalue().encode()


def row_of(path: str, content: bytes) -> RecordRow:
    """Return the row that a file with that content needs."""
    return row_with(path, hashlib.sha256(content, usedforsecurity=False).digest(), len(content))


def row_with(path: str, sha256: bytes, size: int) -> RecordRow:
    """Return the row of a file that has that hash and that many bytes."""
    return RecordRow(path=path, hash=_spelled("sha256", sha256), size=str(size))


def unhashed(dist_info: str) -> frozenset[str]:
    """Return the files that have no hash of their own in RECORD, or no row at all: itself and its signatures."""
    return frozenset(f"{dist_info}/{name}" for name in ("RECORD", "RECORD.jws", "RECORD.p7s"))


class RowCheck:
    """Holds a file against its row, piece by piece; RECORD itself and its signatures need no hash.

    Arguments:
        row: of the file.
        dist_info: name of the .dist-info folder.
    """

    __slots__ = ("_algorithm", "_hash", "_row", "_size")

    def __init__(self, row: RecordRow, dist_info: str) -> None:
        self._row = row
        self._algorithm, _, _ = row.hash.partition("=")
        self._size = 0
        self._hash: hashlib._Hash | None = None
        if self._algorithm in _GOOD_HASHES:
            self._hash = hashlib.new(self._algorithm, usedforsecurity=False)
        elif row.path in unhashed(dist_info) and not row.hash:
            self._algorithm = "none"

    def update(self, piece: bytes | memoryview) -> None:
        """Take the next bytes of the file."""
        self._size += len(piece)
        if self._hash is not None:
            self._hash.update(piece)

    def problem(self) -> RecordProblem | None:
        """Return what is wrong with the row, once the file has ended; None for nothing."""
        row, reason = self._row, ""
        if self._hash is None:
            if self._algorithm != "none":
                reason = f"its hash in RECORD is {row.hash or 'missing'}, not sha256 or better"
        elif row.hash.rstrip("=") != _spelled(self._algorithm, self._hash.digest()):
            reason = f"its {self._algorithm} is not the one in RECORD"
        elif row.size and row.size != str(self._size):
            reason = f"it has {self._size} bytes, RECORD says {row.size}"
        return RecordProblem(path=row.path, reason=reason) if reason else None


def record_problems(rows: Iterable[RecordRow], members: Iterable[str], dist_info: str) -> tuple[RecordProblem, ...]:
    """Return the differences between the rows of RECORD and the files that are there; hashes are `RowCheck`'s.

    Arguments:
        rows: of RECORD.
        members: paths of the files in the archive.
        dist_info: name of the .dist-info folder.
    """
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.path] = counts.get(row.path, 0) + 1
    present = frozenset(members)
    return (
        *(
            RecordProblem(path=path, reason="it has no row in RECORD")
            for path in sorted(present - counts.keys() - unhashed(dist_info))
        ),
        *(
            RecordProblem(path=path, reason="RECORD lists it, the wheel does not hold it")
            for path in sorted(counts.keys() - present)
        ),
        *(
            RecordProblem(path=path, reason=f"it has {count} rows in RECORD")
            for path, count in sorted(counts.items())
            if count > 1
        ),
    )


def by_path(rows: Iterable[RecordRow]) -> Mapping[str, RecordRow]:
    """Return the rows by path."""
    return {row.path: row for row in rows}


def _spelled(algorithm: str, digest: bytes) -> str:
    return f"{algorithm}={base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
