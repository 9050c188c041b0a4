"""Which mirrors are used."""

from pathlib import Path

import pytest

from crosswheel.debian import ArchiveSettings, read_archive_settings
from crosswheel.errors import LackError, UsageError

DEB822 = """Types: deb
# a comment
URIs: http://debian.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://security.example/debian-security
 http://other.example/debian-security
Suites: bookworm-security
Components: main contrib

Types: deb
URIs: https://vendor.example/node
Suites: nodistro
Components: main

Enabled: no
Types: deb
URIs: https://off.example/debian
Suites: trixie
Components: main
"""
ONE_LINE = """# deb http://comment.example/debian stable main
deb [arch=amd64 signed-by=/x] https://one.example/debian/ bookworm main contrib  # trailing
deb-src http://source.example/debian bookworm main
deb http://one.example/security bookworm-security main
deb https://vendor.example/apt cloud-sdk-bookworm main
deb cdrom:[Debian]/ bookworm main
"""


def test_deb822(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d/debian.sources").write_text(DEB822)
    settings = read_archive_settings({}, tmp_path)
    assert settings.mirrors == ("http://debian.example/debian",)
    assert settings.security_mirrors == (
        "http://security.example/debian-security",
        "http://other.example/debian-security",
    )


def test_one_line_style(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text(ONE_LINE)
    settings = read_archive_settings({"CROSSWHEEL_DEBIAN_EXPIRED_DAYS": "20"}, tmp_path)
    assert settings == ArchiveSettings(
        mirrors=("https://one.example/debian",),
        security_mirrors=("http://one.example/security",),
        accept_expired_days=20,
    )


def test_environment_comes_first(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text(ONE_LINE)
    settings = read_archive_settings({"CROSSWHEEL_DEBIAN_MIRROR": "https://mine.example/debian/"}, tmp_path)
    assert settings.mirrors == ("https://mine.example/debian",)
    assert settings.security_mirrors == ("https://mine.example/debian-security",)
    both = {
        "CROSSWHEEL_DEBIAN_MIRROR": "https://mine.example/debian",
        "CROSSWHEEL_DEBIAN_SECURITY_MIRROR": "https://mine.example/fixes",
    }
    assert read_archive_settings(both, tmp_path).security_mirrors == ("https://mine.example/fixes",)
    without = read_archive_settings({"CROSSWHEEL_DEBIAN_SECURITY_MIRROR": "none"}, tmp_path)
    assert without.mirrors
    assert without.security_mirrors == ()


def test_not_debian(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("deb http://other.example/ubuntu noble main\n")
    with pytest.raises(LackError, match="no Debian mirror") as raised:
        read_archive_settings({}, tmp_path)
    assert "CROSSWHEEL_DEBIAN_MIRROR" in raised.value.hint


@pytest.mark.parametrize(
    "environ",
    [
        {"CROSSWHEEL_DEBIAN_MIRROR": "https://m.example/debian", "CROSSWHEEL_DEBIAN_EXPIRED_DAYS": "some"},
        {"CROSSWHEEL_DEBIAN_MIRROR": "https://m.example/debian", "CROSSWHEEL_DEBIAN_EXPIRED_DAYS": "9" * 5000},
        {"CROSSWHEEL_DEBIAN_MIRROR": "ftp://m.example/debian"},
    ],
)
def test_wrong_settings(environ: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read_archive_settings(environ, tmp_path)
