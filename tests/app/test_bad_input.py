"""What cannot be answered with a wheel is answered with one message: what, why, what to do; nothing is left behind."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from command_line import CommandLine, with_index
from loopback import Loopback, Reply, serving
from tiny_projects import write_project

TARGET = ("--target", "cp311-manylinux2014_aarch64")
HTML = {"Content-Type": "text/html"}


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as loopback:
        yield loopback


@pytest.fixture
def crosswheel(server: Loopback, tmp_path: Path) -> CommandLine:
    """crosswheel that knows one index, which has what the test puts there."""
    return with_index(tmp_path, f"{server.url}/simple/")


@pytest.fixture
def refused(crosswheel: CommandLine, tmp_path: Path) -> Callable[..., str]:
    """Run a build that is refused with a status, and return what it said."""

    def run(status: int, *arguments: object) -> str:
        return crosswheel.refused(status, *arguments, out=tmp_path / "out")

    return run


def offer(server: Loopback, filename: str, content: bytes, *, sha256: str | None = None) -> None:
    """Put a file of the project `thing` on the index."""
    digest = sha256 or hashlib.sha256(content).hexdigest()
    page = f'<a href="/files/{filename}#sha256={digest}">{filename}</a>'
    server.replies["/simple/thing/"] = Reply(body=page.encode(), headers=HTML)
    server.replies[f"/files/{filename}"] = Reply(body=content)


def test_an_unknown_project(refused: Callable[..., str]) -> None:
    message = refused(1, "thing==1.0", *TARGET)
    assert "thing" in message


def test_an_unknown_version(refused: Callable[..., str], server: Loopback) -> None:
    offer(server, "thing-1.0.tar.gz", b"")
    message = refused(1, "thing==2.0", *TARGET)
    assert "thing==2.0" in message
    assert "1.0" in message.replace("thing==2.0", "")


def test_only_wheels(refused: Callable[..., str], server: Loopback) -> None:
    offer(server, "thing-1.0-py3-none-any.whl", b"")
    assert "sdist" in refused(1, "thing==1.0", *TARGET)


def test_a_hash_that_differs(refused: Callable[..., str], server: Loopback) -> None:
    offer(server, "thing-1.0.tar.gz", b"something else", sha256="0" * 64)
    message = refused(1, "thing==1.0", *TARGET)
    assert "0" * 64 in message
    assert hashlib.sha256(b"something else").hexdigest() in message


def test_a_hash_in_a_url_that_differs(refused: Callable[..., str], server: Loopback) -> None:
    offer(server, "thing-1.0.tar.gz", b"something else")
    message = refused(1, f"thing @ {server.url}/files/thing-1.0.tar.gz#sha256={'1' * 64}", *TARGET)
    assert "1" * 64 in message


def test_a_url_without_a_hash(refused: Callable[..., str], server: Loopback) -> None:
    offer(server, "thing-1.0.tar.gz", b"something")
    message = refused(1, f"{server.url}/files/thing-1.0.tar.gz", *TARGET)
    assert f"#sha256={hashlib.sha256(b'something').hexdigest()}" in message


def test_an_index_that_fails(refused: Callable[..., str], server: Loopback) -> None:
    server.replies["/simple/thing/"] = Reply(status=500)
    message = refused(3, "thing==1.0", *TARGET)
    assert "500" in message


def test_a_download_that_breaks_off(refused: Callable[..., str], server: Loopback) -> None:
    offer(server, "thing-1.0.tar.gz", b"some of it")
    server.replies["/files/thing-1.0.tar.gz"] = Reply(body=b"some", length=10)
    refused(3, "thing==1.0", *TARGET)


def test_no_network(crosswheel: CommandLine, network_cut: Callable[[CommandLine], CommandLine], tmp_path: Path) -> None:
    message = network_cut(crosswheel).refused(3, "thing==1.0", *TARGET, out=tmp_path / "out")
    assert "thing" in message


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("cp311-manylinux_2_5_aarch64", ("manylinux_2_5", "aarch64", "2_17")),
        ("cp27-manylinux2014_aarch64", ("cp27", "3.6")),
        ("cp311-manylinux2014_riscv64", ("riscv64",)),
        ("cp311-manylinux2014", ("cp311-manylinux2014",)),
        ("nonsense", ("nonsense",)),
    ],
)
def test_targets_that_are_none(refused: Callable[..., str], target: str, words: tuple[str, ...]) -> None:
    message = refused(2, "thing==1.0", "--target", target)
    for word in words:
        assert word in message


def test_all_wrong_targets_are_named_at_once(refused: Callable[..., str]) -> None:
    message = refused(2, "thing==1.0", "--target", "nonsense,cp311-manylinux_2_5_aarch64")
    assert "nonsense" in message
    assert "manylinux_2_5" in message


def test_a_python_that_is_not_to_be_had(refused: Callable[..., str], server: Loopback) -> None:
    offer(server, "thing-1.0.tar.gz", b"")
    message = refused(2, "thing==1.0", "--target", "cp312-manylinux2014_aarch64", "--strategy", "hybrid")
    assert "cp311" in message


def test_no_target(refused: Callable[..., str]) -> None:
    assert "--target" in refused(2, "thing==1.0")


def test_an_unknown_option(crosswheel: CommandLine) -> None:
    ran = crosswheel("build", "thing", *TARGET, "--fast", status=2)
    assert "--fast" in ran.err
    assert not ran.out


def test_an_unknown_verb(crosswheel: CommandLine) -> None:
    assert "fly" in crosswheel("fly", status=2).err


@pytest.mark.parametrize("path", ["./not-there", "not-there-1.0.tar.gz"])
def test_a_path_that_is_not_there(refused: Callable[..., str], path: str) -> None:
    assert path in refused(2, path, *TARGET)


def test_a_folder_without_a_project(refused: Callable[..., str], tmp_path: Path) -> None:
    write_project(tmp_path / "empty", {"README.md": ""})
    assert "pyproject.toml" in refused(1, "./empty", *TARGET)


def test_a_wheel_as_the_source(refused: Callable[..., str], tmp_path: Path) -> None:
    write_project(tmp_path, {"thing-1.0-py3-none-any.whl": b""})
    assert "wheel" in refused(1, "./thing-1.0-py3-none-any.whl", *TARGET)


def test_no_source_at_all(refused: Callable[..., str]) -> None:
    assert "what is this" in refused(2, "what is this", *TARGET)


def test_a_setting_without_a_value(refused: Callable[..., str]) -> None:
    assert "KEY=VALUE" in refused(2, "thing", *TARGET, "--config-setting", "fast")


def test_results_where_a_file_stands(crosswheel: CommandLine, server: Loopback, tmp_path: Path) -> None:
    offer(server, "thing-1.0.tar.gz", b"")
    (tmp_path / "taken").write_text("mine", encoding="ascii")
    ran = crosswheel("build", "thing", *TARGET, "--out", "taken", status=3)
    assert "taken" in ran.err
    assert (tmp_path / "taken").read_text(encoding="ascii") == "mine"


def test_a_failure_in_json_is_one_document(crosswheel: CommandLine) -> None:
    ran = crosswheel("build", "thing==1.0", "other", *TARGET, "--json", status=1)
    results = ran.document["results"]
    assert [(result["source"], result["status"], result["error"]["kind"]) for result in results] == [
        ("thing==1.0", "failed", "refused"),
        ("other", "failed", "refused"),
    ]
    assert all(result["error"]["what"] and result["error"]["hint"] for result in results)


def test_wrong_usage_in_json_is_one_document(crosswheel: CommandLine) -> None:
    ran = crosswheel("build", "thing==1.0", "--target", "nonsense", "--json", status=2)
    assert "nonsense" in str(ran.document)
