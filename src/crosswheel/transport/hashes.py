"""Hashes that somebody promised of a file, and whether it keeps the promise."""

import functools
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from crosswheel.errors import RefusedError
from crosswheel.store import sha256_of

# Strongest first; those that an index may name (PEP 503) and whose digests have a fixed length.
_ALGORITHMS = (
    "sha512",
    "sha3_512",
    "blake2b",
    "sha384",
    "sha3_384",
    "sha256",
    "sha3_256",
    "blake2s",
    "sha224",
    "sha1",
    "md5",
)


def known_hashes(hashes: Mapping[str, str], shown: str) -> dict[str, str]:
    """Return those of the promised hashes that can be checked, the strongest first.

    Arguments:
        hashes: algorithm → hexadecimal digest.
        shown: the file, for people.

    Raises:
        RefusedError: none can be checked, or a digest is none of its algorithm.
    """
    known = {name: hashes[name].lower() for name in _ALGORITHMS if name in hashes}
    if not known:
        raise RefusedError(
            f"{shown} cannot be checked",
            why=f"no known hash among {', '.join(sorted(hashes))}" if hashes else "no hash is known",
        )
    for name, digest in known.items():
        digits = 2 * hashlib.new(name, usedforsecurity=False).digest_size
        if not re.fullmatch(f"[0-9a-f]{{{digits}}}", digest):
            raise RefusedError(f"{shown} cannot be checked", why=f"{digest[:200]!r} is no {name} digest")
    return known


def check_file(path: Path, hashes: Mapping[str, str]) -> str:
    """Return the SHA-256 of a file on this machine, after a look at every hash that was promised of it.

    Arguments:
        path: of the file.
        hashes: algorithm → hexadecimal digest; none when nothing was promised.

    Raises:
        RefusedError: a hash differs or cannot be checked, or the file cannot be read.
    """
    known = known_hashes(hashes, str(path)) if hashes else {}
    try:
        digest = sha256_of(path)
        for name, promised in known.items():
            with path.open("rb") as file:
                found = hashlib.file_digest(file, functools.partial(hashlib.new, name, usedforsecurity=False))
            if found.hexdigest() != promised:
                raise differs(str(path), name, found.hexdigest(), promised)
    except OSError as error:
        raise RefusedError(
            f"{path} cannot be read", why=error.strerror or str(error), hint="look at the path and its permissions"
        ) from error
    return digest


def differs(shown: str, name: str, found: str, promised: str) -> RefusedError:
    """Return the error that says that a file is not what was promised."""
    return RefusedError(
        f"{shown} is not what it should be",
        why=f"its {name} is {found}, and {promised} was promised",
        hint="try again; if it stays so, somebody changed the file or the hash: do not use it",
    )
