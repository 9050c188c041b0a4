"""A Debian archive made for a test: packages, indexes, signed release files, and a server on loopback."""

import contextlib
import gzip
import hashlib
import io
import lzma
import tarfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pysequoia

Member = tuple[tarfile.TarInfo, bytes]


def file_member(path: str, content: bytes = b"hello\n", mode: int = 0o644) -> Member:
    """Return a plain file."""
    info = tarfile.TarInfo(path)
    info.size, info.mode, info.mtime, info.uid = len(content), mode, 1_600_000_000, 0
    return info, content


def link_member(path: str, target: str, kind: bytes = tarfile.SYMTYPE) -> Member:
    """Return a link."""
    info = tarfile.TarInfo(path)
    info.type, info.linkname = kind, target
    return info, b""


def special_member(path: str, kind: bytes) -> Member:
    """Return a folder, device or named pipe."""
    info = tarfile.TarInfo(path)
    info.type, info.mode = kind, 0o755
    return info, b""


def make_tar(members: Sequence[Member]) -> bytes:
    """Return a tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def make_ar(parts: Sequence[tuple[str, bytes]]) -> bytes:
    """Return an ar archive."""
    made = b"!<arch>\n"
    for name, content in parts:
        made += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
        made += content + b"\n" * (len(content) % 2)
    return made


def make_deb(members: Sequence[Member], compression: str = ".xz", version: str = "1") -> bytes:
    """Return a package file with these files."""
    compress: dict[str, Callable[[bytes], bytes]] = {".xz": lzma.compress, ".gz": gzip.compress, "": bytes}
    packed = compress[compression](make_tar(members))
    return make_ar(
        [
            ("debian-binary", b"2.0\n"),
            ("control.tar.xz", lzma.compress(make_tar([file_member("./control", version.encode())]))),
            (f"data.tar{compression}", packed),
        ]
    )


@dataclass(frozen=True, kw_only=True)
class MadePackage:
    """A package to be published."""

    name: str
    version: str = "1.0-1"
    fields: str = ""
    members: Sequence[Member] = ()
    deb: bytes | None = None
    size: int | None = None
    installed_size: int = 10


@dataclass(frozen=True, kw_only=True)
class MadeSuite:
    """A suite to be published; every field has an honest default."""

    name: str
    packages: Sequence[MadePackage] = ()
    codename: str = ""
    date: datetime = field(default_factory=lambda: datetime.now(tz=UTC) - timedelta(hours=1))
    valid_until: datetime | None = None
    by_hash: bool = True
    architectures: str = "amd64 arm64"
    change_text: Callable[[str], str] = str


class MadeArchive:
    """A folder laid out as a Debian mirror, signed with a key of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.key = pysequoia.Tsk.generate(user_id="Archive of a test <archive@debian.example>")
        self.keyring = root / "keyring.asc"
        root.mkdir(exist_ok=True)
        self.keyring.write_text(str(self.key.extract_certificate()))

    def publish(self, suite: MadeSuite) -> None:
        """Write the suite's packages, indexes and release file."""
        stanzas = "\n".join(self._package(package) for package in suite.packages)
        folder = self.root / "dists" / suite.name
        lines = []
        for architecture in suite.architectures.split():
            place = folder / f"main/binary-{architecture}"
            plain = stanzas.encode()
            packed = lzma.compress(plain)
            for name, content in (("Packages", plain), ("Packages.xz", packed)):
                digest = hashlib.sha256(content).hexdigest()
                lines.append(f" {digest} {len(content)} main/binary-{architecture}/{name}")
                write(place / name, content)
                if suite.by_hash:
                    write(place / "by-hash/SHA256" / digest, content)
        text = (
            f"Origin: Test\nSuite: {suite.name}\nCodename: {suite.codename or suite.name}\n"
            f"Date: {suite.date:%a, %d %b %Y %H:%M:%S} UTC\n"
            + (f"Valid-Until: {suite.valid_until:%a, %d %b %Y %H:%M:%S} UTC\n" if suite.valid_until else "")
            + ("Acquire-By-Hash: yes\n" if suite.by_hash else "")
            + f"Architectures: {suite.architectures}\nComponents: main\nSHA256:\n"
            + "\n".join(lines)
            + "\n"
        )
        write(folder / "InRelease", self.sign(suite.change_text(text)))

    def publish_release(self, suite: MadeSuite) -> None:
        """Write a suite, and beside it empty ones of updates and security fixes."""
        self.publish(suite)
        for beside in ("updates", "security"):
            self.publish(replace(suite, name=f"{suite.name}-{beside}", codename="", packages=()))

    def sign(self, text: str) -> bytes:
        """Return a text with its signature."""
        return pysequoia.sign(self.key.signer(), text.encode(), mode=pysequoia.SignatureMode.CLEAR)

    def _package(self, package: MadePackage) -> str:
        deb = make_deb(package.members, version=package.version) if package.deb is None else package.deb
        filename = f"pool/main/{package.name}_{package.version}_arm64.deb"
        write(self.root / filename, deb)
        return (
            f"Package: {package.name}\nVersion: {package.version}\nArchitecture: arm64\n"
            f"Installed-Size: {package.installed_size}\n{package.fields}"
            f"Filename: {filename}\nSize: {package.size or len(deb)}\nSHA256: {hashlib.sha256(deb).hexdigest()}\n"
            "Description: of a test\n with Depends: nothing\n"
        )


def write(path: Path, content: bytes) -> None:
    """Write a file, and the folders that it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@dataclass(frozen=True)
class Served:
    """A server on loopback: its address, and what was asked of it."""

    url: str
    requests: list[str]


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Serve a folder on loopback."""
    requests: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            requests.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *rest: Handler(*rest, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{server.server_port}", requests)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
