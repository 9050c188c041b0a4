"""Index pages of every kind of brokenness: read, or told to be unreadable."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from crosswheel.errors import NetworkError
from crosswheel.index.file import IndexFile
from crosswheel.index.page import read_page
from crosswheel.transport import Response

_PIECES = [
    "<a ", "href=", "'", '"', ">", "</a>", "<base href='http://[::1'>", "http://[::1", "pkg-1.0.tar.gz", "#sha256=",
    "<!DOCTYPE", "<![", "<!--", "&#x110000;", "data-yanked", "\0", "<meta name=pypi:repository-version content=x>",
    "<meta name=pypi:project-status content=x>", " ", "\n", "../", "%zz",
]  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["files", "url", "meta"]), inner),
    max_leaves=8,
)
_FILE = st.fixed_dictionaries(
    {"filename": st.sampled_from(["pkg-1.0.tar.gz", "", "x"]), "url": st.sampled_from(["http://[::1", "x", ""])},
    optional={"hashes": _JSON, "yanked": _JSON, "size": _JSON, "core-metadata": _JSON, "requires-python": _JSON},
)
_PAGE = st.fixed_dictionaries(
    {"meta": st.sampled_from([{"api-version": "1.0"}, {"api-version": "x"}]), "name": st.just("pkg")},
    optional={"files": st.lists(_FILE, max_size=2)},
)


def _read(body: bytes, content_type: str, encoding: str | None) -> None:
    page = Response(url="https://index.example/simple/pkg/", content_type=content_type, encoding=encoding, body=body)
    try:
        files = read_page(page, "pkg", "https://index.example/simple/")
    except NetworkError:
        return
    for file in files:
        json.loads(json.dumps(file.to_record()))
        assert IndexFile.from_record(file.to_record(), file.origin) == file


_HTML = st.lists(st.sampled_from(_PIECES), max_size=20).map(lambda pieces: "".join(pieces).encode())


@given(
    body=st.one_of(st.binary(max_size=300), st.just(b"https:"), _HTML),
    encoding=st.sampled_from([None, "utf-8", "no-such-charset", "utf-16"]),
)
@settings(max_examples=150, deadline=None)
def test_html(body: bytes, encoding: str | None) -> None:
    _read(body, "text/html", encoding)


@given(page=st.one_of(_JSON, _PAGE, _PAGE.map(lambda page: {**page, "files": page.get("files", [])})))
@settings(max_examples=200, deadline=None)
def test_json(page: object) -> None:
    _read(json.dumps(page).encode(), "application/vnd.pypi.simple.v1+json", None)
