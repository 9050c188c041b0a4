"""Which OpenPGP certificates may sign the release file of which suite."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from crosswheel.errors import LackError

if TYPE_CHECKING:
    from pysequoia import Cert

HOST_KEYRINGS = Path("/usr/share/keyrings")
_SHIPPED = Path(__file__).parent / "keys"

# Debian signs a suite with the automatic key of its own release and of the next one; point releases also
# with the stable key.
_BULLSEYE = "1f89983e0081fde018f3cc9673a4f27b8dd47936"
_BULLSEYE_SECURITY = "ac530d520f2f3269f5e98313a48449044aad5c5d"
_BULLSEYE_STABLE = "a4285295fc7b1a81600062a9605c66f00d6c9793"
_BOOKWORM = "b8b80b5b623eab6ad8775c45b7c5d7d6350947f8"
_BOOKWORM_SECURITY = "05ab90340c0c5e797f44a8c8254cf3b5aec0a8f0"
_BOOKWORM_STABLE = "4d64fec119c2029067d6e791f8d2585b8783d481"
_TRIXIE = "04b54c3cdca79751b16bc6b5225629df75b188bd"
_TRIXIE_SECURITY = "5e04a1e3223a19a20706e20f9904613d4cce68c6"
_TRIXIE_STABLE = "41587f7db8c774bccf131416762f67a0b2c39de4"

PINNED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "bullseye": frozenset({_BULLSEYE, _BULLSEYE_STABLE, _BOOKWORM}),
        "bullseye-updates": frozenset({_BULLSEYE, _BOOKWORM}),
        "bullseye-security": frozenset({_BULLSEYE_SECURITY, _BOOKWORM_SECURITY}),
        "bookworm": frozenset({_BOOKWORM, _BOOKWORM_STABLE, _TRIXIE}),
        "bookworm-updates": frozenset({_BOOKWORM, _TRIXIE}),
        "bookworm-security": frozenset({_BOOKWORM_SECURITY, _TRIXIE_SECURITY}),
        "trixie": frozenset({_TRIXIE, _TRIXIE_STABLE}),
        "trixie-updates": frozenset({_TRIXIE}),
        "trixie-security": frozenset({_TRIXIE_SECURITY}),
        "sid": frozenset({_BOOKWORM, _TRIXIE}),
    }
)
"""Suite → fingerprints of the certificates that may sign it."""


def certificates_for(suite: str, keyring: Path | None, host_keyrings: Path = HOST_KEYRINGS) -> "tuple[Cert, ...]":
    """Return the certificates that may sign a suite's release file.

    Arguments:
        suite: such as "bookworm-security".
        keyring: file of the only certificates to trust; None for Debian's own, those pinned for the suite.
        host_keyrings: folder of the host's keyrings, which know of extended expiry dates; what they lack
            comes from the package's data.

    Raises:
        LackError: a keyring cannot be read.
    """
    if keyring is not None:
        return tuple(_read(keyring))
    pinned = PINNED[suite]
    found: dict[str, Cert] = {}
    for path in (*sorted(host_keyrings.glob("debian-archive-*.gpg")), *sorted(_SHIPPED.glob("*.asc"))):
        if "removed" in path.name:
            continue
        for certificate in _read(path):
            if certificate.fingerprint in pinned:
                found.setdefault(certificate.fingerprint, certificate)
        if len(found) == len(pinned):
            break
    return tuple(found.values())


def _read(path: Path) -> "Iterator[Cert]":
    from pysequoia import Cert

    try:
        yield from Cert.split_bytes(path.read_bytes())
    except Exception as error:  # pysequoia raises RuntimeError and, for some input, bare Exception
        raise LackError(
            f"the OpenPGP keyring {path} could not be read",
            why=str(error).partition("\n")[0],
            hint="reinstall the package debian-archive-keyring, or move that file away",
        ) from error
