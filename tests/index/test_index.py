"""Indexes in HTML and JSON, on servers and in folders, and find-links of every kind."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from crosswheel.errors import NetworkError, RefusedError
from crosswheel.index import Index, IndexSettings, read_index_settings
from crosswheel.store import Store
from crosswheel.transport import Client, ClientSettings
from loopback import Heard, Loopback, Reply, serving

_SDIST = b"an sdist"
_SHA256 = hashlib.sha256(_SDIST).hexdigest()
_HTML = {"Content-Type": "text/html; charset=utf-8"}
_JSON = {"Content-Type": "application/vnd.pypi.simple.v1+json"}


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as loopback:
        yield loopback


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.upper().endswith("_PROXY") or name == "NETRC":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def _index(
    tmp_path: Path, *indexes: str, find_links: tuple[str, ...] = (), heard: Heard | None = None, offline: bool = False
) -> Index:
    client = ClientSettings(timeout=2.0, retries=0, offline=offline)
    settings = IndexSettings(indexes=indexes, find_links=find_links, client=client, environment={})
    return Index(Client(Store(tmp_path / "cache"), client, heard), settings, heard)


def _html(*links: str) -> Reply:
    return Reply(body=f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>".encode(), headers=_HTML)


def _link(href: str, attributes: str = "") -> str:
    return f'<a href="{href}" {attributes}>{href.rpartition("/")[2].partition("#")[0]}</a><br/>'


def test_an_html_page(server: Loopback, tmp_path: Path) -> None:
    server.replies["/simple/my-pkg/"] = _html(
        _link(f"../../files/My.Pkg-1.0.tar.gz#sha256={_SHA256}", 'data-requires-python="&gt;=3.8"'),
        _link("/files/my_pkg-1.0-py3-none-any.whl", 'data-yanked="" data-core-metadata="sha256=00"'),
        _link("https://elsewhere.example/my_pkg-2.0.zip", 'data-yanked="bad &amp; broken"'),
        _link("my_pkg.html"),
    )
    files = _index(tmp_path, f"{server.url}/simple").files("My_PKG")
    assert [(file.filename, file.url, file.version, file.kind) for file in files] == [
        ("My.Pkg-1.0.tar.gz", f"{server.url}/files/My.Pkg-1.0.tar.gz", "1.0", "sdist"),
        ("my_pkg-1.0-py3-none-any.whl", f"{server.url}/files/my_pkg-1.0-py3-none-any.whl", "1.0", "wheel"),
        ("my_pkg-2.0.zip", "https://elsewhere.example/my_pkg-2.0.zip", "2.0", "sdist"),
    ]
    assert (files[0].hashes, files[0].requires_python) == ({"sha256": _SHA256}, ">=3.8")
    assert [(file.yanked, file.yanked_reason) for file in files] == [(False, ""), (True, ""), (True, "bad & broken")]
    assert [file.has_metadata for file in files] == [False, True, False]
    assert {file.origin for file in files} == {f"{server.url}/simple"}


def test_a_base_href_is_heeded(server: Loopback, tmp_path: Path) -> None:
    server.replies["/simple/pkg/"] = Reply(
        body=b'<html><head><base href="https://files.example/a/"></head><a href="pkg-1.tar.gz">x</a></html>',
        headers=_HTML,
    )
    (file,) = _index(tmp_path, f"{server.url}/simple/").files("pkg")
    assert file.url == "https://files.example/a/pkg-1.tar.gz"


def test_a_json_page(server: Loopback, tmp_path: Path) -> None:
    page = {
        "meta": {"api-version": "1.1"},
        "name": "pkg",
        "versions": ["1.0"],
        "files": [
            {
                "filename": "pkg-1.0.tar.gz",
                "url": "../../files/opaque-name",
                "hashes": {"sha256": _SHA256},
                "requires-python": ">=3.9",
                "size": 8,
                "yanked": "because",
                "core-metadata": {"sha256": "00"},
            },
            {"filename": "pkg.exe", "url": "x", "hashes": {}},
        ],
    }
    server.replies["/simple/pkg/"] = Reply(body=json.dumps(page).encode(), headers=_JSON)
    server.replies["/files/opaque-name"] = Reply(body=_SDIST)
    index = _index(tmp_path, f"{server.url}/simple/")
    (file,) = index.files("pkg")
    assert (file.url, file.size, file.yanked_reason, file.has_metadata) == (
        f"{server.url}/files/opaque-name",
        8,
        "because",
        True,
    )
    path, digest = index.fetch(file)
    assert (path.read_bytes(), digest) == (_SDIST, _SHA256)
    assert "json" in server.asked[0].headers["accept"]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{", _JSON),
        (b"[]", _JSON),
        (b'{"meta": {"api-version": "2.0"}, "name": "pkg", "files": []}', _JSON),
        (b'<meta name="pypi:repository-version" content="9.0"><a href="pkg-1.tar.gz">x</a>', _HTML),
        (b"[" * 100_000, _JSON),
    ],
)
def test_a_page_that_cannot_be_read_is_told(
    server: Loopback, tmp_path: Path, body: bytes, headers: dict[str, str]
) -> None:
    server.replies["/simple/pkg/"] = Reply(body=body, headers=headers)
    with pytest.raises(NetworkError, match="cannot be read"):
        _index(tmp_path, f"{server.url}/simple/").files("pkg")


def test_all_indexes_count_and_the_best_version_wins(server: Loopback, tmp_path: Path) -> None:
    server.replies["/a/pkg/"] = _html(_link("pkg-1.0.tar.gz"), _link("pkg-3.0-py3-none-any.whl"))
    server.replies["/b/pkg/"] = _html(_link("pkg-2.0.tar.gz"))
    heard = Heard()
    index = _index(tmp_path, f"{server.url}/gone", f"{server.url}/a", f"{server.url}/b", heard=heard)
    assert index.sdist(Requirement("pkg"), "3.11.2").filename == "pkg-2.0.tar.gz"
    assert heard.notes == ["pkg 2.0 is the newest that can be built (3.0 has no sdist)"]


def test_a_yanked_version_is_warned_of(server: Loopback, tmp_path: Path) -> None:
    server.replies["/a/pkg/"] = _html(_link("pkg-1.0.tar.gz", 'data-yanked="wrong"'))
    heard = Heard()
    _index(tmp_path, f"{server.url}/a", heard=heard).sdist(Requirement("pkg==1.0"), "3.11.2")
    assert heard.warnings == ["pkg-1.0.tar.gz was taken back by its makers: wrong"]


def test_an_unknown_project_is_told_with_who_was_asked(server: Loopback, tmp_path: Path) -> None:
    url = server.url.replace("://", "://me:secret@")
    with pytest.raises(RefusedError, match="there is no project 'nope'") as caught:
        _index(tmp_path, f"{url}/simple/", find_links=(tmp_path.as_uri(),)).files("nope")
    assert f"asked: {server.url}/simple/, {tmp_path.as_uri()}" in caught.value.why
    assert "secret" not in f"{caught.value} {caught.value.hint}"
    with pytest.raises(RefusedError, match="no-index"):
        _index(tmp_path).files("nope")


def test_an_index_that_is_ill_is_no_answer(server: Loopback, tmp_path: Path) -> None:
    server.replies["/a/pkg/"] = _html(_link("pkg-1.0.tar.gz"))
    server.replies["/ill/pkg/"] = Reply(status=500)
    with pytest.raises(NetworkError, match="500"):
        _index(tmp_path, f"{server.url}/a", f"{server.url}/ill").files("pkg")


def test_an_index_in_a_folder(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "pkg-1.0.tar.gz").write_bytes(_SDIST)
    page = tmp_path / "simple" / "pkg" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text(_link(f"../../files/pkg-1.0.tar.gz#sha256={_SHA256}"))
    heard = Heard()
    index = _index(tmp_path, (tmp_path / "simple").as_uri(), (tmp_path / "gone").as_uri(), heard=heard)
    file = index.sdist(Requirement("pkg"), "3.11.2")
    assert index.fetch(file) == (files / "pkg-1.0.tar.gz", _SHA256)
    assert heard.warnings == [f"the index {tmp_path / 'gone'} is not there"]
    with pytest.raises(RefusedError, match="no project"):
        index.files("another")
    (files / "pkg-1.0.tar.gz").write_bytes(b"changed")
    with pytest.raises(RefusedError, match="is not what it should be"):
        index.fetch(file)
    (files / "pkg-1.0.tar.gz").unlink()
    with pytest.raises(RefusedError, match="cannot be read"):
        index.fetch(file)


def test_find_links_of_every_kind(server: Loopback, tmp_path: Path) -> None:
    folder = tmp_path / "with space"
    folder.mkdir()
    for name in ("pkg-1.0.tar.gz", "pkg-extra-9.0.tar.gz", "other-1.0.tar.gz", "pkg-5.0+a.b-py3-none-any.whl", "pkg"):
        (folder / name).write_bytes(_SDIST)
    page = tmp_path / "page.html"
    page.write_text(_link("pkg-2.0.zip") + _link("unrelated-3.0.zip"))
    server.replies["/links"] = _html(_link(f"pkg-3.0.tar.gz#sha256={_SHA256}"), _link("pkg-more-4.0.tar.gz"))
    heard = Heard()
    places = (folder.as_uri(), page.as_uri(), f"{server.url}/links", f"{server.url}/gone", (tmp_path / "no").as_uri())
    index = _index(tmp_path, find_links=places, heard=heard)
    assert sorted(file.filename for file in index.files("pkg")) == [
        "pkg-1.0.tar.gz",
        "pkg-2.0.zip",
        "pkg-3.0.tar.gz",
        "pkg-5.0+a.b-py3-none-any.whl",
    ]
    assert heard.warnings == [f"the find-links place {tmp_path / 'no'} is not there"]
    assert index.fetch(index.sdist(Requirement("pkg==1.0"), "3.11.2")) == (folder / "pkg-1.0.tar.gz", _SHA256)


def test_a_file_without_a_hash_is_fetched_and_told(server: Loopback, tmp_path: Path) -> None:
    server.replies["/simple/pkg/"] = _html(_link("pkg-1.0.tar.gz"))
    server.replies["/simple/pkg/pkg-1.0.tar.gz"] = Reply(body=_SDIST)
    heard = Heard()
    index = _index(tmp_path, f"{server.url}/simple", heard=heard)
    _, digest = index.fetch(index.sdist(Requirement("pkg"), "3.11.2"))
    assert digest == _SHA256
    assert heard.warnings == [f"{server.url}/simple promises no hash of pkg-1.0.tar.gz; what came has sha256 {_SHA256}"]


def test_a_weak_hash_is_checked_and_warned_of(server: Loopback, tmp_path: Path) -> None:
    weak = hashlib.md5(_SDIST).hexdigest()  # noqa: S324 what old indexes promise
    server.replies["/simple/pkg/"] = _html(_link(f"pkg-1.0.tar.gz#md5={weak}"))
    server.replies["/simple/pkg/pkg-1.0.tar.gz"] = Reply(body=_SDIST)
    heard = Heard()
    index = _index(tmp_path, f"{server.url}/simple", heard=heard)
    assert index.fetch(index.sdist(Requirement("pkg"), "3.11.2"))[1] == _SHA256
    assert "promises only md5" in heard.warnings[0]


def test_credentials_go_to_the_index_and_its_host_only(server: Loopback, tmp_path: Path) -> None:
    with serving() as other:
        other.replies["/pkg-2.0.tar.gz"] = Reply(body=_SDIST)
        server.replies["/simple/pkg/"] = _html(
            _link(f"/files/pkg-1.0.tar.gz#sha256={_SHA256}"), _link(f"{other.url}/pkg-2.0.tar.gz#sha256={'0' * 64}")
        )
        server.replies["/files/pkg-1.0.tar.gz"] = Reply(body=_SDIST)
        index = _index(tmp_path, f"{server.url}/simple".replace("://", "://me:secret@"))
        files = index.files("pkg")
        index.fetch(files[0])
        with pytest.raises(RefusedError, match="promised"):
            index.fetch(files[1])
        assert ["authorization" in asked.headers for asked in server.asked] == [True, True]
        assert "authorization" not in other.asked[0].headers
    assert "secret" not in repr(files)
    kept = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert b"secret" not in kept


def test_credentials_of_an_encrypted_index_are_not_sent_in_the_open(server: Loopback, tmp_path: Path) -> None:
    server.replies["/pkg-1.0.tar.gz"] = Reply(body=_SDIST)
    page = tmp_path / "page.html"
    page.write_text(_link(f"{server.url}/pkg-1.0.tar.gz#sha256={_SHA256}"))
    secure = server.url.replace("http://", "https://me:secret@")
    links = _index(tmp_path, find_links=(page.as_uri(),)).files("pkg")
    _index(tmp_path, f"{secure}/simple").fetch(links[0])
    assert "authorization" not in server.asked[0].headers


def test_the_sha256_of_a_file_is_what_it_is_and_not_what_a_page_says(server: Loopback, tmp_path: Path) -> None:
    sha512 = hashlib.sha512(_SDIST).hexdigest()
    pages = [{"sha512": sha512}, {"sha512": sha512, "sha256": "0" * 64}]
    meta = {"meta": {"api-version": "1.0"}, "name": "pkg"}
    for number, hashes in enumerate(pages):
        files = [{"filename": "pkg-1.0.tar.gz", "url": "/pkg-1.0.tar.gz", "hashes": hashes}]
        server.replies[f"/{number}/pkg/"] = Reply(body=json.dumps({**meta, "files": files}).encode(), headers=_JSON)
    server.replies["/pkg-1.0.tar.gz"] = Reply(body=_SDIST)
    for number in range(len(pages)):
        index = _index(tmp_path, f"{server.url}/{number}")
        assert index.fetch(index.files("pkg")[0])[1] == _SHA256


def test_a_server_names_no_files_of_this_machine(server: Loopback, tmp_path: Path) -> None:
    (tmp_path / "pkg-9.0.tar.gz").write_bytes(_SDIST)
    server.replies["/simple/pkg/"] = _html(_link((tmp_path / "pkg-9.0.tar.gz").as_uri()), _link("pkg-1.0.tar.gz"))
    assert [file.filename for file in _index(tmp_path, f"{server.url}/simple").files("pkg")] == ["pkg-1.0.tar.gz"]


@pytest.mark.parametrize("fragment", ["crc32=00", "sha256=00", f"shake_128={'0' * 32}"])
def test_a_local_file_that_cannot_be_checked_is_refused(tmp_path: Path, fragment: str) -> None:
    (tmp_path / "pkg-1.0.tar.gz").write_bytes(_SDIST)
    page = tmp_path / "page.html"
    page.write_text(_link(f"pkg-1.0.tar.gz#{fragment}"))
    index = _index(tmp_path, find_links=(page.as_uri(),))
    with pytest.raises(RefusedError, match="cannot be checked"):
        index.fetch(index.files("pkg")[0])


def test_a_page_is_read_once(server: Loopback, tmp_path: Path) -> None:
    server.replies["/simple/pkg/"] = _html(*(_link(f"pkg-1.{n}.tar.gz#sha256={_SHA256}") for n in range(3000)))
    files = _index(tmp_path, f"{server.url}/simple").files("pkg")
    script = f"""
import sys, time
from pathlib import Path
from packaging.requirements import Requirement
from crosswheel.index import Index, IndexSettings
from crosswheel.store import Store
from crosswheel.transport import Client, ClientSettings
client = ClientSettings(offline=True)
settings = IndexSettings(indexes=({server.url + "/simple"!r},), find_links=(), client=client, environment={{}})
index = Index(Client(Store(Path({str(tmp_path / "cache")!r})), client), settings)
print(index.sdist(Requirement("pkg==1.2999"), "3.11.2").filename, time.process_time())
assert not {{"pypi_simple", "requests", "bs4", "pydantic"}} & set(sys.modules), "slow imports"
"""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    filename, seconds = done.stdout.split()
    assert filename == "pkg-1.2999.tar.gz"
    assert float(seconds) < 1.0  # 0.2 on a quiet machine
    # A record that is damaged is made anew.
    (record,) = (tmp_path / "cache" / "index").iterdir()
    record.write_text('{"files": [[1]]}')
    assert _index(tmp_path, f"{server.url}/simple").files("pkg") == files


def test_the_cache_serves_when_the_network_is_cut(tmp_path: Path) -> None:
    with serving() as server:
        server.replies["/simple/pkg/"] = _html(_link(f"pkg-1.0.tar.gz#sha256={_SHA256}"))
        server.replies["/simple/pkg/pkg-1.0.tar.gz"] = Reply(body=_SDIST)
        index = _index(tmp_path, f"{server.url}/simple", f"{server.url}/extra")
        index.fetch(index.sdist(Requirement("pkg"), "3.11.2"))
    _age(tmp_path / "cache", 3600)
    heard = Heard()
    again = _index(tmp_path, f"{server.url}/simple", f"{server.url}/extra", heard=heard)
    assert again.fetch(again.sdist(Requirement("pkg"), "3.11.2"))[1] == _SHA256
    assert len(heard.warnings) == 1


def test_what_uv_is_told_lets_it_find_the_same_files(server: Loopback, tmp_path: Path) -> None:
    """The real uv, with an index in a folder that does not know the project, and a find-links folder that is gone."""
    from uv import find_uv_bin

    metadata = b"Metadata-Version: 2.1\nName: pkg\nVersion: 1.0\n"
    server.replies["/simple/pkg/"] = _html(_link("pkg-1.0-py3-none-any.whl", 'data-core-metadata="true"'))
    server.replies["/simple/pkg/pkg-1.0-py3-none-any.whl.metadata"] = Reply(body=metadata)
    (tmp_path / "simple").mkdir()
    (tmp_path / "wheels").mkdir()
    environ = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": f"{server.url}/simple",
        "PIP_EXTRA_INDEX_URL": f"{(tmp_path / 'simple').as_uri()} file:///nowhere/simple",
        "PIP_FIND_LINKS": f"{tmp_path / 'wheels'} /nowhere",
    }
    settings = read_index_settings(environ, home=tmp_path, directory=tmp_path, system=tmp_path / "etc")
    command = [find_uv_bin(), "pip", "compile", "--no-header", "-", "--python", sys.executable, "--no-cache"]
    for variables, works in (({}, True), ({"PIP_NO_INDEX": "1"}, False)):
        told = read_index_settings(
            {**environ, **variables}, home=tmp_path, directory=tmp_path, system=tmp_path / "etc"
        ).uv_environment()
        done = subprocess.run(command, input="pkg", env=told, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) is works, done.stderr
        assert ("pkg==1.0" in done.stdout) is works
        assert works or "not found" in done.stderr
    assert len(settings.indexes) == 3


def _age(cache: Path, seconds: float) -> None:
    for page in (cache / "pages").iterdir():
        head, _, body = page.read_bytes().partition(b"\n")
        page.write_bytes(json.dumps({**json.loads(head), "at": time.time() - seconds}).encode() + b"\n" + body)


def test_an_older_page_is_enough_for_a_version_that_it_knows(server: Loopback, tmp_path: Path) -> None:
    server.replies["/simple/pkg/"] = _html(_link("pkg-1.0.tar.gz"))
    index = _index(tmp_path, f"{server.url}/simple", f"{server.url}/extra")
    index.sdist(Requirement("pkg"), "3.11.2")
    _age(tmp_path / "cache", 3600)
    server.replies["/simple/pkg/"] = _html(_link("pkg-1.0.tar.gz"), _link("pkg-2.0.tar.gz"))
    server.asked.clear()
    assert index.sdist(Requirement("pkg==1.0"), "3.11.2").version == "1.0"
    assert server.asked == []
    assert index.sdist(Requirement("pkg==2.0"), "3.11.2").version == "2.0"
    assert len(server.asked) == 2
    _age(tmp_path / "cache", 3600)
    assert index.sdist(Requirement("pkg"), "3.11.2").version == "2.0"
    assert len(server.asked) == 4


@pytest.mark.network
def test_the_real_index_has_kiwisolver(tmp_path: Path) -> None:
    import pwd

    home = Path(pwd.getpwuid(os.getuid()).pw_dir)  # the person's own settings tell where the index is
    directory = tmp_path / "project"
    directory.mkdir()
    settings = read_index_settings(os.environ, home=home, directory=directory)
    index = Index(Client(Store(tmp_path / "cache"), settings.client), settings)
    file = index.sdist(Requirement("kiwisolver==1.4.7"), "3.11.2")
    assert index.fetch(file)[1] == "9893ff81bd7107f7b685d3017cc6583daadb4fc26e4a888350df530e41980a60"
