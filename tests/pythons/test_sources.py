"""What a person may write after --target-python."""

from pathlib import Path

import pytest

from crosswheel.errors import UsageError
from crosswheel.pythons import SourceKind, parse_sources


def test_each_kind(tmp_path: Path) -> None:
    (tmp_path / "a folder").mkdir()
    (tmp_path / "python.tar.zst").write_bytes(b"")
    texts = (
        "debian",
        "uv",
        "https://example.org/cpython-3.12.4%2B2024-install_only.tar.gz#sha256=ab",
        "image:quay.io/pypa/manylinux2014_aarch64:latest",
        "a folder",
        "./python.tar.zst#sha256=cd",
    )
    found = parse_sources(texts, tmp_path)
    assert [source.kind for source in found] == [
        SourceKind.DEBIAN,
        SourceKind.UV,
        SourceKind.ARCHIVE,
        SourceKind.IMAGE,
        SourceKind.FOLDER,
        SourceKind.ARCHIVE,
    ]
    assert [source.place for source in found[2:]] == [
        "https://example.org/cpython-3.12.4%2B2024-install_only.tar.gz",
        "quay.io/pypa/manylinux2014_aarch64:latest",
        str(tmp_path / "a folder"),
        str(tmp_path / "python.tar.zst"),
    ]
    assert [source.hashes for source in found[2:]] == [{"sha256": "ab"}, {}, {}, {"sha256": "cd"}]
    assert [str(source) for source in found] == list(texts)


def test_user_and_password_are_not_shown(tmp_path: Path) -> None:
    (found,) = parse_sources(["https://me:secret@index.example/python.tar.gz#sha256=ab"], tmp_path)
    assert found.place == "https://me:secret@index.example/python.tar.gz"
    assert str(found) == "https://index.example/python.tar.gz#sha256=ab"
    assert "secret" not in repr(found)
    with pytest.raises(UsageError) as caught:
        parse_sources(["ftp://me:secret@index.example/python.tar.gz"], tmp_path)
    assert "secret" not in str(caught.value)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("")
    wrong: tuple[str, ...] = (
        "nowhere",
        "ftp://example.org/python.tar.gz",
        "image:",
        "image:--privileged",
        "image:a b",
        "notes.txt",
    )
    wrong += ("", "~nobody-of-this-name/python", "x" * 5000)
    with pytest.raises(UsageError) as caught:
        parse_sources((*wrong, "debian"), tmp_path)
    for text in wrong:
        assert repr(text) in caught.value.why
    assert "debian" not in caught.value.why
