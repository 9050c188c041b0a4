"""Archives of standalone builds, made here and served on loopback."""

import hashlib
import importlib
import json
import os
import re
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from uv import find_uv_bin

from crosswheel.errors import BadInputError, NetworkError, RefusedError, UsageError
from crosswheel.process import Processes, SilentReporter
from crosswheel.pythons import FoundPython, PythonPlaces, parse_sources
from crosswheel.pythons.standalone import standalone_python
from crosswheel.pythons.uv import installed_by_uv, uv_request
from crosswheel.store import Store
from crosswheel.targets import Target
from crosswheel.transport import Client, ClientSettings
from loopback import Loopback, Reply, serving
from made_pythons import PROGRAM, made_prefix
from relaid_pythons import pack

TARGET = Target.parse("cp312-manylinux2014_aarch64")
NAME = "/20241016/cpython-3.12.4%2B20241016-aarch64-unknown-linux-gnu-install_only.tar.gz"


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as loopback:
        yield loopback


@pytest.fixture
def archive(tmp_path: Path) -> bytes:
    return pack(made_prefix(tmp_path / "prefix"))


def fetch(text: str, folder: Path, target: Target = TARGET) -> FoundPython:
    store = Store(folder / "cache")
    client = Client(store, ClientSettings(timeout=5, retries=0))
    (source,) = parse_sources([text], folder)
    return standalone_python(source, target, client=client, store=store)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_by_url_and_hash(server: Loopback, archive: bytes, tmp_path: Path) -> None:
    server.replies[NAME] = Reply(body=archive)
    text = f"{server.url}{NAME}#sha256={digest(archive)}"
    found = fetch(text, tmp_path)
    assert found.version == "3.12.4"
    assert found.origin == "standalone build cpython-3.12.4+20241016-aarch64-unknown-linux-gnu-install_only.tar.gz"
    assert found.executable.read_bytes() == PROGRAM.read_bytes()
    assert os.access(found.executable, os.X_OK)
    assert found.prefix.is_relative_to(tmp_path / "cache")
    assert fetch(text, tmp_path) == found
    assert len(server.asked) == 1, "the second time it is in the cache"


def test_sysconfig_names_the_folder_that_it_is_in(archive: bytes, tmp_path: Path) -> None:
    (tmp_path / "python.tar.gz").write_bytes(archive)
    prefix = fetch("python.tar.gz", tmp_path).prefix
    text = next(prefix.glob("lib/python3.12/_sysconfigdata_*.py")).read_text()
    assert f"'LIBDIR': '{prefix}/lib'" in text
    assert f"'CFLAGS': '-I{prefix}/include -O2'" in text


def test_a_hash_that_differs(server: Loopback, archive: bytes, tmp_path: Path) -> None:
    server.replies[NAME] = Reply(body=archive)
    with pytest.raises(RefusedError, match="is not what it should be") as caught:
        fetch(f"{server.url}{NAME}#sha256={digest(b'another')}", tmp_path)
    assert digest(archive) in caught.value.why
    assert not (tmp_path / "cache/standalone").exists()
    (tmp_path / "python.tar.gz").write_bytes(archive)
    with pytest.raises(RefusedError, match="is not what it should be"):
        fetch(f"python.tar.gz#sha256={digest(b'another')}", tmp_path)


def test_without_a_hash_the_releases_own_list_counts(server: Loopback, archive: bytes, tmp_path: Path) -> None:
    server.replies[NAME] = Reply(body=archive)
    with pytest.raises(RefusedError, match="is not taken") as caught:
        fetch(f"{server.url}{NAME}", tmp_path)
    assert f"#sha256={digest(archive)}" in caught.value.hint
    file = "cpython-3.12.4+20241016-aarch64-unknown-linux-gnu-install_only.tar.gz"
    sums = f"{digest(b'other')}  {file}.sig\n{digest(archive)}  {file}\n"
    server.replies["/20241016/SHA256SUMS"] = Reply(body=sums.encode())
    assert fetch(f"{server.url}{NAME}", tmp_path / "anew").version == "3.12.4"
    server.replies["/20241016/SHA256SUMS"] = Reply(body=f"{digest(b'other')}  {file}\n".encode())
    with pytest.raises(RefusedError, match="is not what it should be"):
        fetch(f"{server.url}{NAME}", tmp_path / "again")


def test_a_list_that_comes_over_http_promises_nothing(server: Loopback, archive: bytes, tmp_path: Path) -> None:
    server.replies[NAME] = Reply(body=archive)
    file = "cpython-3.12.4+20241016-aarch64-unknown-linux-gnu-install_only.tar.gz"
    server.replies["/20241016/SHA256SUMS"] = Reply(body=f"{digest(archive)}  {file}\n".encode())
    # inet_aton(3) reads 127.1 as 127.0.0.1: the same server, by a name that looks like any other.
    elsewhere = server.url.replace("127.0.0.1", "127.1")
    with pytest.raises(RefusedError, match="is not taken") as caught:
        fetch(f"{elsewhere}{NAME}", tmp_path)
    assert "http" in caught.value.why
    assert fetch(f"{elsewhere}{NAME}#sha256={digest(archive)}", tmp_path).version == "3.12.4"


def test_one_that_is_cut_off(server: Loopback, archive: bytes, tmp_path: Path) -> None:
    cut = archive[: len(archive) // 2]
    (tmp_path / "python.tar.gz").write_bytes(cut)
    with pytest.raises(BadInputError, match=re.escape("python.tar.gz is damaged")):
        fetch("python.tar.gz", tmp_path)
    assert not list((tmp_path / "cache/standalone").iterdir())
    server.replies[NAME] = Reply(body=cut, length=len(archive))
    with pytest.raises(NetworkError):
        fetch(f"{server.url}{NAME}#sha256={digest(archive)}", tmp_path)


def test_one_that_is_not_there(server: Loopback, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="is not there"):
        fetch(f"{server.url}{NAME}#sha256={digest(b'')}", tmp_path)


def test_one_for_another_target(archive: bytes, tmp_path: Path) -> None:
    (tmp_path / "python.tar.gz").write_bytes(archive)
    for target, why in (
        ("cp311-manylinux2014_aarch64", "has python3.12"),
        ("cp312-manylinux2014_s390x", "for aarch64"),
    ):
        with pytest.raises(UsageError, match=re.escape("python.tar.gz has no Python for")) as caught:
            fetch("python.tar.gz", tmp_path, Target.parse(target))
        assert why in caught.value.why


@pytest.mark.parametrize(
    ("name", "link", "kind"),
    [
        ("../outside", "", tarfile.REGTYPE),
        ("/absolute", "", tarfile.REGTYPE),
        ("python/lib/out", "../../../outside", tarfile.SYMTYPE),
        ("python/lib/hard", "../../outside", tarfile.LNKTYPE),
        ("python/null", "", tarfile.CHRTYPE),
    ],
)
def test_hostile_archives(name: str, link: str, kind: bytes, tmp_path: Path) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    (tmp_path / "python.tar.gz").write_bytes(pack(made_prefix(tmp_path / "prefix"), more=[member]))
    with pytest.raises(BadInputError, match=re.escape("the archive python.tar.gz is refused")):
        fetch("python.tar.gz", tmp_path)
    assert not (tmp_path / "cache/outside").exists()


def test_a_full_archive_in_zstandard(tmp_path: Path) -> None:
    zstd = importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    made_prefix(tmp_path / "full/install")
    (tmp_path / "full/build").mkdir()
    (tmp_path / "full/build/core.o").write_bytes(b"much")
    (tmp_path / "full/PYTHON.json").write_text("{}")
    with tarfile.open(tmp_path / "full.tar", "w") as tar:
        tar.add(tmp_path / "full", arcname="python")
    (tmp_path / "full.tar.zst").write_bytes(zstd.compress((tmp_path / "full.tar").read_bytes()))
    found = fetch("full.tar.zst", tmp_path)
    assert found.prefix.parts[-2:] == ("python", "install")
    assert not (found.prefix.parent / "build").exists(), "object files are not unpacked"


def test_what_uv_calls_them() -> None:
    requests = {
        "cp312-manylinux2014_aarch64": "cpython-3.12-linux-aarch64-gnu",
        "cp313t-manylinux2014_x86_64": "cpython-3.13+freethreaded-linux-x86_64-gnu",
        "cp39-manylinux2014_armv7l": "cpython-3.9-linux-armv7-gnueabihf",
        "cp312-musllinux_1_2_armv7l": "cpython-3.12-linux-armv7-musleabihf",
        "cp310-manylinux2014_ppc64le": "cpython-3.10-linux-powerpc64le-gnu",
        "cp310-manylinux_2_31_riscv64": "cpython-3.10-linux-riscv64gc-gnu",
        "cp311-manylinux2014_i686": "cpython-3.11-linux-x86-gnu",
        "cp314-musllinux_1_2_x86_64": "cpython-3.14-linux-x86_64-musl",
    }
    assert {text: uv_request(Target.parse(text)) for text in requests} == requests


def test_the_newest_that_uv_has_installed(tmp_path: Path) -> None:
    store = Store(tmp_path / "cache")
    for version in ("3.12.4", "3.12.11", "3.12.9"):
        made_prefix(tmp_path / f"uv/cpython-{version}-linux-aarch64-gnu", version=version)
    made_prefix(tmp_path / "uv/cpython-3.12.12+freethreaded-linux-aarch64-gnu")
    made_prefix(tmp_path / "uv/cpython-3.12.12-linux-aarch64-musl")
    (tmp_path / "uv/cpython-3.12-linux-aarch64-gnu").symlink_to("cpython-3.12.11-linux-aarch64-gnu")
    found = installed_by_uv(TARGET, tmp_path / "uv", store)
    assert found
    assert (found.version, found.origin) == ("3.12.11", "standalone build cpython-3.12.11-linux-aarch64-gnu, by uv")
    assert installed_by_uv(Target.parse("cp313-manylinux2014_aarch64"), tmp_path / "uv", store) is None
    assert installed_by_uv(TARGET, tmp_path / "nowhere", store) is None


def test_a_release_is_newer_than_what_came_before_it(tmp_path: Path) -> None:
    for version in ("3.12.0b9", "3.12.0b10", "3.12.0rc1", "3.12.0"):
        made_prefix(tmp_path / f"uv/cpython-{version}-linux-aarch64-gnu", version=version)
        found = installed_by_uv(TARGET, tmp_path / "uv", Store(tmp_path / "cache"))
        assert found
        assert found.version == version


class TestPlaces:
    """Several places, asked in order."""

    def places(self, folder: Path, *texts: str, **variables: str) -> PythonPlaces:
        store = Store(folder / "cache")
        return PythonPlaces(
            sources=parse_sources(texts, folder),
            client=Client(store, ClientSettings(timeout=5, retries=0)),
            store=store,
            processes=Processes(),
            environment={"PATH": "/usr/bin:/bin", "HOME": str(folder), **variables},
            search_path="/nonexistent",
            uv=Path(find_uv_bin()),
            reporter=SilentReporter(),
        )

    def test_the_first_that_has_it(self, tmp_path: Path) -> None:
        made_prefix(tmp_path / "other", name="python3.11")
        made_prefix(tmp_path / "right")
        places = self.places(tmp_path, "image:nothing", "other", "right", "debian")
        found = places.find(TARGET)
        assert found
        assert found.prefix == tmp_path / "right"
        assert found.identity == places.identity(TARGET)
        old = Target.parse("cp39-manylinux2014_aarch64")
        assert places.find(old) is None, "Debian has it"
        assert places.identity(old) == "debian"

    def test_nobody_has_it(self, tmp_path: Path) -> None:
        made_prefix(tmp_path / "other", name="python3.11")
        places = self.places(tmp_path, "other", "debian")
        with pytest.raises(UsageError, match="no place has a Python for cp312") as caught:
            places.find(TARGET)
        assert len(caught.value.details) == 2
        assert places.identity(TARGET) == "none"

    def test_something_else_than_it_promises_is_not_passed_over(self, archive: bytes, tmp_path: Path) -> None:
        (tmp_path / "python.tar.gz").write_bytes(archive)
        made_prefix(tmp_path / "right")
        places = self.places(tmp_path, f"python.tar.gz#sha256={digest(b'another')}", "right")
        with pytest.raises(RefusedError, match="is not what it should be"):
            places.find(TARGET)

    def test_without_a_word_debian_and_then_what_uv_has_installed(self, tmp_path: Path) -> None:
        folder = tmp_path / "uv"
        assert self.places(tmp_path).find(Target.parse("cp311-manylinux2014_aarch64")) is None
        with pytest.raises(UsageError, match="no Python for"):
            self.places(tmp_path, UV_PYTHON_INSTALL_DIR=str(folder)).find(TARGET)
        made_prefix(folder / "cpython-3.12.4-linux-aarch64-gnu")
        found = self.places(tmp_path, UV_PYTHON_INSTALL_DIR=str(folder)).find(TARGET)
        assert found
        assert found.prefix == folder / "cpython-3.12.4-linux-aarch64-gnu"
        assert self.places(tmp_path).identity(TARGET) == ""

    def test_what_has_to_be_fetched_is_not_asked_by_a_survey(self, tmp_path: Path) -> None:
        places = self.places(tmp_path, "https://index.example/python.tar.gz#sha256=00")
        with pytest.raises(UsageError, match="is known when it is fetched"):
            places.find(TARGET, fetch=False)


class TestThroughUv:
    """uv itself fetches, from a list and a mirror of the test's own."""

    def settings(
        self, server: Loopback, archive: bytes, folder: Path, *, promised: str | None = None
    ) -> dict[str, str]:
        listed = {
            "cpython-3.12.4-linux-aarch64-gnu": {
                "name": "cpython",
                "arch": {"family": "aarch64", "variant": None},
                "os": "linux",
                "libc": "gnu",
                "major": 3,
                "minor": 12,
                "patch": 4,
                "prerelease": "",
                "url": f"https://github.com/astral-sh/python-build-standalone/releases/download{NAME}",
                "sha256": promised or digest(archive),
                "variant": None,
                "build": "20241016",
            }
        }
        (folder / "downloads.json").write_text(json.dumps(listed))
        server.replies[NAME] = Reply(body=archive)
        return {
            "UV_PYTHON_DOWNLOADS_JSON_URL": str(folder / "downloads.json"),
            "UV_PYTHON_INSTALL_MIRROR": server.url,
            "UV_CACHE_DIR": str(folder / "uv-cache"),
            "UV_HTTP_RETRIES": "0",
        }

    def test_from_a_mirror(self, server: Loopback, archive: bytes, tmp_path: Path) -> None:
        settings = self.settings(server, archive, tmp_path)
        found = TestPlaces().places(tmp_path, "uv", **settings).find(TARGET)
        assert found
        assert found.version == "3.12.4"
        assert found.prefix.parent == tmp_path / "cache/uv-pythons"
        assert [asked.path for asked in server.asked] == [NAME]
        again = TestPlaces().places(tmp_path, "uv", **settings)
        assert again.find(TARGET) == found
        assert len(server.asked) == 1

    def test_a_hash_that_differs(self, server: Loopback, archive: bytes, tmp_path: Path) -> None:
        settings = self.settings(server, archive, tmp_path, promised=digest(b"another"))
        with pytest.raises(RefusedError, match="uv could not install") as caught:
            TestPlaces().places(tmp_path, "uv", **settings).find(TARGET)
        assert any(digest(archive) in line for line in caught.value.details)

    def test_what_uv_does_not_have(self, server: Loopback, archive: bytes, tmp_path: Path) -> None:
        settings = self.settings(server, archive, tmp_path)
        with pytest.raises(UsageError, match="uv has no Python for cp311"):
            TestPlaces().places(tmp_path, "uv", **settings).find(Target.parse("cp311-manylinux2014_aarch64"))

    def test_a_mirror_that_does_not_answer(self, archive: bytes, tmp_path: Path) -> None:
        with serving() as gone:
            settings = self.settings(gone, archive, tmp_path)
        with pytest.raises(NetworkError, match="uv could not fetch"):
            TestPlaces().places(tmp_path, "uv", **settings).find(TARGET)


def test_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = made_prefix(tmp_path / "prefix")
    (prefix / "lib/zeros").write_bytes(bytes(4 << 20))
    (tmp_path / "python.tar.gz").write_bytes(pack(prefix))
    monkeypatch.setattr("crosswheel.pythons.standalone._LARGEST", 1 << 20)
    with pytest.raises(BadInputError, match="is refused"):
        fetch("python.tar.gz", tmp_path)
