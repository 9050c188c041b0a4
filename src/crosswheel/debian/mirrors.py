"""What mirrors serve of a suite: its release file and its lists of packages, verified before they are believed."""

import contextlib
import hashlib
import lzma
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from crosswheel.debian.index import INDEX_FORMAT, IndexPart, PackageIndex, write_index
from crosswheel.debian.keys import certificates_for
from crosswheel.debian.release import Release, check_release, parse_release, verified_text
from crosswheel.debian.settings import FRESH_FOR, MIRROR, SECURITY_MIRROR, ArchiveSettings
from crosswheel.debian.suites import SUITES
from crosswheel.errors import BadInputError, CrosswheelError, LackError, NetworkError, RefusedError, UsageError
from crosswheel.process import Reporter
from crosswheel.store import Store, atomic_write
from crosswheel.targets import Architecture
from crosswheel.transport import Client, without_credentials

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One suite on its mirrors, as it was verified."""

    suite: str
    mirrors: tuple[str, ...]
    release: Release
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    """The Packages file of a suite and architecture: where it is, and what it must be."""

    suite: str
    urls: tuple[str, ...]
    sha256: str
    size: int
    plain_size: int

    @property
    def key(self) -> str:
        return f"{self.sha256}-{INDEX_FORMAT}"

    @classmethod
    def of(cls, origin: Origin, architecture: Architecture) -> "_Listing":
        folder, files = f"main/binary-{architecture.debian}", origin.release.files
        try:
            (sha256, size), (_, plain_size) = files[f"{folder}/Packages.xz"], files[f"{folder}/Packages"]
        except KeyError as error:
            raise RefusedError(
                f"the Debian suite {origin.suite} cannot be used",
                why=f"its release file lists no {error.args[0]}",
                hint=f"set {MIRROR} to a mirror of Debian's own archive",
            ) from None
        paths = [f"dists/{origin.suite}/{folder}/Packages.xz"]
        if origin.release.by_hash:  # whole also while the mirror is being updated
            paths.insert(0, f"dists/{origin.suite}/{folder}/by-hash/SHA256/{sha256}")
        urls = tuple(f"{mirror}/{path}" for path in paths for mirror in origin.mirrors)
        return cls(suite=origin.suite, urls=urls, sha256=sha256, size=size, plain_size=plain_size)


class Mirrors:
    """The mirrors of the settings; arguments are those of `Archive`."""

    def __init__(self, client: Client, store: Store, settings: ArchiveSettings, reporter: Reporter) -> None:
        self._client = client
        self._store = store
        self._settings = settings
        self._reporter = reporter

    def origins(self, suite: str, architecture: Architecture) -> tuple[Origin, ...]:
        """Return the suite and those that stand beside it, as far as they have the architecture.

        Raises:
            UsageError: there is no such suite.
            RefusedError: it has not that architecture, or its release file is not signed for.
            LackError: the archive cannot be reached, or has expired.
        """
        known = SUITES.get(suite)
        if known is None:
            raise UsageError(
                f"there is no Debian release {suite!r} to take things from", why=f"known: {', '.join(SUITES)}"
            )
        main, security = self._settings.mirrors, self._settings.security_mirrors
        wanted = [(main, suite)]
        if known.updated:
            wanted += [(main, f"{suite}-updates"), *([(security, f"{suite}-security")] if security else [])]
        with self._client.at_once(len(wanted)) as pool:
            origins = tuple(pool.map(lambda pair: self._origin(*pair), wanted))
        if architecture.debian not in origins[0].release.architectures:
            raise RefusedError(
                f"Debian {suite} has no {architecture.debian}",
                why=f"it has {', '.join(sorted(origins[0].release.architectures - {'all'}))}",
                hint="take another release of Debian, or another target",
            )
        return tuple(origin for origin in origins if architecture.debian in origin.release.architectures)

    def _origin(self, mirrors: tuple[str, ...], suite: str) -> Origin:
        release, stale = first_of(mirrors, lambda mirror: self._release(mirror, suite))
        return Origin(suite=suite, mirrors=mirrors, release=release, stale=stale)

    def _release(self, mirror: str, suite: str) -> tuple[Release, bool]:
        url = f"{mirror}/dists/{suite}/InRelease"
        try:
            return self._fetched_release(url, suite, FRESH_FOR)
        except NetworkError:
            raise
        except CrosswheelError:
            # What is in the cache may have expired since, or never have been right: a gateway's login page.
            return self._fetched_release(url, suite, 0.0)

    def _fetched_release(self, url: str, suite: str, fresh_for: float) -> tuple[Release, bool]:
        shown = without_credentials(url)
        page = self._client.page(url, fresh_for=fresh_for, limit=16 << 20)
        if page is None:
            raise LackError(
                f"{shown} is not there",
                why=f"the mirror has no {suite}",
                hint=f"set {SECURITY_MIRROR if suite.endswith('-security') else MIRROR} to a mirror that has it",
            )
        try:
            release = self._checked_release(page.body, shown, suite)
        except LackError as error:
            if not page.stale:
                raise
            raise NetworkError(
                f"{shown} could not be fetched",
                why=f"the network does not answer, and in the cache {error}",
                hint=error.hint,
            ) from error
        place = self._store.path("debian-releases", hashlib.sha256(url.encode()).hexdigest())
        with contextlib.suppress(OSError, CrosswheelError):  # none kept yet, or one that no longer counts
            kept = self._checked_release(place.read_bytes(), shown, suite)
            if kept.date > release.date:
                self._reporter.warn(
                    f"{shown} is older than what the mirror has served before: going on with the newer one"
                )
                return kept, page.stale
        with atomic_write(place) as file:
            file.write(page.body)
        return release, page.stale

    def _checked_release(self, signed: bytes, shown: str, suite: str) -> Release:
        text = verified_text(signed, certificates_for(suite, self._settings.keyring), shown=shown)
        release = parse_release(text, shown=shown)
        check_release(
            release,
            wanted=suite,
            now=current_time(),
            accept_expired_days=self._settings.accept_expired_days,
            shown=shown,
        )
        return release

    @contextlib.contextmanager
    def index(self, origins: Sequence[Origin], architecture: Architecture) -> Iterator[PackageIndex]:
        """Give the packages that these suites have for an architecture.

        Raises:
            RefusedError: a list of packages is not what was signed for.
            LackError: it cannot be fetched or kept.
        """
        listings = [_Listing.of(origin, architecture) for origin in origins]
        folders = [self._store.path("debian-indexes", listing.key) for listing in listings]
        if not all(folder.is_dir() for folder in folders):
            title = f"Reading which packages Debian {origins[0].suite} has for {architecture.debian}"
            with self._reporter.step(title), self._client.at_once(len(origins)) as pool:
                list(
                    pool.map(
                        lambda listing: self._store.folder("debian-indexes", listing.key, self._reads(listing)),
                        listings,
                    )
                )
        with contextlib.ExitStack() as stack:
            try:
                index = PackageIndex(
                    IndexPart(folder=folder, mirrors=origin.mirrors)
                    for origin, folder in zip(origins, folders, strict=True)
                )
                stack.callback(index.close)
                yield index
            except sqlite3.Error as error:
                raise LackError(
                    "the cache's index of Debian packages cannot be read",
                    why=str(error),
                    hint=f"remove it (rm -r {' '.join(map(str, folders))}) and try again",
                ) from error

    def _reads(self, listing: _Listing) -> Callable[[Path], None]:
        def make(folder: Path) -> None:
            try:
                path = first_of(
                    listing.urls,
                    lambda url: self._client.file(url, hashes={"sha256": listing.sha256}, limit=listing.size),
                )
            except RefusedError as error:
                if not listing.suite.endswith("-security"):
                    raise
                hint = f"set {SECURITY_MIRROR} to a mirror that is whole, or to none to go without security fixes"
                raise RefusedError(error.what, why=error.why, hint=hint) from error
            text = _index_text(path, listing)
            try:
                write_index(folder, text)
            except sqlite3.Error as error:
                raise LackError(
                    f"{folder} could not be written",
                    why=str(error),
                    hint="make room, or give another folder with CROSSWHEEL_CACHE",
                ) from error

        return make


def current_time() -> datetime:
    """Return the time by this machine's clock."""
    return datetime.now(tz=UTC)


def first_of(urls: Sequence[str], get: Callable[[str], T]) -> T:
    """Return what the first mirror that has it gives; the error of the last one, when none has it."""
    for url in urls[:-1]:
        try:
            return get(url)
        except (NetworkError, RefusedError):
            continue
    return get(urls[-1])


def _index_text(path: Path, listing: _Listing) -> str:
    shown, plain_size = without_credentials(listing.urls[0]), listing.plain_size
    check_size(path, listing.size, listing.urls[0])
    try:
        plain = lzma.LZMADecompressor().decompress(path.read_bytes(), plain_size + 1)
    except lzma.LZMAError as error:
        raise BadInputError(f"{shown} is damaged", why=str(error)) from error
    if len(plain) != plain_size:
        raise BadInputError(
            f"{shown} is damaged", why=f"unpacked it has not the {plain_size} bytes that were signed for"
        )
    return plain.decode("utf-8", "replace")


def check_size(path: Path, size: int, url: str) -> None:
    """Refuse a file that has not the size that was signed for."""
    found = path.stat().st_size
    if found != size:
        raise RefusedError(
            f"{without_credentials(url)} is not what it should be",
            why=f"it has {found} bytes, and {size} were signed for",
            hint="set another mirror",
        )
