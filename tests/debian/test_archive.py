"""From a signed archive to a sysroot, with every fault on the way; the archive is made here, and served on loopback."""

import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pysequoia
import pytest

from crosswheel.debian import Archive, ArchiveSettings
from crosswheel.errors import BadInputError, CrosswheelError, LackError, NetworkError, RefusedError, UsageError
from crosswheel.process import SilentReporter
from crosswheel.store import Store, Sysroot
from crosswheel.targets import architecture_named
from crosswheel.transport import Client, ClientSettings
from made_archive import MadeArchive, MadePackage, MadeSuite, Served, file_member, link_member, served

ARM64 = architecture_named("aarch64")
LIBC = MadePackage(name="libc6", version="2.36-9", members=[file_member("./lib/aarch64-linux-gnu/libc.so.6")])
TOOL = MadePackage(
    name="tool",
    fields="Source: tools (1.0-1)\nDepends: libc6 (>= 2.36), dpkg\n",
    members=[file_member("./usr/bin/tool", mode=0o755), link_member("./usr/bin/t", "/usr/bin/tool")],
)
BOOKWORM = MadeSuite(name="bookworm", packages=(LIBC, TOOL))


class Warnings(SilentReporter):
    def __init__(self) -> None:
        self.texts: list[str] = []

    def warn(self, text: str) -> None:
        self.texts.append(text)


class World:
    """A published archive, a cache of its own, and what asks them."""

    def __init__(self, folder: Path, server: Served) -> None:
        self.folder = folder
        self.server = server
        self.made = MadeArchive(folder / "mirror")
        self.reporter = Warnings()
        self.days = 0
        self.fixes = True

    def archive(self, *, offline: bool = False, keyring: Path | None = None) -> Archive:
        store = Store(self.folder / "cache")
        settings = ArchiveSettings(
            mirrors=(self.server.url,),
            security_mirrors=(self.server.url,) if self.fixes else (),
            keyring=keyring or self.made.keyring,
            accept_expired_days=self.days,
        )
        client = Client(store, ClientSettings(retries=0, offline=offline))
        return Archive(client, store, settings, self.reporter)

    def sysroot(
        self, *names: str, suite: str = "bookworm", offline: bool = False, dependencies: bool = True
    ) -> Sysroot:
        return self.archive(offline=offline).sysroot(names, suite=suite, architecture=ARM64, dependencies=dependencies)

    def forget_freshness(self) -> None:
        """Make all that is remembered of the server as old as it takes to ask again."""
        shutil.rmtree(self.folder / "cache/pages")
        shutil.rmtree(self.folder / "cache/debian-requests", ignore_errors=True)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with served(tmp_path / "mirror") as server:
        yield World(tmp_path, server)


def test_sysroot(world: World) -> None:
    world.made.publish_release(BOOKWORM)
    sysroot = world.sysroot("tool")
    assert (sysroot.path / "usr/bin/t").read_bytes() == b"hello\n"
    assert (sysroot.path / "lib/aarch64-linux-gnu/libc.so.6").is_file()
    assert (sysroot.glibc, sysroot.suite, sysroot.architecture) == ((2, 36), "bookworm", ARM64)
    libc, tool = sysroot.packages
    assert (libc.name, tool.name, tool.source, tool.version) == ("libc6", "tool", "tools", "1.0-1")
    assert tool.files == ("usr/bin/tool", "usr/bin/t")
    assert [path.name for path in (world.folder / "cache/sysroots").iterdir()] == [sysroot.path.parent.name]


def test_without_dependencies(world: World) -> None:
    world.made.publish_release(BOOKWORM)
    assert [package.name for package in world.sysroot("tool", dependencies=False).packages] == ["tool"]


def test_only_some_files(world: World) -> None:
    world.made.publish_release(BOOKWORM)
    some, everything = (
        world.archive().sysroot(["tool"], suite="bookworm", architecture=ARM64, dependencies=False, only=only)
        for only in (frozenset({"usr/bin/tool"}), frozenset[str]())
    )
    assert some.packages[0].files == ("usr/bin/tool",)
    assert not (some.path / "usr/bin/t").exists()
    assert (everything.path / "usr/bin/t").exists()


def test_warm_cache_asks_nobody(world: World) -> None:
    world.made.publish_release(BOOKWORM)
    first = world.sysroot("tool")
    asked = len(world.server.requests)
    assert world.sysroot("tool") == first
    assert len(world.server.requests) == asked
    assert world.sysroot("tool", offline=True) == first
    assert world.sysroot("libc6", offline=True).packages, "other packages, from the indexes and files of the cache"


def test_cut_network_and_old_cache(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is gone, and what was fetched has expired meanwhile: what was verified then is still there."""
    soon = datetime.now(tz=UTC) + timedelta(hours=1)
    world.made.publish_release(replace(BOOKWORM, valid_until=soon))
    first = world.sysroot("tool")
    monkeypatch.setattr("time.time", lambda: soon.timestamp() + 86400)
    monkeypatch.setattr("crosswheel.debian.mirrors.current_time", lambda: soon + timedelta(days=1))
    assert world.sysroot("tool", offline=True) == first
    with pytest.raises(NetworkError, match="has expired"):
        world.sysroot("libc6", offline=True)


def test_security_fixes_win(world: World) -> None:
    world.made.publish_release(BOOKWORM)
    fixed = replace(LIBC, version="2.36-9+deb12u1")
    world.made.publish(MadeSuite(name="bookworm-security", packages=[fixed]))
    assert [package.version for package in world.sysroot("libc6").packages] == ["2.36-9+deb12u1"]
    found = world.archive().find("libc6", suite="bookworm", architecture=ARM64)
    assert found
    assert found.version == "2.36-9+deb12u1"
    assert world.archive().find("nothing", suite="bookworm", architecture=ARM64) is None


def test_new_fixes_are_seen_when_the_index_is_no_longer_fresh(world: World) -> None:
    world.made.publish_release(BOOKWORM)
    world.sysroot("libc6")
    world.made.publish(MadeSuite(name="bookworm-security", packages=[replace(LIBC, version="2.36-10")]))
    assert world.sysroot("libc6").packages[0].version == "2.36-9"
    world.forget_freshness()
    assert world.sysroot("libc6").packages[0].version == "2.36-10"


def test_glibc_of_sid_is_asked_of_the_archive(world: World) -> None:
    world.made.publish(MadeSuite(name="sid", packages=[replace(LIBC, version="2.43-1")]))
    assert world.sysroot("libc6", suite="sid").glibc == (2, 43)


def test_without_by_hash(world: World) -> None:
    world.made.publish_release(replace(BOOKWORM, by_hash=False))
    assert world.sysroot("tool").packages


def test_second_mirror(world: World) -> None:
    world.made.publish_release(BOOKWORM)
    archive = world.archive()
    settings = replace(archive._settings, mirrors=("http://127.0.0.1:9", world.server.url))
    archive = Archive(archive._client, archive._store, settings)
    assert archive.sysroot(["tool"], suite="bookworm", architecture=ARM64).packages


def test_bad_signature(world: World) -> None:
    world.made.publish_release(BOOKWORM)
    release = world.made.root / "dists/bookworm/InRelease"
    release.write_bytes(release.read_bytes().replace(b"Origin: Test", b"Origin: Evil"))
    with pytest.raises(RefusedError, match="not signed by Debian") as raised:
        world.sysroot("tool")
    assert "backtrace" not in str(raised.value).lower()
    assert len(raised.value.why) < 200
    release.write_bytes(world.made.sign("nonsense"))
    with pytest.raises(BadInputError):
        world.sysroot("tool")
    world.made.publish_release(BOOKWORM)
    assert world.sysroot("tool").packages, "a bad answer does not stay"


def test_text_around_the_signed_text_is_not_believed(world: World) -> None:
    world.made.publish_release(BOOKWORM)
    release = world.made.root / "dists/bookworm/InRelease"
    signed = release.read_bytes()
    release.write_bytes(b"Suite: evil\nCodename: evil\n" + signed)
    with pytest.raises(RefusedError, match="not signed by Debian"):
        world.sysroot("tool")
    release.write_bytes(signed + b"\nSHA256:\n " + b"0" * 64 + b" 1 main/binary-arm64/Packages.xz\n")
    try:
        sysroot = world.sysroot("tool")
    except CrosswheelError:
        return
    assert (sysroot.path / "usr/bin/tool").is_file()


def test_no_signature(world: World) -> None:
    world.made.publish_release(BOOKWORM)
    (world.made.root / "dists/bookworm/InRelease").write_text("Suite: bookworm\n")
    with pytest.raises(RefusedError, match="not signed by Debian"):
        world.sysroot("tool")


def test_key_of_somebody_else(world: World, tmp_path: Path) -> None:
    world.made.publish_release(BOOKWORM)
    other = tmp_path / "other.asc"
    other.write_text(str(pysequoia.Tsk.generate(user_id="Mallory").extract_certificate()))
    for keyring in (other, None):
        archive = world.archive(keyring=keyring)
        if keyring is None:  # Debian's own keys
            archive = Archive(archive._client, archive._store, replace(archive._settings, keyring=None))
        with pytest.raises(RefusedError, match="not signed by Debian"):
            archive.sysroot(["tool"], suite="bookworm", architecture=ARM64)


def test_damaged_keyring(world: World, tmp_path: Path) -> None:
    world.made.publish_release(BOOKWORM)
    damaged = tmp_path / "damaged.gpg"
    damaged.write_bytes(b"\x99garbage")
    with pytest.raises(LackError, match="keyring"):
        world.archive(keyring=damaged).sysroot(["tool"], suite="bookworm", architecture=ARM64)


def test_expired(world: World) -> None:
    expired = datetime.now(tz=UTC) - timedelta(days=14, hours=3)
    world.made.publish_release(replace(BOOKWORM, date=expired - timedelta(days=7), valid_until=expired))
    with pytest.raises(LackError, match="has expired") as raised:
        world.sysroot("tool")
    assert "14 days ago" in raised.value.why
    assert "CROSSWHEEL_DEBIAN_EXPIRED_DAYS=15" in raised.value.hint
    world.days = 14
    with pytest.raises(LackError, match="has expired"):
        world.sysroot("tool")
    world.days = 15
    assert world.sysroot("tool").packages
    world.days = 999_999  # however far that is beyond the end of the calendar
    world.forget_freshness()
    assert world.sysroot("tool").packages


def test_release_of_the_future(world: World) -> None:
    world.made.publish_release(replace(BOOKWORM, date=datetime.now(tz=UTC) + timedelta(days=3)))
    with pytest.raises(LackError, match="of the future"):
        world.sysroot("tool")


def test_another_suite_in_its_place(world: World) -> None:
    world.made.publish_release(BOOKWORM)
    shutil.copy(world.made.root / "dists/bookworm/InRelease", world.made.root / "dists/bookworm-security/InRelease")
    with pytest.raises(RefusedError, match="is not of bookworm-security"):
        world.sysroot("tool")


def test_older_release_than_before(world: World) -> None:
    world.made.publish_release(replace(BOOKWORM, date=datetime.now(tz=UTC) - timedelta(days=9)))
    old = (world.made.root / "dists/bookworm/InRelease").read_bytes()
    world.made.publish_release(replace(BOOKWORM, packages=(replace(LIBC, version="2.36-10"), TOOL)))
    world.sysroot("tool")
    (world.made.root / "dists/bookworm/InRelease").write_bytes(old)
    world.forget_freshness()
    assert [package.version for package in world.sysroot("libc6").packages] == ["2.36-10"]
    assert "older than what the mirror has served before" in world.reporter.texts[0]


@pytest.mark.parametrize("by_hash", [True, False])
def test_changed_index(world: World, by_hash: bool) -> None:
    world.made.publish_release(replace(BOOKWORM, by_hash=by_hash))
    for path in (world.made.root / "dists/bookworm/main/binary-arm64").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(RefusedError, match="is not what it should be"):
        world.sysroot("tool")


def test_lies_about_the_size_of_an_index(world: World) -> None:
    def enlarge(text: str) -> str:
        return "\n".join(
            line.replace(" main", "9 main", 1) if line.endswith("arm64/Packages") else line for line in text.split("\n")
        )

    world.made.publish_release(replace(BOOKWORM, change_text=enlarge))
    with pytest.raises(BadInputError, match="damaged"):
        world.sysroot("tool")


def test_changed_package(world: World) -> None:
    world.made.publish_release(BOOKWORM)
    deb = next((world.made.root / "pool/main").glob("tool_*"))
    deb.write_bytes(deb.read_bytes()[:-1] + b"!")
    with pytest.raises(RefusedError, match="is not what it should be"):
        world.sysroot("tool")
    assert not list((world.folder / "cache/sysroots").iterdir()), "nothing half-made is left"


@pytest.mark.parametrize("size", [1, 10_000_000])
def test_lies_about_the_size_of_a_package(world: World, size: int) -> None:
    world.made.publish_release(replace(BOOKWORM, packages=(LIBC, replace(TOOL, size=size))))
    with pytest.raises(RefusedError, match=r"tool_1\.0"):
        world.sysroot("tool")


def test_hostile_package(world: World) -> None:
    hostile = replace(TOOL, members=[file_member("../../../outside")])
    world.made.publish_release(replace(BOOKWORM, packages=(LIBC, hostile)))
    with pytest.raises(BadInputError, match="the package tool is refused"):
        world.sysroot("tool")
    assert not list(world.folder.rglob("outside"))
    assert not list((world.folder / "cache/sysroots").iterdir())


def test_bomb(world: World) -> None:
    bomb = replace(TOOL, members=[file_member("./zeros", bytes(18 << 20))])
    world.made.publish_release(replace(BOOKWORM, packages=(LIBC, bomb)))
    with pytest.raises(BadInputError, match="unpacks to more than"):
        world.sysroot("tool")


def test_missing_things(world: World) -> None:
    with pytest.raises(UsageError, match="no Debian release 'potato'"):
        world.sysroot("tool", suite="potato")
    with pytest.raises(LackError, match="is not there"):
        world.sysroot("tool")
    world.made.publish_release(replace(BOOKWORM, architectures="amd64"))
    with pytest.raises(RefusedError, match="Debian bookworm has no arm64"):
        world.sysroot("tool")
    world.made.publish_release(BOOKWORM)
    world.forget_freshness()
    for dependencies in (True, False):
        with pytest.raises(RefusedError, match="nothing cannot be had"):
            world.sysroot("nothing", dependencies=dependencies)


def test_ended_release_without_its_fixes(world: World) -> None:
    world.made.publish_release(replace(BOOKWORM, name="bullseye"))
    gone = replace(LIBC, version="2.36-99")
    world.made.publish(MadeSuite(name="bullseye-security", packages=[gone]))
    next((world.made.root / "pool/main").glob("libc6_2.36-99*")).unlink()
    assert [package.version for package in world.sysroot("libc6", suite="bullseye").packages] == ["2.36-9"]
    assert "without its last security fixes" in world.reporter.texts[0]


def test_a_living_release_is_never_taken_without_its_fixes(world: World) -> None:
    world.made.publish_release(BOOKWORM)
    world.made.publish(MadeSuite(name="bookworm-security", packages=[replace(LIBC, version="2.36-99")]))
    next((world.made.root / "pool/main").glob("libc6_2.36-99*")).unlink()
    with pytest.raises(RefusedError, match="is not there"):
        world.sysroot("libc6")


def test_without_security_fixes_by_choice(world: World) -> None:
    """A mirror's list of fixes may stay behind its release file, for the less used architectures above all."""
    world.made.publish_release(BOOKWORM)
    world.made.publish(MadeSuite(name="bookworm-security", packages=[replace(LIBC, version="2.36-99")]))
    for path in (world.made.root / "dists/bookworm-security/main/binary-arm64").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(RefusedError, match="is not what it should be") as raised:
        world.sysroot("libc6")
    assert "CROSSWHEEL_DEBIAN_SECURITY_MIRROR" in raised.value.hint
    assert "none" in raised.value.hint
    world.fixes = False
    assert [package.version for package in world.sysroot("libc6").packages] == ["2.36-9"]
    assert "without its security fixes" in world.reporter.texts[0]


def test_credentials_of_a_mirror_are_not_shown(world: World, tmp_path: Path) -> None:
    mirror = world.server.url.replace("://", "://me:secret@")
    settings = ArchiveSettings(mirrors=(mirror,), security_mirrors=(mirror,), keyring=world.made.keyring)
    assert "secret" not in repr(settings)

    def told() -> str:
        store = Store(tmp_path / "other")
        archive = Archive(Client(store, ClientSettings(retries=0)), store, settings, world.reporter)
        with pytest.raises(CrosswheelError) as caught:
            archive.sysroot(["tool"], suite="bookworm", architecture=ARM64)
        error = caught.value
        return " ".join((str(error), error.hint, *error.details, *world.reporter.texts))

    said = [told()]  # there is no release file
    world.made.publish_release(BOOKWORM)
    release = world.folder / "mirror/dists/bookworm/InRelease"
    good = release.read_bytes()
    release.write_bytes(b"none at all")
    said.append(told())
    release.write_bytes(good)
    for package in (world.folder / "mirror").rglob("*.deb"):
        package.write_bytes(b"another")
    said.append(told())
    assert [text for text in said if "secret" in text or "127.0.0.1" not in text] == []


def test_no_room(world: World) -> None:
    """A file may not grow beyond some size: what a full disk says, too, comes as OSError."""
    big = replace(TOOL, members=[file_member("./big", bytes(1 << 20))])
    world.made.publish_release(replace(BOOKWORM, packages=(LIBC, big)))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 19, before[1]))
        with pytest.raises(LackError, match="could not be written"):
            world.sysroot("tool")
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 13, before[1]))
        shutil.rmtree(world.folder / "cache/debian-indexes")
        with pytest.raises(LackError, match="could not be written"):
            world.sysroot("tool")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert world.sysroot("tool").packages


def test_damaged_cache(world: World) -> None:
    world.made.publish_release(BOOKWORM)
    sysroot = world.sysroot("tool")
    for path in (world.folder / "cache/debian-indexes").rglob("*.sqlite"):
        path.write_bytes(b"garbage" * 1000)
    with pytest.raises(LackError, match="cannot be read"):
        world.archive().find("tool", suite="bookworm", architecture=ARM64)
    (sysroot.path.parent / "sysroot.json").write_text("{")
    with pytest.raises(LackError, match="is damaged"):
        world.sysroot("tool")


@pytest.mark.parametrize("how", ["gone", "cut short"])
def test_a_sysroot_that_lost_files(world: World, how: str) -> None:
    """To a cleaner of old files, say: a build would fail much later, and not say why."""
    world.made.publish_release(BOOKWORM)
    sysroot = world.sysroot("tool")
    names = [name for package in sysroot.packages for name in package.files]
    lost = max((sysroot.path / name for name in names), key=lambda path: path.lstat().st_size)
    assert lost.is_file()
    if how == "gone":
        lost.unlink()
    else:
        lost.write_bytes(lost.read_bytes()[:-1])
    with pytest.raises(LackError, match="is damaged") as caught:
        world.sysroot("tool")
    assert "rm -r" in caught.value.hint
    shutil.rmtree(sysroot.path.parent)
    assert lost == max((world.sysroot("tool").path / name for name in names), key=lambda path: path.lstat().st_size)


def test_no_network(tmp_path: Path) -> None:
    made = MadeArchive(tmp_path / "mirror")
    world = World(tmp_path, Served("http://127.0.0.1:9", []))
    world.made = made
    with pytest.raises(NetworkError):
        world.sysroot("tool")


IN_ANOTHER_PROCESS = """
import sys; sys.path[:] = {path!r}
from pathlib import Path
from crosswheel.debian import Archive, ArchiveSettings
from crosswheel.store import Store
from crosswheel.targets import architecture_named
from crosswheel.transport import Client, ClientSettings
store = Store(Path({folder!r}) / "cache")
settings = ArchiveSettings(mirrors=({url!r},), security_mirrors=({url!r},), keyring=Path({keyring!r}))
archive = Archive(Client(store, ClientSettings()), store, settings)
print(archive.sysroot(["tool"], suite="bookworm", architecture=architecture_named("aarch64")).path)
"""


def test_two_processes_at_once(world: World) -> None:
    world.made.publish_release(BOOKWORM)
    script = IN_ANOTHER_PROCESS.format(
        path=sys.path, folder=str(world.folder), url=world.server.url, keyring=str(world.made.keyring)
    )
    workers = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    paths = {worker.communicate(timeout=60)[0] for worker in workers}
    assert len(paths) == 1
    assert Path(paths.pop().strip()).is_dir()
    debs = [request for request in world.server.requests if request.endswith(".deb")]
    assert len(debs) == len(set(debs)) == 2, "each package was fetched once"
