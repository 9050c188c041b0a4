"""Packages as an index of a Debian archive tells of them, and what they depend on (deb-control(5))."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crosswheel.debian.version import satisfies, version_key
from crosswheel.errors import BadInputError

_FIELD = re.compile(
    r"^(Package|Source|Version|Architecture|Provides|Depends|Pre-Depends|Filename|Size|SHA256|Installed-Size): *(.*)$",
    re.MULTILINE,
)
_RELATION = re.compile(
    r"""\s*(?P<name>[A-Za-z0-9][A-Za-z0-9+.-]*)      # a package, or a name that packages provide
        (?::(?P<qualifier>[a-z0-9-]+))?              # :any, :native, or an architecture
        \s*(?:\(\s*(?P<sign><<|<=|=|>=|>>)\s*(?P<version>[^\s)]+)\s*\))?\s*""",
    re.VERBOSE,
)
_HEXADECIMAL = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """One alternative of a dependency: a name, and perhaps a version.

    Arguments:
        name: a package, or a virtual one.
        sign: one of <<, <=, =, >=, >>; empty when any version will do.
        version: what the sign refers to.
    """

    name: str
    sign: str = ""
    version: str = ""

    def accepts(self, version: str) -> bool:
        """Return whether a package of this version is meant."""
        return not self.sign or satisfies(version, self.sign, self.version)

    def __str__(self) -> str:
        return f"{self.name} ({self.sign} {self.version})" if self.sign else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A binary package of an archive.

    Arguments:
        name: such as "libssl3".
        version: such as "3.0.17-1~deb12u2".
        source: the source package's name.
        architecture: such as "arm64", or "all".
        depends: Pre-Depends and Depends, as they stand in the index.
        filename: path below the archive's root.
        size: of the package file, in bytes.
        sha256: of the package file.
        installed_size: what it takes when unpacked, by its own account, in KiB.
        mirrors: URLs of the archives that have it, the preferred one first.
    """

    name: str
    version: str
    source: str
    architecture: str
    depends: str
    filename: str
    size: int
    sha256: str
    installed_size: int
    mirrors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _HEXADECIMAL.fullmatch(self.sha256):
            raise BadInputError(f"the archive's index tells no SHA256 of {self.name}", why=repr(self.sha256))
        if self.filename.startswith("/") or ".." in self.filename.split("/"):
            raise BadInputError(f"the archive's index puts {self.name} outside of the archive", why=self.filename)
        version_key(self.version)


def parse_packages(text: str) -> Iterator[tuple[Package, tuple[str, ...]]]:
    """Yield each package of a Packages index with what it provides.

    Raises:
        BadInputError: a stanza lacks a field, or a field is not what it should be.
    """
    for stanza in text.split("\n\n"):
        fields: dict[str, str] = dict(_FIELD.findall(stanza))
        if not fields:
            continue
        try:
            package = Package(
                name=fields["Package"],
                version=fields["Version"],
                source=fields.get("Source", fields["Package"]).partition(" ")[0],
                architecture=fields["Architecture"],
                depends=", ".join(filter(None, (fields.get("Pre-Depends"), fields.get("Depends")))),
                filename=fields["Filename"],
                size=int(fields["Size"]),
                sha256=fields["SHA256"],
                installed_size=int(fields.get("Installed-Size") or "0"),
            )
        except (KeyError, ValueError) as error:
            raise BadInputError(
                f"the archive's index has a package {fields.get('Package', 'without a name')} that cannot be read",
                why=f"{type(error).__name__}: {error}",
            ) from error
        provides = fields.get("Provides", "")
        yield package, tuple(provided.strip() for provided in provides.split(",")) if provides else ()


def parse_dependencies(text: str) -> tuple[tuple[Relation, ...], ...]:
    """Return the dependencies of a Depends field: all of the outer have to be met, one of each inner.

    Raises:
        BadInputError: it is not as Debian Policy 7.1 says.
    """
    return tuple(
        tuple(parse_relation(alternative) for alternative in clause.split("|"))
        for clause in text.split(",")
        if clause.strip()
    )


def parse_relation(text: str) -> Relation:
    """Return one alternative, such as "python3:any (>= 3.11~)"; the qualifier is dropped.

    Every package of a sysroot is of the one architecture or of all, so that what a qualifier allows is given.

    Raises:
        BadInputError: it is not as Debian Policy 7.1 says.
    """
    match = _RELATION.fullmatch(text)
    if not match:
        raise BadInputError("a dependency in the archive's index cannot be read", why=repr(text))
    return Relation(name=match["name"], sign=match["sign"] or "", version=match["version"] or "")
