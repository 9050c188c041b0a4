"""Pages, files and parts of files from a server that is not always well."""

import contextlib
import errno
import hashlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from crosswheel.errors import CrosswheelError, LackError, NetworkError, RefusedError
from crosswheel.store import Store
from crosswheel.transport import Client, ClientSettings, credentials_of, without_credentials
from loopback import Asked, Heard, Loopback, Reply, serving

_BODY = b"content of a file" * 100
_SHA256 = hashlib.sha256(_BODY).hexdigest()


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as loopback:
        yield loopback


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.upper().endswith("_PROXY") or name in {"NETRC", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def _client(tmp_path: Path, heard: Heard | None = None, **settings: object) -> Client:
    chosen = ClientSettings(**{"timeout": 2.0, "retries": 2, **settings})  # type: ignore[arg-type] # by name, as a test gives them
    return Client(Store(tmp_path / "cache"), chosen, heard)


def _everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def _files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_a_page_is_kept_while_it_is_fresh(server: Loopback, tmp_path: Path) -> None:
    server.replies["/p/"] = Reply(body=b"<html>", headers={"Content-Type": "Text/HTML; charset=UTF-8"})
    client = _client(tmp_path)
    first, second = client.page(f"{server.url}/p/"), client.page(f"{server.url}/p/")
    assert first is not None
    assert (first.body, first.content_type, first.encoding, first.stale) == (b"<html>", "text/html", "UTF-8", False)
    assert second == first
    assert len(server.asked) == 1
    assert client.page(f"{server.url}/p/", fresh_for=0) == first
    assert len(server.asked) == 2


def test_another_accept_is_another_page(server: Loopback, tmp_path: Path) -> None:
    server.replies["/p/"] = lambda asked: Reply(body=asked.headers["accept"].encode())
    client = _client(tmp_path)
    pages = [client.page(f"{server.url}/p/", accept=accept) for accept in ("text/html", "application/json")]
    assert [page and page.body for page in pages] == [b"text/html", b"application/json"]


@pytest.mark.parametrize("status", [404, 410])
def test_no_page_is_an_answer(server: Loopback, tmp_path: Path, status: int) -> None:
    server.replies["/p/"] = Reply(status=status)
    client = _client(tmp_path)
    assert [client.page(f"{server.url}/p/") for _ in range(2)] == [None, None]
    assert len(server.asked) == 1
    assert _client(tmp_path, offline=True).page(f"{server.url}/p/", fresh_for=0) is None
    server.replies["/p/"] = Reply(body=b"now there is")
    page = client.page(f"{server.url}/p/", fresh_for=0)
    assert page is not None
    assert page.body == b"now there is"


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_passing_error_is_asked_again(server: Loopback, tmp_path: Path, status: int) -> None:
    server.replies["/p/"] = [Reply(status=status, headers={"Retry-After": "0"}), Reply(body=b"well")]
    page = _client(tmp_path).page(f"{server.url}/p/")
    assert page is not None
    assert page.body == b"well"
    assert len(server.asked) == 2


def test_a_lasting_error_is_told(server: Loopback, tmp_path: Path) -> None:
    server.replies["/p/"] = Reply(status=500)
    with pytest.raises(NetworkError, match=r"the server says 500 .*, also after 2 retries"):
        _client(tmp_path).page(f"{server.url}/p/")
    assert len(server.asked) == 3


def test_missing_credentials_are_told(server: Loopback, tmp_path: Path) -> None:
    server.replies["/p/"] = Reply(status=401)
    with pytest.raises(NetworkError, match="may not be read") as caught:
        _client(tmp_path).page(f"{server.url}/p/")
    assert "netrc" in caught.value.hint


def test_the_old_page_is_used_when_the_server_is_gone(tmp_path: Path) -> None:
    heard = Heard()
    client = _client(tmp_path, heard, retries=0)
    with serving() as server:
        server.replies["/p/"] = Reply(body=b"old")
        client.page(f"{server.url}/p/")
    page = client.page(f"{server.url}/p/", fresh_for=0)
    assert page is not None
    assert (page.body, page.stale) == (b"old", True)
    client.page(f"{server.url}/p/", fresh_for=0)
    assert len(heard.warnings) == 1
    assert "does not answer" in heard.warnings[0]
    with pytest.raises(NetworkError, match="no connection to its host"):
        client.page(f"{server.url}/another/")


def test_offline_asks_nobody(server: Loopback, tmp_path: Path) -> None:
    server.replies["/p/"] = Reply(body=b"old")
    _client(tmp_path).page(f"{server.url}/p/")
    offline = _client(tmp_path, offline=True)
    page = offline.page(f"{server.url}/p/", fresh_for=0)
    assert page is not None
    assert page.stale
    with pytest.raises(NetworkError, match="told to stay offline"):
        offline.page(f"{server.url}/another/")
    assert len(server.asked) == 1


def test_a_damaged_page_of_the_cache_is_fetched_anew(server: Loopback, tmp_path: Path) -> None:
    server.replies["/p/"] = Reply(body=b"whole")
    client = _client(tmp_path)
    client.page(f"{server.url}/p/")
    (kept,) = (tmp_path / "cache" / "pages").iterdir()
    for damage in (b"", b"{}\n", kept.read_bytes()[:-1], b"\xff"):
        kept.write_bytes(damage)
        page = client.page(f"{server.url}/p/")
        assert page is not None
        assert page.body == b"whole"


def test_a_page_without_end_is_refused(server: Loopback, tmp_path: Path) -> None:
    server.replies["/p/"] = Reply(body=b"x" * 2000)
    with pytest.raises(RefusedError, match="larger than 1000 bytes"):
        _client(tmp_path).page(f"{server.url}/p/", limit=1000)


def test_a_file_is_fetched_once(server: Loopback, tmp_path: Path) -> None:
    server.replies["/f"] = Reply(body=_BODY)
    client = _client(tmp_path)
    hashes = {"sha256": _SHA256.upper(), "md5": hashlib.md5(_BODY).hexdigest()}  # noqa: S324 an index may promise it
    path = client.file(f"{server.url}/f", hashes=hashes)
    assert path.read_bytes() == _BODY
    assert path.name == f"sha256-{_SHA256}"
    assert client.file(f"{server.url}/gone", hashes={"sha256": _SHA256}) == path
    assert len(server.asked) == 1
    assert server.asked[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("wrong", ["sha256", "md5"])
def test_a_file_that_differs_is_refused_and_not_kept(server: Loopback, tmp_path: Path, wrong: str) -> None:
    server.replies["/f"] = Reply(body=_BODY)
    hashes = {"sha256": _SHA256, wrong: hashlib.new(wrong, b"another").hexdigest()}
    with pytest.raises(RefusedError, match=f"its {wrong} is .*promised") as caught:
        _client(tmp_path).file(f"{server.url}/f", hashes=hashes)
    assert "do not use it" in caught.value.hint
    assert _files_in(tmp_path / "cache") == []


@pytest.mark.parametrize(
    "hashes",
    [
        {},
        {"crc32": "00"},
        {"shake_128": "00"},
        {"sha256": "../../x"},
        {"sha256": "ab"},
        {"sha256": "a" * 5000},
    ],
)
def test_a_file_that_cannot_be_checked_is_refused(tmp_path: Path, hashes: dict[str, str]) -> None:
    with pytest.raises(RefusedError, match="cannot be checked"):
        _client(tmp_path).file("https://index.example/f", hashes=hashes)


def test_a_file_that_is_not_there_is_refused(server: Loopback, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="is not there: the server says 404"):
        _client(tmp_path).file(f"{server.url}/f", hashes={"sha256": _SHA256})


def test_an_answer_that_breaks_off_is_noticed_and_not_kept(server: Loopback, tmp_path: Path) -> None:
    server.replies["/f"] = Reply(body=_BODY[:100], length=len(_BODY))
    with pytest.raises(NetworkError, match="broke off"):
        _client(tmp_path, retries=1).file(f"{server.url}/f", hashes={"sha256": _SHA256})
    with pytest.raises(NetworkError, match="broke off"):
        _client(tmp_path, retries=0).page(f"{server.url}/f")
    assert _files_in(tmp_path / "cache") == []


def test_an_answer_that_breaks_off_once_is_fetched_again(server: Loopback, tmp_path: Path) -> None:
    server.replies["/f"] = [Reply(body=_BODY[:100], length=len(_BODY)), Reply(body=_BODY)]
    assert _client(tmp_path).file(f"{server.url}/f", hashes={"sha256": _SHA256}).read_bytes() == _BODY


def test_many_threads_fetch_a_file_once(server: Loopback, tmp_path: Path) -> None:
    server.replies["/f"] = Reply(body=_BODY)
    client = _client(tmp_path)
    threads = [
        threading.Thread(target=client.file, args=(f"{server.url}/f",), kwargs={"hashes": {"sha256": _SHA256}})
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.asked) == 1


def test_an_interrupted_run_waits_for_no_download(tmp_path: Path) -> None:
    begun, ended = threading.Event(), threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):  # the other side has enough
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            begun.set()
            while not ended.wait(0.01):
                connection.sendall(bytes(1 << 14))

    client = _client(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=drip, args=(listener,))
        server.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/f"
        told: list[str] = []

        def fetch() -> None:
            with pytest.raises(NetworkError) as caught:
                client.file(url, hashes={"sha256": _SHA256})
            told.append(caught.value.why)

        try:
            with contextlib.suppress(KeyboardInterrupt), client.at_once(2) as pool:
                pool.submit(fetch)
                assert begun.wait(10)
                raise KeyboardInterrupt
        finally:
            ended.set()
            server.join()
    assert told == ["the run is being ended"]
    assert _files_in(tmp_path / "cache") == []


def test_a_file_without_a_promise_is_told_its_hash(tmp_path: Path) -> None:
    client = _client(tmp_path, retries=0)
    with serving() as server:
        server.replies["/f"] = Reply(body=_BODY)
        path, digest = client.unknown_file(f"{server.url}/f")
        assert (path.read_bytes(), digest) == (_BODY, _SHA256)
    assert client.unknown_file(f"{server.url}/f") == (path, digest)
    with pytest.raises(NetworkError):
        client.unknown_file(f"{server.url}/another")


def _ranged(asked: Asked) -> Reply:
    start, _, end = asked.headers["range"].removeprefix("bytes=").partition("-")
    if not start:
        return Reply(body=_BODY[-int(end) :], status=206)
    return Reply(body=_BODY[int(start) : int(end) + 1], status=206)


def test_a_part_of_a_file(server: Loopback, tmp_path: Path) -> None:
    server.replies["/f"] = _ranged
    server.replies["/whole"] = Reply(body=_BODY)
    server.replies["/ill"] = Reply(status=500)
    client = _client(tmp_path, retries=0)
    assert client.part(f"{server.url}/f", 10, 20) == _BODY[10:30]
    assert client.part(f"{server.url}/f", -20, 20) == _BODY[-20:]
    assert client.part(f"{server.url}/f", -20, 5) == _BODY[-20:-15]
    assert client.part(f"{server.url}/whole", 10, 20) is None
    with pytest.raises(RefusedError, match="is not there"):
        client.part(f"{server.url}/gone", 0, 1)
    with pytest.raises(NetworkError, match="500"):
        client.part(f"{server.url}/ill", 0, 1)


def test_redirects_are_followed(server: Loopback, tmp_path: Path) -> None:
    server.replies["/old/"] = Reply(status=301, headers={"Location": "/new/?signature=secret"})
    server.replies["/new/?signature=secret"] = Reply(body=b"here")
    server.replies["/loop"] = Reply(status=302, headers={"Location": "/loop"})
    server.replies["/away"] = Reply(status=302, headers={"Location": "file:///etc/passwd"})
    client = _client(tmp_path)
    page = client.page(f"{server.url}/old/")
    assert page is not None
    assert (page.url, page.body) == (f"{server.url}/new/", b"here")
    assert b"signature" not in _everything_in(tmp_path / "cache")
    with pytest.raises(NetworkError, match="redirects without end"):
        client.page(f"{server.url}/loop")
    with pytest.raises(NetworkError, match="could not be fetched"):
        client.page(f"{server.url}/away")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://index.example/", "index.example"])
def test_only_http_is_fetched(tmp_path: Path, url: str) -> None:
    with pytest.raises(RefusedError, match="only http and https"):
        _client(tmp_path).page(url)


@pytest.mark.parametrize("url", ["http://[::1", "http://", "http://index.example:99999/", "http://\x00/"])
def test_an_address_that_is_none_is_told(tmp_path: Path, url: str) -> None:
    with pytest.raises(NetworkError, match="could not be fetched"):
        _client(tmp_path, retries=0).page(url)


def test_credentials_are_sent_and_never_kept_or_shown(server: Loopback, tmp_path: Path) -> None:
    server.replies["/p/"] = Reply(body=b"page")
    server.replies["/f"] = Reply(body=b"not it")
    url = server.url.replace("://", "://someone:p%40ss@")
    client = _client(tmp_path, retries=0)
    client.page(f"{url}/p/")
    assert server.asked[0].headers["authorization"].startswith("Basic ")
    told: list[str] = []
    for ask in (
        lambda: client.page(f"{url}/f", limit=1),
        lambda: client.file(f"{url}/f", hashes={"sha256": _SHA256}),
        lambda: client.file(f"{url}/gone", hashes={"sha256": _SHA256}),
        lambda: client.page(url.replace(str(server.port), "1") + "/p/"),
        lambda: client.page("http://someone:p%40ss@[::1"),
    ):
        with pytest.raises(CrosswheelError) as caught:
            ask()
        error = caught.value
        told.append(f"{error} {error.what} {error.why} {error.hint} {error.details}")
    assert not [text for text in told if "p%40ss" in text or "p@ss" in text]
    kept = _everything_in(tmp_path / "cache")
    assert b"p%40ss" not in kept
    assert b"p@ss" not in kept
    assert b"someone" not in kept


def test_pages_of_two_users_are_two_pages(server: Loopback, tmp_path: Path) -> None:
    server.replies["/p/"] = lambda asked: Reply(body=asked.headers.get("authorization", "nobody").encode())
    client = _client(tmp_path)
    one = client.page(f"{server.url}/p/", auth=("one", "x"))
    two = client.page(f"{server.url}/p/", auth=("two", "x"))
    nobody = client.page(f"{server.url}/p/")
    assert one is not None
    assert two is not None
    assert nobody is not None
    assert len({one.body, two.body, nobody.body}) == 3


def test_netrc_is_read(server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.replies["/p/"] = Reply(body=b"page")
    _client(tmp_path).page(f"{server.url}/p/")
    assert server.asked[0].headers["authorization"].startswith("Basic ")


def test_certificates_that_are_not_there_are_told(server: Loopback, tmp_path: Path) -> None:
    client = _client(tmp_path, certificates=str(tmp_path / "none.crt"), retries=0)
    with pytest.raises(NetworkError, match="invalid path") as caught:
        client.page(server.url.replace("http:", "https:"))
    assert "PIP_CERT" in caught.value.hint


def test_a_proxy_is_asked_instead(server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")  # the setting counts before it
    server.replies["http://index.example/simple/"] = Reply(body=b"through the proxy")
    page = _client(tmp_path, proxy=server.url).page("http://index.example/simple/")
    assert page is not None
    assert page.body == b"through the proxy"


@pytest.fixture
def _small_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_no_room_is_a_lack_and_leaves_nothing(server: Loopback, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    server.replies["/f"] = Reply(body=_BODY)
    client = _client(tmp_path)
    request.getfixturevalue("_small_files")
    with pytest.raises(LackError, match=os.strerror(errno.EFBIG)) as caught:
        client.file(f"{server.url}/f", hashes={"sha256": _SHA256})
    assert not isinstance(caught.value, NetworkError)
    assert "CROSSWHEEL_CACHE" in caught.value.hint
    with pytest.raises(LackError, match=os.strerror(errno.EFBIG)):
        client.unknown_file(f"{server.url}/f")
    assert _files_in(tmp_path / "cache") == []


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[str]:
    """The server behind TLS, with a certificate that nobody trusts but whoever is told of it."""
    import socket
    import ssl

    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not there, which makes the certificate")
    made = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout {key} -out {certificate} -days 2"
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost")
    subprocess.run([openssl, *made.split(), *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    plain, _ = listener.accept()
                except OSError:
                    return
                try:
                    with context.wrap_socket(plain, server_side=True) as stream:
                        stream.recv(65536)
                        stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret")
                except OSError:
                    continue

        threading.Thread(target=serve, daemon=True).start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def test_certificates_are_checked(secure: str, tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="certificate is not trusted"):
        _client(tmp_path, retries=0).page(secure)
    named = _client(tmp_path, certificates=str(tmp_path / "certificate.pem"), retries=0).page(secure)
    assert named is not None
    assert named.body == b"secret"


@pytest.mark.parametrize("with_port", [True, False])
def test_a_trusted_host_is_believed(secure: str, server: Loopback, tmp_path: Path, with_port: bool) -> None:
    host = secure.removeprefix("https://")
    trusting = _client(tmp_path, trusted_hosts=frozenset({host if with_port else "127.0.0.1"}), retries=0)
    page = trusting.page(secure)
    assert page is not None
    assert page.body == b"secret"
    # A redirect from a trusted host to another does not take the trust along.
    server.replies["/away"] = Reply(status=302, headers={"Location": secure.replace("127.0.0.1", "localhost") + "/x"})
    elsewhere = _client(tmp_path, trusted_hosts=frozenset({"127.0.0.1"}), retries=0)
    with pytest.raises(NetworkError, match="certificate is not trusted"):
        elsewhere.page(f"{server.url}/away")


def test_requests_is_not_imported_for_what_is_in_the_cache(server: Loopback, tmp_path: Path) -> None:
    server.replies["/p/"] = Reply(body=b"page")
    _client(tmp_path).page(f"{server.url}/p/")
    script = f"""
import sys
from pathlib import Path
from crosswheel.store import Store
from crosswheel.transport import Client, ClientSettings
assert Client(Store(Path({str(tmp_path / "cache")!r})), ClientSettings()).page({server.url + "/p/"!r}).body == b"page"
assert "requests" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("settings", [{"timeout": 0.0}, {"retries": -1}])
def test_settings_check_themselves(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="than no"):
        ClientSettings(**settings)  # type: ignore[arg-type] # by name, as a test gives them


def test_credentials_in_addresses() -> None:
    assert (
        without_credentials("https://me:pa%2Fss@index.example:8443/simple/?a#b")
        == "https://index.example:8443/simple/?a#b"
    )
    assert without_credentials("http://me:pass@[::1") == "http://[::1"
    assert credentials_of("https://me:pa%2Fss@index.example/") == ("me", "pa/ss")
    assert credentials_of("https://token@index.example/") == ("token", "")
    assert credentials_of("https://index.example/") is None
    assert credentials_of("http://[::1") is None
