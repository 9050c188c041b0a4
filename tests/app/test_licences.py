"""Licence texts that no sysroot holds come from the Debian release of the sysroot, or their lack is told."""

from pathlib import Path

import pytest

from crosswheel.app.licences import CommonLicences
from crosswheel.app.workshop import Workshop
from crosswheel.debian import Archive, ArchiveSettings
from crosswheel.process import SilentReporter
from crosswheel.store import Sysroot
from crosswheel.targets import architecture_named
from made_archive import MadeArchive, MadePackage, MadeSuite, file_member, link_member, served

ARM = architecture_named("aarch64")
FOLDER = "./usr/share/common-licenses"
BASE = MadePackage(
    name="base-files",
    fields="Depends: nothing-that-there-is\n",
    members=[file_member(f"{FOLDER}/GPL-3", b"all of it"), link_member(f"{FOLDER}/GPL", "GPL-3")],
)


class Heard(SilentReporter):
    """Keeps what was warned of."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)


@pytest.fixture
def sysroot(tmp_path: Path) -> Sysroot:
    return Sysroot(path=tmp_path / "root", architecture=ARM, glibc=(2, 36), suite="bookworm", packages=())


def workshop(folder: Path, made: MadeArchive, url: str, heard: Heard) -> Workshop:
    """A run whose Debian archive is the made one, which is signed with a key of its own."""
    run = Workshop({"CROSSWHEEL_CACHE": str(folder / "cache")}, heard)
    settings = ArchiveSettings(mirrors=(url,), security_mirrors=(url,), keyring=made.keyring)
    run.archive = Archive(run.client, run.store, settings, heard)
    return run


def test_the_release_of_the_sysroot_has_them_and_the_cache_keeps_them(tmp_path: Path, sysroot: Sysroot) -> None:
    archive, heard = MadeArchive(tmp_path / "mirror"), Heard()
    archive.publish_release(MadeSuite(name="bookworm", packages=[BASE]))
    with served(archive.root) as mirror:
        licences = CommonLicences(workshop(tmp_path, archive, mirror.url, heard), sysroot)
        assert mirror.requests == [], "nothing is fetched until a text is asked for"
        assert licences("GPL") == licences("GPL-3") == b"all of it"
        assert licences("Artistic") is None
    # The archive is gone.
    assert CommonLicences(workshop(tmp_path, archive, mirror.url, heard), sysroot)("GPL-3") == b"all of it"
    assert heard.warnings == []


def test_an_archive_that_has_none_is_no_failure(tmp_path: Path, sysroot: Sysroot) -> None:
    archive, heard = MadeArchive(tmp_path / "mirror"), Heard()
    archive.publish_release(MadeSuite(name="bookworm", packages=[]))
    with served(archive.root) as mirror:
        licences = CommonLicences(workshop(tmp_path, archive, mirror.url, heard), sysroot)
        assert licences("GPL-3") is None
        assert licences("Artistic") is None
    (warning,) = heard.warnings
    assert warning.startswith("base-files of Debian bookworm cannot be had: ")
