"""A Debian archive: from its signed release file to a folder of unpacked packages, every byte on the way checked."""

import functools
import hashlib
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crosswheel.debian.control import Package
from crosswheel.debian.settings import FRESH_FOR, SECURITY_MIRROR, ArchiveSettings
from crosswheel.debian.suites import SUITES
from crosswheel.debian.unpack import read_sysroot
from crosswheel.errors import BadInputError, NetworkError, RefusedError
from crosswheel.process import Reporter, SilentReporter
from crosswheel.store import Store, Sysroot
from crosswheel.targets import Architecture
from crosswheel.transport import Client

# A run whose sysroots are all there needs none of these.
if TYPE_CHECKING:
    from crosswheel.debian.index import PackageIndex
    from crosswheel.debian.mirrors import Mirrors, Origin

_DOWNLOADS = 6  # at once
_LAYOUT = 3  # raised when a sysroot is laid out in another way, so that older ones are made anew
_GLIBC = re.compile(r"(?:\d+:)?(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What is asked for; `leave_out` is None where what packages depend on is not wanted at all."""

    names: tuple[str, ...]
    architecture: Architecture
    leave_out: frozenset[str] | None
    only: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A sysroot that is there, and how many seconds ago its packages were asked for."""

    sysroot: Sysroot
    age: float


class Archive:
    """The Debian archive, of any suite and architecture.

    Arguments:
        client: fetches.
        store: keeps indexes and sysroots.
        settings: where the archive is, and what is accepted from it.
        reporter: told what is going on.
    """

    def __init__(
        self, client: Client, store: Store, settings: ArchiveSettings, reporter: Reporter | None = None
    ) -> None:
        self._client = client
        self._store = store
        self._settings = settings
        self._reporter = reporter or SilentReporter()
        if not settings.security_mirrors:
            self._reporter.warn(f"what comes from Debian is without its security fixes ({SECURITY_MIRROR}=none)")

    def sysroot(
        self,
        packages: Sequence[str],
        *,
        suite: str,
        architecture: Architecture,
        dependencies: bool = True,
        leave_out: frozenset[str] = frozenset(),
        only: frozenset[str] = frozenset(),
    ) -> Sysroot:
        """Return a folder in which packages, and what they depend on, are unpacked.

        The same request within six hours, or without a network, gives the same folder and asks nobody.

        Arguments:
            packages: names of binary packages.
            suite: one of `SUITES`; its security fixes and updates are read too, and the highest version is taken.
            architecture: whose machine code.
            dependencies: take along what they depend on.
            leave_out: packages that are not taken along, because something else stands in for them.
            only: paths of the only files that are wanted, such as "usr/bin/tool"; none for all.

        Raises:
            UsageError: there is no such suite.
            RefusedError: a package or dependency is not there, or something is not what was signed for.
            LackError: the archive cannot be reached, or has expired.
        """
        wanted = [sorted(set(packages)), suite, architecture.debian, dependencies, sorted(leave_out), _LAYOUT]
        archive = [*self._settings.mirrors, *self._settings.security_mirrors, str(self._settings.keyring)]
        request = _digest([wanted, archive, *sorted(only)])
        known = self._known(request, architecture)
        if known and known.age < FRESH_FOR:
            return known.sysroot
        try:
            origins = self._mirrors.origins(suite, architecture)
        except NetworkError:
            if known:
                return known.sysroot
            raise
        if known and any(origin.stale for origin in origins):
            return known.sysroot
        wish = _Wish(
            names=tuple(sorted(set(packages))),
            architecture=architecture,
            leave_out=leave_out if dependencies else None,
            only=only,
        )
        key = self._made(origins, wish)
        self._store.write_record("debian-requests", request, {"key": key, "at": time.time()})
        return read_sysroot(self._store.path("sysroots", key), architecture)

    def find(self, package: str, *, suite: str, architecture: Architecture) -> Package | None:
        """Return the newest package of that name in a suite, its security fixes and updates; None when there is none.

        Raises:
            UsageError: there is no such suite.
            RefusedError: something is not what was signed for.
            LackError: the archive cannot be reached, or has expired.
        """
        from crosswheel.debian.closure import newest

        with self._mirrors.index(self._mirrors.origins(suite, architecture), architecture) as index:
            return newest(package, index)

    def pool_file(self, path: str, *, sha256: str, size: int) -> Path:
        """Return a file of the main archive that is known by its hash, such as the source of a program.

        Arguments:
            path: below a mirror, as in "pool/main/h/hello/hello_2.10.orig.tar.gz".
            sha256: of its bytes.
            size: bytes.

        Raises:
            RefusedError: it is another.
            LackError: it cannot be fetched.
        """
        from crosswheel.debian.mirrors import check_size, first_of

        urls = tuple(f"{mirror}/{path}" for mirror in self._settings.mirrors)
        file = first_of(urls, lambda url: self._client.file(url, hashes={"sha256": sha256}, limit=size))
        check_size(file, size, urls[0])
        return file

    @functools.cached_property
    def _mirrors(self) -> "Mirrors":
        from crosswheel.debian.mirrors import Mirrors

        return Mirrors(self._client, self._store, self._settings, self._reporter)

    def _known(self, request: str, architecture: Architecture) -> _Known | None:
        record = self._store.read_record("debian-requests", request)
        key, at = (record or {}).get("key"), (record or {}).get("at")
        if not isinstance(key, str) or not isinstance(at, float):
            return None
        folder = self._store.path("sysroots", key)
        if not folder.is_dir():
            return None
        return _Known(sysroot=read_sysroot(folder, architecture), age=abs(time.time() - at))

    def _made(self, origins: "Sequence[Origin]", wish: _Wish) -> str:
        """Return the key of the sysroot, which is there then."""
        suite, architecture = origins[0].suite, wish.architecture
        with self._mirrors.index(origins, architecture) as index:
            chosen = self._choose(index, suite, wish)
            glibc = self._glibc(suite, index)
        hashes = [package.sha256 for package in chosen]
        key = _digest([suite, architecture.debian, _LAYOUT, hashes, *sorted(wish.only)])
        try:
            self._store.folder("sysroots", key, lambda folder: self._make(folder, chosen, suite, glibc, wish))
        except BadInputError:
            raise
        except RefusedError as error:
            if not _ended(suite) or len(origins) == 1:
                raise
            self._reporter.warn(f"Debian {suite} is taken without its last security fixes, which are gone: {error}")
            return self._made(origins[:1], wish)
        return key

    @staticmethod
    def _choose(index: "PackageIndex", suite: str, wish: _Wish) -> tuple[Package, ...]:
        from crosswheel.debian.closure import closure, newest

        where = f"Debian {suite} ({wish.architecture.debian})"
        if wish.leave_out is not None:
            return closure(wish.names, index, leave_out=wish.leave_out, where=where)
        found = {name: newest(name, index) for name in sorted(set(wish.names))}
        if absent := [name for name, package in found.items() if package is None]:
            raise RefusedError(
                f"{', '.join(absent)} cannot be had from {where}",
                why="there is no package of that name",
                hint="look at the names, or take another release of Debian",
            )
        return tuple(package for package in found.values() if package)

    def _make(
        self,
        folder: Path,
        packages: Sequence[Package],
        suite: str,
        glibc: tuple[int, int],
        wish: _Wish,
    ) -> None:
        from crosswheel.debian.unpack import write_sysroot

        title = f"Unpacking {len(packages)} packages of Debian {suite} for {wish.architecture.debian}"
        with self._reporter.step(title), self._client.at_once(_DOWNLOADS) as pool:
            files = [pool.submit(self._package_file, package) for package in packages]
            try:
                # In the order of their names, so that where two packages have one file, the same one always wins.
                pairs = ((package, file.result()) for package, file in zip(packages, files, strict=True))
                write_sysroot(folder, pairs, suite=suite, glibc=glibc, only=wish.only)
            finally:
                for file in files:
                    file.cancel()

    def _package_file(self, package: Package) -> Path:
        from crosswheel.debian.mirrors import check_size, first_of

        urls = tuple(f"{mirror}/{package.filename}" for mirror in package.mirrors)
        path = first_of(urls, lambda url: self._client.file(url, hashes={"sha256": package.sha256}, limit=package.size))
        check_size(path, package.size, urls[0])
        return path

    @staticmethod
    def _glibc(suite: str, index: "PackageIndex") -> tuple[int, int]:
        from crosswheel.debian.closure import newest

        if known := SUITES[suite].glibc:
            return known
        package = newest("libc6", index)
        match = _GLIBC.match(package.version) if package else None
        if not match:
            raise RefusedError(f"the glibc of Debian {suite} cannot be told", why="it has no package libc6")
        return int(match[1]), int(match[2])


def _ended(suite: str) -> bool:
    from crosswheel.debian.mirrors import current_time

    ended = SUITES[suite].ended
    return ended is not None and current_time().date() > ended


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:40]
