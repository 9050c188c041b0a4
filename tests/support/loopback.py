"""A server on loopback that answers as a test tells it to."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer: `length` is what Content-Length claims, when it is not the truth."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request: headers by their lower-case names."""

    path: str
    headers: Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class Loopback:
    """What the server answers, and what it was asked.

    A reply may be a list: one after the other, the last one for ever.
    """

    url: str = ""
    port: int = 0
    replies: dict[str, Reply | list[Reply] | Callable[[Asked], Reply]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        found = self.replies.get(asked.path, Reply(status=404))
        if isinstance(found, Reply):
            return found
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found(asked)


@contextlib.contextmanager
def serving() -> Iterator[Loopback]:
    """Serve until the block ends; afterwards nobody listens at its address."""
    loopback = Loopback()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = Asked(path=self.path, headers={name.lower(): value for name, value in self.headers.items()})
            reply = loopback.answer(asked)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection = reply.length is not None

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 the base class's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        loopback.port = server.server_address[1]
        loopback.url = f"http://127.0.0.1:{loopback.port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield loopback
        finally:
            server.shutdown()
            thread.join()


class Heard:
    """A reporter that remembers."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.warnings: list[str] = []

    def step(self, title: str) -> contextlib.AbstractContextManager[None]:
        self.notes.append(title)
        return contextlib.nullcontext()

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)
