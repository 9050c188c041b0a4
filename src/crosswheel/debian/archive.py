"""A Debian archive: from its signed release file to a folder of unpacked packages, every byte on the way checked."""

import contextlib
import hashlib
import json
import lzma
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from crosswheel.debian.closure import closure, newest
from crosswheel.debian.control import Package
from crosswheel.debian.index import IndexPart, PackageIndex, write_index
from crosswheel.debian.keys import certificates_for
from crosswheel.debian.release import Release, check_release, parse_release, verified_text
from crosswheel.debian.settings import MIRROR, SECURITY_MIRROR, ArchiveSettings
from crosswheel.debian.suites import SUITES
from crosswheel.debian.unpack import read_sysroot, write_sysroot
from crosswheel.errors import BadInputError, CrosswheelError, LackError, NetworkError, RefusedError, UsageError
from crosswheel.process import Reporter, SilentReporter
from crosswheel.store import Store, Sysroot, atomic_write
from crosswheel.targets import Architecture
from crosswheel.transport import Client

_FRESH_FOR = 6 * 3600.0  # seconds; Debian publishes four times a day
_DOWNLOADS = 6  # at once
_LAYOUT = 2  # raised when a sysroot is laid out in another way, so that older ones are made anew
_GLIBC = re.compile(r"(?:\d+:)?(\d+)\.(\d+)")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Origin:
    """One suite on its mirrors, as it was verified."""

    suite: str
    mirrors: tuple[str, ...]
    release: Release
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """Packages that are asked for; `leave_out` is None where what they depend on is not wanted at all."""

    names: tuple[str, ...]
    architecture: Architecture
    leave_out: frozenset[str] | None


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

    def sysroot(
        self,
        packages: Sequence[str],
        *,
        suite: str,
        architecture: Architecture,
        dependencies: bool = True,
        leave_out: frozenset[str] = frozenset(),
    ) -> Sysroot:
        """Return a folder in which packages, and what they depend on, are unpacked.

        The same request within six hours, or without a network, gives the same folder and asks nobody.

        Arguments:
            packages: names of binary packages.
            suite: one of `SUITES`; its security fixes and updates are read too, and the highest version is taken.
            architecture: whose machine code.
            dependencies: take along what they depend on.
            leave_out: packages that are not taken along, because something else stands in for them.

        Raises:
            UsageError: there is no such suite.
            RefusedError: a package or dependency is not there, or something is not what was signed for.
            LackError: the archive cannot be reached, or has expired.
        """
        wanted = [sorted(set(packages)), suite, architecture.debian, dependencies, sorted(leave_out), _LAYOUT]
        archive = [*self._settings.mirrors, *self._settings.security_mirrors, str(self._settings.keyring)]
        request = _digest([wanted, archive])
        known = self._known(request, architecture)
        if known and known.age < _FRESH_FOR:
            return known.sysroot
        try:
            origins = self._origins(suite, architecture)
        except NetworkError:
            if known:
                return known.sysroot
            raise
        if known and any(origin.stale for origin in origins):
            return known.sysroot
        wish = _Wish(names=tuple(packages), architecture=architecture, leave_out=leave_out if dependencies else None)
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
        with self._index(self._origins(suite, architecture), architecture) as index:
            return newest(package, index)

    def _known(self, request: str, architecture: Architecture) -> _Known | None:
        record = self._store.read_record("debian-requests", request)
        key, at = (record or {}).get("key"), (record or {}).get("at")
        if not isinstance(key, str) or not isinstance(at, float):
            return None
        folder = self._store.path("sysroots", key)
        if not folder.is_dir():
            return None
        return _Known(sysroot=read_sysroot(folder, architecture), age=abs(time.time() - at))

    def _made(self, origins: Sequence[_Origin], wish: _Wish) -> str:
        """Return the key of the sysroot, which is there then."""
        suite, architecture = origins[0].suite, wish.architecture
        with self._index(origins, architecture) as index:
            chosen = self._choose(index, suite, wish)
            glibc = self._glibc(suite, index)
        key = _digest([suite, architecture.debian, _LAYOUT, [package.sha256 for package in chosen]])
        try:
            self._store.folder("sysroots", key, lambda folder: self._make(folder, chosen, suite, architecture, glibc))
        except BadInputError:
            raise
        except RefusedError as error:
            if not _ended(suite) or len(origins) == 1:
                raise
            self._reporter.warn(f"Debian {suite} is taken without its last security fixes, which are gone: {error}")
            return self._made(origins[:1], wish)
        return key

    @staticmethod
    def _choose(index: PackageIndex, suite: str, wish: _Wish) -> tuple[Package, ...]:
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

    def _origins(self, suite: str, architecture: Architecture) -> tuple[_Origin, ...]:
        """Return the suite and those that stand beside it, those without the architecture left out."""
        known = SUITES.get(suite)
        if known is None:
            raise UsageError(
                f"there is no Debian release {suite!r} to take things from", why=f"known: {', '.join(SUITES)}"
            )
        main, security = self._settings.mirrors, self._settings.security_mirrors
        wanted = [(main, suite)]
        if known.updated:
            wanted += [(main, f"{suite}-updates"), (security, f"{suite}-security")]
        with ThreadPoolExecutor(len(wanted)) as pool:
            origins = tuple(pool.map(lambda pair: self._origin(*pair), wanted))
        if architecture.debian not in origins[0].release.architectures:
            raise RefusedError(
                f"Debian {suite} has no {architecture.debian}",
                why=f"it has {', '.join(sorted(origins[0].release.architectures - {'all'}))}",
                hint="take another release of Debian, or another target",
            )
        return tuple(origin for origin in origins if architecture.debian in origin.release.architectures)

    def _origin(self, mirrors: tuple[str, ...], suite: str) -> _Origin:
        release, stale = _from_any(mirrors, lambda mirror: self._release(mirror, suite))
        return _Origin(suite=suite, mirrors=mirrors, release=release, stale=stale)

    def _release(self, mirror: str, suite: str) -> tuple[Release, bool]:
        url = f"{mirror}/dists/{suite}/InRelease"
        try:
            return self._fetched_release(url, suite, _FRESH_FOR)
        except NetworkError:
            raise
        except CrosswheelError:
            # What is in the cache may have expired since, or never have been right: a gateway's login page.
            return self._fetched_release(url, suite, 0.0)

    def _fetched_release(self, url: str, suite: str, fresh_for: float) -> tuple[Release, bool]:
        page = self._client.page(url, fresh_for=fresh_for, limit=16 << 20)
        if page is None:
            raise LackError(
                f"{url} is not there",
                why=f"the mirror has no {suite}",
                hint=f"set {SECURITY_MIRROR if suite.endswith('-security') else MIRROR} to a mirror that has it",
            )
        try:
            release = self._checked_release(page.body, url, suite)
        except LackError as error:
            if not page.stale:
                raise
            raise NetworkError(
                f"{url} could not be fetched",
                why=f"the network does not answer, and in the cache {error}",
                hint=error.hint,
            ) from error
        place = self._store.path("debian-releases", _digest([url]))
        with contextlib.suppress(OSError, CrosswheelError):  # none kept yet, or one that no longer counts
            kept = self._checked_release(place.read_bytes(), url, suite)
            if kept.date > release.date:
                self._reporter.warn(
                    f"{url} is older than what the mirror has served before: going on with the newer one"
                )
                return kept, page.stale
        with atomic_write(place) as file:
            file.write(page.body)
        return release, page.stale

    def _checked_release(self, signed: bytes, url: str, suite: str) -> Release:
        text = verified_text(signed, certificates_for(suite, self._settings.keyring), shown=url)
        release = parse_release(text, shown=url)
        check_release(
            release,
            wanted=suite,
            now=_now(),
            accept_expired_days=self._settings.accept_expired_days,
            shown=url,
        )
        return release

    @contextlib.contextmanager
    def _index(self, origins: Sequence[_Origin], architecture: Architecture) -> Iterator[PackageIndex]:
        with ThreadPoolExecutor(len(origins)) as pool:
            folders = list(pool.map(lambda origin: self._index_folder(origin, architecture), origins))
        index = PackageIndex(
            IndexPart(folder=folder, mirrors=origin.mirrors) for origin, folder in zip(origins, folders, strict=True)
        )
        try:
            yield index
        finally:
            index.close()

    def _index_folder(self, origin: _Origin, architecture: Architecture) -> Path:
        plain = f"main/binary-{architecture.debian}/Packages"
        packed = f"{plain}.xz"
        try:
            (sha256, size), (_, plain_size) = origin.release.files[packed], origin.release.files[plain]
        except KeyError as error:
            raise RefusedError(
                f"the Debian suite {origin.suite} cannot be used",
                why=f"its release file lists no {error.args[0]}",
                hint=f"set {MIRROR} to a mirror of Debian's own archive",
            ) from None

        def make(folder: Path) -> None:
            paths = [f"dists/{origin.suite}/{packed}"]
            if origin.release.by_hash:  # whole also while the mirror is being updated
                paths.insert(0, f"dists/{origin.suite}/{Path(packed).parent}/by-hash/SHA256/{sha256}")
            urls = tuple(f"{mirror}/{path}" for path in paths for mirror in origin.mirrors)
            with self._reporter.step(f"Reading the packages of Debian {origin.suite} for {architecture.debian}"):
                path = _from_any(urls, lambda url: self._client.file(url, hashes={"sha256": sha256}, limit=size))
                write_index(folder, _index_text(path, size, plain_size, urls[0]))

        return self._store.folder("debian-indexes", sha256, make)

    def _make(
        self,
        folder: Path,
        packages: Sequence[Package],
        suite: str,
        architecture: Architecture,
        glibc: tuple[int, int],
    ) -> None:
        title = f"Unpacking {len(packages)} packages of Debian {suite} for {architecture.debian}"
        with self._reporter.step(title), ThreadPoolExecutor(_DOWNLOADS) as pool:
            files = [pool.submit(self._package_file, package) for package in packages]
            try:
                # In the order of their names, so that where two packages have one file, the same one always wins.
                pairs = ((package, file.result()) for package, file in zip(packages, files, strict=True))
                write_sysroot(folder, pairs, suite=suite, glibc=glibc)
            finally:
                for file in files:
                    file.cancel()

    def _package_file(self, package: Package) -> Path:
        urls = tuple(f"{mirror}/{package.filename}" for mirror in package.mirrors)
        path = _from_any(
            urls, lambda url: self._client.file(url, hashes={"sha256": package.sha256}, limit=package.size)
        )
        _check_size(path, package.size, urls[0])
        return path

    @staticmethod
    def _glibc(suite: str, index: PackageIndex) -> tuple[int, int]:
        if known := SUITES[suite].glibc:
            return known
        package = newest("libc6", index)
        match = _GLIBC.match(package.version) if package else None
        if not match:
            raise RefusedError(f"the glibc of Debian {suite} cannot be told", why="it has no package libc6")
        return int(match[1]), int(match[2])


def _now() -> datetime:
    return datetime.now(tz=UTC)


def _ended(suite: str) -> bool:
    ended = SUITES[suite].ended
    return ended is not None and _now().date() > ended


def _from_any(urls: Sequence[str], get: Callable[[str], T]) -> T:
    """Return what the first mirror that has it gives; the error of the last one, when none has it."""
    for url in urls[:-1]:
        try:
            return get(url)
        except (NetworkError, RefusedError):
            continue
    return get(urls[-1])


def _index_text(path: Path, size: int, plain_size: int, shown: str) -> str:
    _check_size(path, size, shown)
    try:
        plain = lzma.LZMADecompressor().decompress(path.read_bytes(), plain_size + 1)
    except lzma.LZMAError as error:
        raise BadInputError(f"{shown} is damaged", why=str(error)) from error
    if len(plain) != plain_size:
        raise BadInputError(
            f"{shown} is damaged", why=f"unpacked it has not the {plain_size} bytes that were signed for"
        )
    return plain.decode("utf-8", "replace")


def _check_size(path: Path, size: int, shown: str) -> None:
    found = path.stat().st_size
    if found != size:
        raise RefusedError(
            f"{shown} is not what it should be",
            why=f"it has {found} bytes, and {size} were signed for",
            hint="set another mirror",
        )


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:40]
