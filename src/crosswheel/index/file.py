"""One file that an index offers, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from packaging.version import InvalidVersion, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFile:
    """One file of a project, as an index or a find-links page names it (PEP 503, 592, 658, 691, 700).

    Arguments:
        filename: such as "kiwisolver-1.4.7.tar.gz".
        url: where it is; http, https or file; no credentials, no fragment.
        kind: "sdist", "wheel", or another word for what nobody builds from any more.
        version: as the file name spells it.
        hashes: algorithm → hexadecimal digest; empty when the index promises none.
        requires_python: what the project says of Python versions; None when it says nothing.
        yanked: taken back by its makers (PEP 592).
        yanked_reason: why, when they said so.
        size: bytes, when the index says so.
        has_metadata: its metadata is offered as a file of its own (PEP 658).
        origin: the index, or find-links page or folder, that named it; without credentials.
    """

    filename: str
    url: str
    kind: str
    version: str
    hashes: Mapping[str, str]
    requires_python: str | None
    yanked: bool
    yanked_reason: str
    size: int | None
    has_metadata: bool
    origin: str

    @property
    def parsed_version(self) -> Version | None:
        """The version by PEP 440; None for one from before it, which nothing can ask for."""
        try:
            return Version(self.version)
        except InvalidVersion:
            return None

    def to_record(self) -> list[object]:
        """Return the file as JSON holds it, all but `origin`, which is the page's."""
        return [
            self.filename,
            self.url,
            self.kind,
            self.version,
            dict(self.hashes),
            self.requires_python,
            self.yanked,
            self.yanked_reason,
            self.size,
            self.has_metadata,
        ]

    @classmethod
    def from_record(cls, record: object, origin: str) -> Self:
        """Return what `to_record` wrote.

        Raises:
            ValueError: it is not of that form.
        """
        match record:
            case [
                str(filename),
                str(url),
                str(kind),
                str(version),
                dict(hashes),
                str() | None as requires_python,
                bool(yanked),
                str(yanked_reason),
                int() | None as size,
                bool(has_metadata),
            ]:
                return cls(
                    filename=filename,
                    url=url,
                    kind=kind,
                    version=version,
                    hashes=hashes,
                    requires_python=requires_python,
                    yanked=yanked,
                    yanked_reason=yanked_reason,
                    size=size,
                    has_metadata=has_metadata,
                    origin=origin,
                )
            case _:
                raise ValueError("not the record of a file")
