"""Everything that a run works with, made when it is first needed."""

import contextlib
import functools
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from crosswheel import __version__
from crosswheel.errors import LackError, UsageError
from crosswheel.process import Host, Processes, Reporter, SilentReporter, this_host
from crosswheel.store import Store
from crosswheel.targets import Architecture, Target, architecture_named

if TYPE_CHECKING:
    from crosswheel.build import Sources
    from crosswheel.debian import Archive
    from crosswheel.emulator import Emulator
    from crosswheel.index import Index, IndexSettings
    from crosswheel.pythons import InstalledPython, Installer, PythonPlaces, TargetPython
    from crosswheel.transport import Client


# Native helpers (qemu, proot, make) that are not here come out of this release: the first whose qemu-user is static.
_HOST_SUITE = "trixie"

# The Python packages whose programs build.
TOOLS = ("ziglang", "cmake", "ninja", "pkgconf", "uv")

_ZIP_BEGINS = 315532800  # 1980-01-01
_LAST_SECOND = 253402300799  # of the year 9999: what clang and Python's datetime take


def cache_root(environ: Mapping[str, str]) -> Path:
    """Return the folder of the cache.

    Arguments:
        environ: the person's environment variables.

    Raises:
        UsageError: build systems could not work in it.
    """
    named = environ.get("CROSSWHEEL_CACHE")
    # By the name that build systems find for it: without `..`, and without links, which may lead below /opt.
    folder = (Path(named) if named else platformdirs.user_cache_path("crosswheel")).resolve()
    if set("$:\n") & set(str(folder)):
        raise UsageError(
            f"{str(folder)!r} cannot be the cache folder",
            why="builds happen in it, and distutils takes a $ in a path for a variable, PATH a colon for its end",
            hint="name another with CROSSWHEEL_CACHE",
        )
    return folder


class Workshop:
    """What the parts of one run share: the cache, the network, programs, the host.

    Arguments:
        environ: the person's environment variables; nothing else reads them.
        reporter: told what happens.
        python_sources: where target Pythons come from, in the words of --target-python; None for what
            CROSSWHEEL_TARGET_PYTHON says.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        reporter: Reporter | None = None,
        *,
        python_sources: Sequence[str] | None = None,
    ) -> None:
        self.environ = dict(environ)
        self._python_sources = python_sources
        self.reporter = reporter or SilentReporter()
        self.processes = Processes()
        self.store = Store(cache_root(self.environ))
        self._host_pythons: dict[str, tuple[InstalledPython, ...]] = {}
        self._host_answers: dict[str, Mapping[str, object] | None] = {}

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

        return read_index_settings(self.environ, home=Path.home(), directory=Path.cwd())

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
        try:
            from uv import find_uv_bin

            return Path(find_uv_bin())
        except (ImportError, FileNotFoundError) as error:
            raise LackError(
                "uv was not found",
                why="the package uv, which crosswheel needs, is not installed beside it, or has no program in it",
                hint="python -m pip install --force-reinstall uv",
            ) from error

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

    def host_pythons(self, request: str) -> "tuple[InstalledPython, ...]":
        """Return the Pythons of this machine that satisfy a request to uv, such as ">=3.9", and all of pyenv's."""
        from crosswheel.pythons import list_host_pythons, list_pyenv_pythons

        if request not in self._host_pythons:
            named = self.environ.get("PYENV_ROOT")
            listed = list_host_pythons(request, uv=self.uv, processes=self.processes, environment=self.environ)
            pyenv = list_pyenv_pythons(Path(named) if named else Path.home() / ".pyenv")
            self._host_pythons[request] = (*listed, *pyenv)
        return self._host_pythons[request]

    def host_python(
        self, target: Target, installed: "Sequence[InstalledPython] | None" = None
    ) -> "TargetPython | None":
        """Return this machine's own Python of a target, headers included; None where there is none.

        Arguments:
            target: whose Python.
            installed: the Pythons of this machine, where they have been listed already.
        """
        from crosswheel.pythons import find_host_python

        if installed is None:
            threads = "t" if target.python.free_threaded else ""
            installed = self.host_pythons(".".join(map(str, target.python.version)) + threads)
        return find_host_python(
            target,
            installed,
            processes=self.processes,
            environment=self.environ,
            store=self.store,
            answers=self._host_answers,
        )

    @functools.cached_property
    def target_pythons(self) -> "PythonPlaces":
        """The places that target Pythons come from.

        Raises:
            UsageError: one that was named is none.
        """
        from crosswheel.pythons import PythonPlaces, parse_sources

        named = self._python_sources
        if named is None:
            try:
                named = shlex.split(self.environ.get("CROSSWHEEL_TARGET_PYTHON", ""))
            except ValueError as error:
                raise UsageError("CROSSWHEEL_TARGET_PYTHON cannot be read", why=f"its quotes: {error}") from error
        return PythonPlaces(
            sources=parse_sources(named, Path.cwd()),
            client=self.client,
            store=self.store,
            processes=self.processes,
            environment=self.environ,
            search_path=self.search_path,
            uv=self.uv,
            reporter=self.reporter,
        )

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
        """Name → version of what builds; what is not installed is left out, and told by who needs it."""
        from importlib.metadata import PackageNotFoundError, version

        found = {"crosswheel": __version__}
        for name in TOOLS:
            with contextlib.suppress(PackageNotFoundError):
                found[name] = version(name)
        return found

    @functools.cached_property
    def source_date_epoch(self) -> int:
        """Seconds since 1970 that stand for "now" in what is built: the person's, or where zip's calendar begins.

        Raises:
            UsageError: the person's is no such number (reproducible-builds.org, SOURCE_DATE_EPOCH).
        """
        given = self.environ.get("SOURCE_DATE_EPOCH", "")
        if not given:
            return _ZIP_BEGINS
        if not re.fullmatch("[0-9]{1,12}", given) or int(given) > _LAST_SECOND:
            raise UsageError(
                f"SOURCE_DATE_EPOCH={given} is no time",
                why=f"it has to be a whole number of seconds since 1970, {_LAST_SECOND} at most",
                hint="take the variable away, or set it as in SOURCE_DATE_EPOCH=$(date +%s)",
            )
        return int(given)

    def close(self) -> None:
        """End every program that is still running."""
        self.processes.end_all()

    @property
    def recipe_folders(self) -> tuple[Path, ...]:
        """The person's folders of recipes."""
        named = [Path(name) for name in self.environ.get("CROSSWHEEL_RECIPES", "").split(":") if name]
        return (*named, platformdirs.user_config_path("crosswheel") / "recipes")
