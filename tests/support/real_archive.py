"""The real Debian archive, with the cache that crosswheel itself uses, for tests that need it."""

import os
from pathlib import Path

import platformdirs

from crosswheel.debian import Archive, read_archive_settings
from crosswheel.process import this_host
from crosswheel.store import Store
from crosswheel.targets import architecture_named
from crosswheel.transport import Client, ClientSettings


def real_archive() -> Archive:
    """Return the Debian archive that this machine uses."""
    root = os.environ.get("CROSSWHEEL_CACHE") or platformdirs.user_cache_path("crosswheel")
    store = Store(Path(root))
    return Archive(Client(store, ClientSettings()), store, read_archive_settings(os.environ))


def host_packages(*packages: str, dependencies: bool, only: frozenset[str] = frozenset()) -> Path:
    """Return a folder with packages for this machine."""
    architecture = architecture_named(this_host().machine)
    sysroot = real_archive().sysroot(
        packages, suite="trixie", architecture=architecture, dependencies=dependencies, only=only
    )
    return sysroot.path
