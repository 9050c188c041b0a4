"""Standalone builds of CPython (python-build-standalone): archives of a prefix that runs wherever it lies."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from crosswheel.errors import RefusedError
from crosswheel.pythons.prefix import FoundPython, find_python
from crosswheel.pythons.sources import PythonSource
from crosswheel.store import Store, cannot_write, sha256_of
from crosswheel.store.tar import open_tar
from crosswheel.store.tree import Tree
from crosswheel.targets import Target
from crosswheel.transport import Client, check_file, without_credentials

_LARGEST = 4 << 30  # bytes, unpacked: full archives with all object files have 1.5 GB
_LAYOUT = 1  # raised when archives are unpacked in another way
# What a full archive has besides (its `python/build` and `python/PYTHON.json`), and nothing here needs.
_NOT_WANTED = re.compile(r"python/(build|licenses|info)(/|$)")
# The prefix that they are configured with, and that sysconfig's variables therefore name.
_BUILT_PREFIX = re.compile(r"""((?<=["' =,:])|(?<=-[IL]))/install(?=[/"' :]|$)""", re.MULTILINE)


def standalone_python(source: PythonSource, target: Target, *, client: Client, store: Store) -> FoundPython:
    """Return the Python of a standalone build's archive, unpacked into the cache.

    Both kinds of archives are taken: `install_only`, and the full ones; the release's layout is at
    https://gregoryszorc.com/docs/python-build-standalone/main/distributions.html.

    Arguments:
        source: a URL or a file, and what it is promised to be.
        target: whose Python it has to be.
        client: fetches it.
        store: keeps it.

    Raises:
        RefusedError: it is not what was promised, or nothing was; it is damaged.
        NetworkError: it cannot be fetched.
        UsageError: it is for another target.
    """
    archive, digest = _fetched(source, client)
    shown = _file_name(source)
    final = store.path("standalone", f"{_LAYOUT}-{digest}")

    def make(folder: Path) -> None:
        with open_tar(archive, name=shown, limit=_LARGEST) as tar:
            try:
                Tree(folder, merged=False, kind="archive").unpack(
                    tar, name=shown, wanted=lambda path: not _NOT_WANTED.match(path)
                )
            except OSError as error:
                if error.errno is None:
                    raise  # gzip's and bz2's word for a damaged archive
                raise cannot_write(folder, error) from error
        _relocate(folder, final)

    folder = store.folder("standalone", final.name, make)
    return find_python(folder, target, store, shown=shown, origin=f"standalone build {shown}")


def _fetched(source: PythonSource, client: Client) -> tuple[Path, str]:
    """The archive's file and its SHA-256."""
    if not source.place.lower().startswith(("https://", "http://")):
        path = Path(source.place)
        return path, check_file(path, source.hashes)
    shown = without_credentials(source.place)
    told = _comes_untouched(source.place)
    hashes = source.hashes or (_published_hashes(source.place, client) if told else {})
    if not hashes:
        _, digest = client.unknown_file(source.place, limit=_LARGEST)
        missing = "beside it is no SHA256SUMS that names it" if told else "what comes over http may be anybody's"
        raise RefusedError(
            f"{shown} is not taken",
            why=f"nothing says what it should be: it has no hash, and {missing}",
            hint=f"if you trust it as it is now, write {shown}#sha256={digest}",
        )
    path = client.file(source.place, hashes=hashes, limit=_LARGEST)
    return path, sha256_of(path)


def _comes_untouched(url: str) -> bool:
    """Whether nobody on the way can change what a server says: over TLS, or from this very machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1", "::1"}


def _published_hashes(url: str, client: Client) -> dict[str, str]:
    """What the release's own list of hashes says of a file: lines of sha256sum(1)."""
    folder, _, name = urlsplit(url).path.rpartition("/")
    page = client.page(urlsplit(url)._replace(path=f"{folder}/SHA256SUMS", query="", fragment="").geturl())
    for line in page.body.decode("utf-8", "replace").splitlines() if page else ():
        digest, _, named = line.partition(" ")
        if named.strip().removeprefix("*") == unquote(name):
            return {"sha256": digest}
    return {}


def _file_name(source: PythonSource) -> str:
    return unquote(urlsplit(without_credentials(source.place)).path.rpartition("/")[2])


def _relocate(folder: Path, final: Path) -> None:
    """Let sysconfig's variables and pkg-config's files name the folder that they will be in, as uv does too."""
    for pattern in ("lib/python3.*/_sysconfigdata_*.py", "lib/pkgconfig/*.pc"):
        for path in (*folder.glob(f"*/{pattern}"), *folder.glob(f"*/install/{pattern}")):
            if path.is_symlink() or not path.is_file():
                continue
            prefix = final / path.relative_to(folder).parent.parent.parent
            text = path.read_text(encoding="utf-8", errors="surrogateescape")
            moved = _BUILT_PREFIX.sub(str(prefix).replace("\\", "\\\\"), text)
            path.write_text(moved, encoding="utf-8", errors="surrogateescape")
