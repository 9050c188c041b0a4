"""Where a target Python may come from, as a person names it."""

import contextlib
import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urldefrag

from crosswheel.errors import UsageError
from crosswheel.transport import without_credentials

_ARCHIVE = re.compile(r"\.(tar(\.(gz|zst|xz|bz2))?|tgz)", re.IGNORECASE)


class SourceKind(enum.StrEnum):
    """What kind of place a Python comes from."""

    DEBIAN = "debian"
    """The Debian archive."""
    UV = "uv"
    """What uv installs: standalone builds, from where its own settings say."""
    ARCHIVE = "archive"
    """An archive of a standalone build, by URL or on this machine."""
    IMAGE = "image"
    """An image that docker or podman has, or pulls."""
    FOLDER = "folder"
    """The prefix of a Python, or a file system that has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonSource:
    """A place that a target Python may come from.

    Arguments:
        kind: what kind of place.
        text: as the person named it.
        place: a URL, a path, or an image's reference; "" where the kind says it all.
        hashes: what an archive is promised to be: algorithm → hexadecimal digest.
    """

    kind: SourceKind
    text: str = field(repr=False)
    place: str = field(default="", repr=False)
    hashes: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """As the person named it, without user and password."""
        return without_credentials(self.text)


def parse_sources(texts: Sequence[str], directory: Path) -> tuple[PythonSource, ...]:
    """Return the places that a person named.

    Arguments:
        texts: each one of `debian`, `uv`, `https://….tar.gz#sha256=…`, `image:REFERENCE`, an archive's path, a folder.
        directory: what relative paths start at.

    Raises:
        UsageError: one is none of these; all of them are named.
    """
    problems: list[str] = []
    found = [_parse(text, directory, problems) for text in texts]
    if problems:
        raise UsageError(
            "a place for target Pythons cannot be used",
            why="; ".join(problems),
            hint="write debian, uv, https://….tar.gz#sha256=…, image:REFERENCE, or the path of a folder or archive",
        )
    return tuple(source for source in found if source)


def _parse(text: str, directory: Path, problems: list[str]) -> PythonSource | None:
    found = None
    if text in {SourceKind.DEBIAN.value, SourceKind.UV.value}:
        found = PythonSource(kind=SourceKind(text), text=text)
    elif text.startswith("image:"):
        found = _image(text, problems)
    elif "://" in text:
        url, fragment = urldefrag(text)
        if url.lower().startswith(("https://", "http://")):
            found = PythonSource(kind=SourceKind.ARCHIVE, text=text, place=url, hashes=dict(parse_qsl(fragment)))
        else:
            problems.append(f"{without_credentials(url)!r} is no address for http or https")
    else:
        found = _path(text, directory, problems)
    return found


def _image(text: str, problems: list[str]) -> PythonSource | None:
    reference = text.removeprefix("image:")
    # A program gets it as an argument.
    if not reference or reference.startswith("-") or any(char.isspace() for char in reference):
        problems.append(f"{text!r} names no image")
        return None
    return PythonSource(kind=SourceKind.IMAGE, text=text, place=reference)


def _path(text: str, directory: Path, problems: list[str]) -> PythonSource | None:
    with contextlib.suppress(OSError, RuntimeError):  # a name that is too long, the home of nobody
        path = (directory / Path(text).expanduser()).absolute()
        if text and path.is_dir():
            return PythonSource(kind=SourceKind.FOLDER, text=text, place=str(path))
        name, _, fragment = str(path).partition("#")
        if Path(name).is_file() and _ARCHIVE.search(name):
            return PythonSource(kind=SourceKind.ARCHIVE, text=text, place=name, hashes=dict(parse_qsl(fragment)))
    problems.append(f"{text!r} is neither a folder nor an archive on this machine, nor anything else that is known")
    return None
