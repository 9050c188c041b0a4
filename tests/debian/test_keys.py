"""Which certificates may sign which suite."""

from pathlib import Path

import pytest

from crosswheel.debian import keys
from crosswheel.debian.keys import PINNED, certificates_for
from crosswheel.debian.suites import SUITES

SHIPPED = Path(keys.__file__).parent / "keys"


@pytest.mark.parametrize("suite", PINNED)
def test_shipped_certificates(suite: str, tmp_path: Path) -> None:
    """A host without a keyring of Debian's."""
    certificates = certificates_for(suite, None, host_keyrings=tmp_path)
    assert {certificate.fingerprint for certificate in certificates} == PINNED[suite]
    assert not any(certificate.is_revoked for certificate in certificates)
    assert all("PRIVATE" not in path.read_text() for path in SHIPPED.iterdir())


def test_every_suite_is_pinned() -> None:
    for suite in SUITES.values():
        beside = ("", "-updates", "-security") if suite.updated else ("",)
        assert {f"{suite.name}{name}" for name in beside} <= set(PINNED)


def test_security_keys_sign_security_suites_only() -> None:
    security = {key for suite, keys in PINNED.items() if suite.endswith("-security") for key in keys}
    others = {key for suite, keys in PINNED.items() if not suite.endswith("-security") for key in keys}
    assert not security & others
