"""What an index says of packages."""

import pytest

from crosswheel.debian.control import Relation, parse_dependencies, parse_packages
from crosswheel.errors import BadInputError

STANZA = f"""Package: libfoo1
Source: foo (1.0-1)
Version: 1.0-1+b2
Installed-Size: 12
Architecture: arm64
Provides: libfoo-abi (= 3), foo
Pre-Depends: libc6 (>= 2.36)
Depends: libbar | libbaz (<< 2), python3:any
Description: nothing
 Depends: a trap
Filename: pool/main/f/foo/libfoo1_1.0-1+b2_arm64.deb
Size: 1234
SHA256: {"ab" * 32}
"""


def test_stanza() -> None:
    ((package, provides),) = parse_packages(f"{STANZA}\n")
    assert (package.name, package.version, package.source, package.size) == ("libfoo1", "1.0-1+b2", "foo", 1234)
    assert package.depends == "libc6 (>= 2.36), libbar | libbaz (<< 2), python3:any"
    assert provides == ("libfoo-abi (= 3)", "foo")


def test_dependencies() -> None:
    assert parse_dependencies("libc6 (>= 2.36), libbar|libbaz(<<2) , python3:any") == (
        (Relation(name="libc6", sign=">=", version="2.36"),),
        (Relation(name="libbar"), Relation(name="libbaz", sign="<<", version="2")),
        (Relation(name="python3"),),
    )
    assert parse_dependencies("") == ()


@pytest.mark.parametrize("text", ["libc6 (2.36)", "?", "libc6 (>= 2.36", "a | | b"])
def test_malformed_dependencies(text: str) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        parse_dependencies(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Version: 1.0-1+b2\n", ""),
        ("Size: 1234", "Size: many"),
        ("Version: 1.0-1+b2", "Version: x:1"),
        ("ab" * 32, "xyz"),
        ("pool/main/f", "pool/../../f"),
        ("pool/main/f", "/pool/main/f"),
    ],
)
def test_malformed_stanzas(old: str, new: str) -> None:
    with pytest.raises(BadInputError):
        list(parse_packages(STANZA.replace(old, new)))
