"""The real Debian archive, with the cache that crosswheel itself uses, for tests that need it."""

import os
from pathlib import Path

import platformdirs

from crosswheel.debian import SUITES, Archive, read_archive_settings
from crosswheel.debian.closure import newest
from crosswheel.debian.mirrors import Mirrors, first_of
from crosswheel.debian.unpack import read_sysroot, write_sysroot
from crosswheel.process import SilentReporter, this_host
from crosswheel.store import Store
from crosswheel.targets import Architecture, architecture_named
from crosswheel.transport import Client, ClientSettings


def real_archive() -> Archive:
    """Return the Debian archive that this machine uses."""
    store = _store()
    return Archive(Client(store, ClientSettings()), store, read_archive_settings(os.environ))


def host_packages(*packages: str, dependencies: bool, only: frozenset[str] = frozenset()) -> Path:
    """Return a folder with packages for this machine."""
    architecture = architecture_named(this_host().machine)
    sysroot = real_archive().sysroot(
        packages, suite="trixie", architecture=architecture, dependencies=dependencies, only=only
    )
    return sysroot.path


def released_package(name: str, *, suite: str, architecture: Architecture) -> Path:
    """Return a folder with one package as a release came out with it, verified and kept like those of a build.

    The suites beside the release are not read. What a build takes has their fixes; what a test only loads needs none,
    and mirrors lag: with the lists of some architectures' security suites behind the signed release file, nothing could
    be tested on those.
    """
    store = _store()
    client = Client(store, ClientSettings())
    mirrors = Mirrors(client, store, read_archive_settings(os.environ), SilentReporter())
    release = mirrors.origins(suite, architecture)[0]
    with mirrors.index([release], architecture) as index:
        package = newest(name, index)
    assert package, f"Debian {suite} has no {name} for {architecture.debian}"
    key = f"released-{suite}-{package.sha256}"

    def make(folder: Path) -> None:
        urls = tuple(f"{mirror}/{package.filename}" for mirror in package.mirrors)
        file = first_of(urls, lambda url: client.file(url, hashes={"sha256": package.sha256}, limit=package.size))
        write_sysroot(folder, [(package, file)], suite=suite, glibc=SUITES[suite].glibc or (0, 0))

    store.folder("sysroots", key, make)
    return read_sysroot(store.path("sysroots", key), architecture).path


def _store() -> Store:
    return Store(Path(os.environ.get("CROSSWHEEL_CACHE") or platformdirs.user_cache_path("crosswheel")))
