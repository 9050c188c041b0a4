"""Everything that a run works with, made when it is first needed."""

import functools
import threading
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from crosswheel import __version__
from crosswheel.process import Host, Processes, Reporter, SilentReporter, this_host
from crosswheel.store import Store
from crosswheel.targets import Architecture, architecture_named

if TYPE_CHECKING:
    from crosswheel.build import Sources
    from crosswheel.debian import Archive
    from crosswheel.emulator import Emulator
    from crosswheel.index import Index, IndexSettings
    from crosswheel.pythons import Installer
    from crosswheel.transport import Client


# Native helpers (qemu, proot, make) that are not here come out of this release: the first whose qemu-user is static.
_HOST_SUITE = "trixie"


class Workshop:
    """What the parts of one run share: the cache, the network, programs, the host.

    Arguments:
        environ: the person's environment variables; nothing else reads them.
        reporter: told what happens.
        offline: ask no server.
    """

    def __init__(self, environ: Mapping[str, str], reporter: Reporter | None = None, *, offline: bool = False) -> None:
        self.environ = dict(environ)
        self.reporter = reporter or SilentReporter()
        self.processes = Processes()
        self.store = Store(self._cache_root())
        self._offline = offline
        self._lock = threading.RLock()

    @functools.cached_property
    def host(self) -> Host:
        """This machine."""
        return this_host()

    @functools.cached_property
    def search_path(self) -> str:
        """Where programs of this machine are looked for."""
        return self.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin")

    @functools.cached_property
    def index_settings(self) -> "IndexSettings":
        """What pip's and uv's settings say of indexes."""
        from crosswheel.index import read_index_settings

        return read_index_settings(self.environ, home=Path.home(), directory=Path.cwd(), offline=self._offline)

    @functools.cached_property
    def client(self) -> "Client":
        """The one HTTP client."""
        from crosswheel.transport import Client

        return Client(self.store, self.index_settings.client, self.reporter)

    @functools.cached_property
    def index(self) -> "Index":
        """The package indexes."""
        from crosswheel.index import Index

        return Index(self.client, self.index_settings, self.reporter)

    @functools.cached_property
    def sources(self) -> "Sources":
        """Fetches sources, and unpacks them."""
        from crosswheel.build import Sources

        return Sources(
            index=self.index,
            client=self.client,
            store=self.store,
            processes=self.processes,
            environment=self.environ,
            reporter=self.reporter,
        )

    @functools.cached_property
    def archive(self) -> "Archive":
        """The Debian archive."""
        from crosswheel.debian import Archive, read_archive_settings

        return Archive(self.client, self.store, read_archive_settings(self.environ), self.reporter)

    @functools.cached_property
    def uv(self) -> Path:
        """The uv program that is installed with crosswheel."""
        from uv import find_uv_bin

        return Path(find_uv_bin())

    @functools.cached_property
    def installer(self) -> "Installer":
        """How requirements get into environments."""
        from crosswheel.pythons import Installer

        variables = {
            **self.index_settings.uv_environment(),
            "UV_CACHE_DIR": str(self.store.root / "uv"),
            # Builds write into their environments; the cache must not change with them.
            "UV_LINK_MODE": "copy",
            "UV_NO_PROGRESS": "1",
            "UV_PYTHON_DOWNLOADS": "never",
        }
        return Installer(uv=self.uv, processes=self.processes, variables=variables, reporter=self.reporter)

    def host_packages(self, *packages: str, dependencies: bool, only: frozenset[str] = frozenset()) -> Path:
        """Return a folder in which Debian packages for this machine are unpacked."""
        sysroot = self.archive.sysroot(
            packages,
            suite=_HOST_SUITE,
            architecture=architecture_named(self.host.machine),
            dependencies=dependencies,
            only=only,
        )
        return sysroot.path

    def emulator(self, architecture: Architecture) -> "Emulator":
        """Return the emulator of an architecture: this machine's, or fetched."""
        from crosswheel.emulator import find_emulator

        return find_emulator(
            architecture, search_path=self.search_path, processes=self.processes, host_packages=self.host_packages
        )

    @functools.cached_property
    def tools(self) -> Mapping[str, str]:
        """Name → version of what builds."""
        return {"crosswheel": __version__, **{name: version(name) for name in ("ziglang", "cmake", "ninja")}}

    @functools.cached_property
    def source_date_epoch(self) -> int:
        """Seconds since 1970 that stand for "now" in what is built: the person's, or where zip's calendar begins."""
        given = self.environ.get("SOURCE_DATE_EPOCH", "")
        return int(given) if given.isdigit() else 315532800

    def close(self) -> None:
        """End every program that is still running."""
        self.processes.end_all()

    @property
    def recipe_folders(self) -> tuple[Path, ...]:
        """The person's folders of recipes."""
        named = [Path(name) for name in self.environ.get("CROSSWHEEL_RECIPES", "").split(":") if name]
        return (*named, platformdirs.user_config_path("crosswheel") / "recipes")

    def _cache_root(self) -> Path:
        named = self.environ.get("CROSSWHEEL_CACHE")
        return Path(named).absolute() if named else platformdirs.user_cache_path("crosswheel")
