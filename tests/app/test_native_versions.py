"""A result is kept under the versions of the libraries that may have been linked."""

from pathlib import Path

from crosswheel.app.prepare import native_versions
from crosswheel.app.workshop import Workshop
from crosswheel.debian import Archive, ArchiveSettings
from crosswheel.process import SilentReporter
from crosswheel.store import Store
from crosswheel.targets import Target
from crosswheel.transport import Client, ClientSettings
from made_archive import MadeArchive, MadePackage, MadeSuite, served

TARGET = Target.parse("cp311-manylinux2014_aarch64")


def at_this_time(folder: Path, version: str, time: str, *names: str) -> tuple[str, ...]:
    """What the archive answers at a time, to a cache that knows nothing of another one."""
    with served(folder / "mirror") as server:
        made = MadeArchive(folder / "mirror")
        made.publish_release(MadeSuite(name="bookworm", packages=(MadePackage(name="libx-dev", version=version),)))
        store = Store(folder / f"cache {time}")
        settings = ArchiveSettings(mirrors=(server.url,), security_mirrors=(server.url,), keyring=made.keyring)
        workshop = Workshop({"CROSSWHEEL_CACHE": str(store.root)})
        workshop.archive = Archive(Client(store, ClientSettings(retries=0)), store, settings, SilentReporter())
        return native_versions(workshop, TARGET, names)


def test_a_fixed_library_is_another_input(tmp_path: Path) -> None:
    assert at_this_time(tmp_path, "1.0-1", "before", "libx-dev", "no-such") == ("libx-dev=1.0-1", "no-such")
    assert at_this_time(tmp_path, "1.0-1+deb12u1", "after", "libx-dev") == ("libx-dev=1.0-1+deb12u1",)


def test_nobody_is_asked_where_nothing_is_linked(tmp_path: Path) -> None:
    assert native_versions(Workshop({"CROSSWHEEL_CACHE": str(tmp_path)}), TARGET, ()) == ()
