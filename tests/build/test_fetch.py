"""Sources of every kind, brought here and unpacked where a build may write."""

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from crosswheel.build.fetch import FetchedSource, Sources
from crosswheel.build.source import find_source
from crosswheel.errors import BadInputError, CrosswheelError, NetworkError, RefusedError, UsageError
from crosswheel.index import Index, IndexSettings
from crosswheel.process import Processes
from crosswheel.store import Store
from crosswheel.transport import Client, ClientSettings
from loopback import Heard, Loopback, Reply, serving

_GIT = shutil.which("git")
_needs_git = pytest.mark.skipif(_GIT is None, reason="git is not there")


def _sdist(**files: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in (files or {"setup.py": b"x"}).items():
            info = tarfile.TarInfo(f"pkg-1.0/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.upper().endswith("_PROXY") or name == "NETRC" or name.startswith("GIT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as loopback:
        yield loopback


class Bench:
    """Sources with a cache of their own, and a reporter that remembers."""

    def __init__(self, folder: Path, index: str = "") -> None:
        self.folder = folder
        self.heard = Heard()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder / "home")}
        client = ClientSettings(timeout=2.0, retries=0)
        settings = IndexSettings(indexes=(index,) if index else (), find_links=(), client=client, environment={})
        store = Store(folder / "cache")
        http = Client(store, client, self.heard)
        self.sources = Sources(
            index=Index(http, settings, self.heard),
            client=http,
            store=store,
            processes=Processes(),
            environment=self.environment,
            reporter=self.heard,
        )
        self.trees = 0

    def fetch(self, text: str, *leave_out: Path) -> FetchedSource:
        return self.sources.fetch(find_source(text, self.folder), python_version="3.11.2", leave_out=leave_out)

    def unpack(self, fetched: FetchedSource) -> Path:
        self.trees += 1
        return self.sources.unpack(fetched, self.folder / "work" / str(self.trees)).path

    def git(self, folder: Path, *arguments: str) -> str:
        assert _GIT
        settings = ("-c", "user.name=x", "-c", "user.email=x@y.example", "-c", "init.defaultBranch=main")
        allowed = ("-c", "protocol.file.allow=always", "-c", "commit.gpgSign=false")
        argv = [_GIT, *settings, *allowed, *arguments]
        done = subprocess.run(argv, cwd=folder, env=self.environment, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def repository(self, name: str = "repository", **files: str) -> Path:
        path = self.folder / name
        path.mkdir()
        self.git(path, "init", "-q")
        for file, content in (files or {"setup.py": "x"}).items():
            (path / file).parent.mkdir(parents=True, exist_ok=True)
            (path / file).write_text(content)
        self.git(path, "add", ".")
        self.git(path, "commit", "-q", "-m", "first")
        return path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def _names(tree: Path) -> list[str]:
    return sorted(
        str(path.relative_to(tree)) for path in tree.rglob("*") if ".git" not in path.parts and path.is_file()
    )


def test_a_requirement_becomes_a_tree(server: Loopback, tmp_path: Path) -> None:
    data = _sdist()
    digest = hashlib.sha256(data).hexdigest()
    server.replies["/simple/pkg/"] = Reply(
        body=f'<a href="../../pkg-1.0.tar.gz#sha256={digest}">x</a>'.encode(), headers={"Content-Type": "text/html"}
    )
    server.replies["/pkg-1.0.tar.gz"] = Reply(body=data)
    bench = Bench(tmp_path, f"{server.url}/simple/".replace("://", "://me:secret@"))
    fetched = bench.fetch("Pkg[extra]")
    assert (fetched.name, fetched.version, fetched.digest) == ("Pkg", "1.0", digest)
    assert fetched.origin == f"{server.url}/pkg-1.0.tar.gz"
    assert bench.unpack(fetched) == tmp_path / "work" / "1" / "pkg-1.0"
    assert "extras" in bench.heard.notes[0]


def test_an_archive_becomes_a_tree(bench: Bench) -> None:
    path = bench.folder / "pkg-1.0.tar.gz"
    path.write_bytes(_sdist())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    fetched = bench.fetch("pkg-1.0.tar.gz")
    assert (fetched.name, fetched.version, fetched.digest) == ("pkg", "1.0", digest)
    assert _names(bench.unpack(fetched)) == ["setup.py"]
    assert bench.fetch(f"{path.as_uri()}#sha256={digest}").digest == digest
    with pytest.raises(RefusedError, match="is not what it should be"):
        bench.fetch(f"{path.as_uri()}#sha256={'0' * 64}")
    source = find_source("pkg-1.0.tar.gz", bench.folder)
    path.unlink()
    with pytest.raises(UsageError, match="is not there"):
        bench.sources.fetch(source, python_version="3.11.2")


def test_a_truncated_archive_is_told_by_its_name(bench: Bench) -> None:
    (bench.folder / "pkg-1.0.tar.gz").write_bytes(_sdist()[:-20])
    with pytest.raises(BadInputError, match=r"pkg-1\.0\.tar\.gz is damaged"):
        bench.unpack(bench.fetch("pkg-1.0.tar.gz"))
    assert not (bench.folder / "work" / "1").exists()


def test_an_archive_without_a_project_is_told(bench: Bench) -> None:
    (bench.folder / "pkg-1.0.zip").write_bytes(_sdist(README=b"x"))
    with pytest.raises(RefusedError, match="its top has neither"):
        bench.unpack(bench.fetch("pkg-1.0.zip"))


def test_a_project_further_down(bench: Bench) -> None:
    path = bench.folder / "pkg-1.0.tar.gz"
    path.write_bytes(_sdist(**{"python/setup.py": b"x", "setup.py": b"y"}))
    below, top = bench.fetch(f"{path.as_uri()}#subdirectory=python"), bench.fetch("pkg-1.0.tar.gz")
    assert below.digest != top.digest
    assert (bench.unpack(below) / "setup.py").read_bytes() == b"x"
    with pytest.raises(RefusedError, match="ruby has neither"):
        bench.unpack(bench.fetch(f"{path.as_uri()}#subdirectory=ruby"))


def test_a_url_has_to_say_what_it_should_be(server: Loopback, bench: Bench) -> None:
    data = _sdist()
    digest, weak = hashlib.sha256(data).hexdigest(), hashlib.sha1(data).hexdigest()  # noqa: S324 what a person may give
    server.replies["/pkg-1.0.tar.gz"] = Reply(body=data)
    url = f"{server.url}/pkg-1.0.tar.gz"
    with pytest.raises(RefusedError) as caught:
        bench.fetch(url.replace("://", "://me:secret@"))
    assert f"{url}#sha256={digest}" in caught.value.hint
    assert "secret" not in caught.value.hint
    fetched = bench.fetch(f"{url}#sha256={digest}")
    assert (fetched.name, fetched.version, fetched.digest, fetched.origin) == ("pkg", "1.0", digest, url)
    assert bench.heard.warnings == []
    assert bench.fetch(f"other @ {url}#sha1={weak}").name == "other"
    assert "sha1 only" in bench.heard.warnings[0]
    with pytest.raises(RefusedError, match="is not what it should be"):
        bench.fetch(f"{url}#sha256={'0' * 64}")
    with pytest.raises(RefusedError, match="is not there"):
        bench.fetch(f"{server.url}/gone.zip#sha256={'0' * 64}")


def _write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("content")


def test_a_folder_without_git_is_copied_without_what_tools_made(bench: Bench) -> None:
    project = bench.folder / "project"
    source = ("pyproject.toml", "src/pkg/__init__.py", "src/build/x.py", "lib/dist/y.py")
    made = (".venv/a", "env/pyvenv.cfg", "env/lib/x.py", "src/__pycache__/a.pyc", "src/b.pyc", ".hg/x", "out/x.whl")
    _write(project, *source, *made, "build/lib/x", "dist/x.whl", "wheelhouse/x.whl", ".mypy_cache/x")
    (project / "pyproject.toml").write_text('[project]\nname = "My.Pkg"\nversion = "2.0"\n')
    (project / "link").symlink_to("pyproject.toml")
    os.mkfifo(project / "pipe")
    fetched = bench.fetch("./project", project / "out")
    assert (fetched.name, fetched.version) == ("My.Pkg", "2.0")
    tree = bench.unpack(fetched)
    assert _names(tree) == sorted((*source, "link"))
    assert (tree / "link").is_symlink()
    (tree / "src/pkg/__init__.py").write_text("changed by the build")
    assert (project / "src/pkg/__init__.py").read_text() == "content"
    assert bench.fetch("./project", project / "out").digest == fetched.digest
    (project / "src/pkg/__init__.py").write_text("changed")
    changed = bench.fetch("./project", project / "out").digest
    (project / "src/pkg/__init__.py").chmod(0o755)
    assert len({fetched.digest, changed, bench.fetch("./project", project / "out").digest}) == 3


@_needs_git
def test_a_git_checkout_is_what_git_sees(bench: Bench) -> None:
    project = bench.repository(
        "project", **{"setup.py": "x", ".gitignore": "ignored\n*.so\n", "gone.py": "", "ä b.py": ""}
    )
    (project / "gone.py").unlink()
    _write(project, "ignored", "a.so", "new.py", "wheelhouse/a.whl", "build/x")
    fetched = bench.fetch("./project")
    tree = bench.unpack(fetched)
    assert _names(tree) == [".gitignore", "new.py", "setup.py", "ä b.py"]
    assert bench.git(tree, "log", "--format=%s") == "first"
    _write(project, "ignored2.so", "wheelhouse/b.whl")
    assert bench.fetch("./project").digest == fetched.digest
    bench.git(project, "tag", "v1.0")
    assert bench.fetch("./project").digest != fetched.digest


@_needs_git
def test_a_folder_below_a_checkout(bench: Bench) -> None:
    bench.repository("mono", **{"python/setup.py": "x", "python/.gitignore": "made", "rust/lib.rs": ""})
    _write(bench.folder / "mono" / "python", "made")
    assert _names(bench.unpack(bench.fetch("./mono/python"))) == [".gitignore", "setup.py"]


@_needs_git
def test_a_checkout_with_a_submodule(bench: Bench) -> None:
    inner = bench.repository("inner", **{"c.c": "int x;"})
    outer = bench.repository("outer")
    bench.git(outer, "submodule", "--quiet", "add", inner.as_uri(), "third")
    bench.git(outer, "commit", "-q", "-m", "more")
    assert _names(bench.unpack(bench.fetch("./outer"))) == [".gitmodules", "setup.py", "third/c.c"]
    fetched = bench.fetch(f"git+{outer.as_uri()}")
    assert _names(bench.unpack(fetched)) == [".gitmodules", "setup.py", "third/c.c"]


@_needs_git
def test_a_checkout_whose_monitor_and_hooks_are_hostile(bench: Bench) -> None:
    project = bench.repository("project")
    trap = bench.folder / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {bench.folder}/sprung\n")
    trap.chmod(0o755)
    bench.git(project, "config", "core.fsmonitor", str(trap))
    bench.git(project, "config", "core.hooksPath", str(bench.folder / "hooks"))
    (bench.folder / "hooks").mkdir()
    shutil.copy(trap, bench.folder / "hooks" / "post-checkout")
    bench.environment["GIT_CONFIG_COUNT"] = "no number"
    bench.unpack(bench.fetch("./project"))
    bench.unpack(bench.fetch(f"git+{project.as_uri()}"))
    assert not (bench.folder / "sprung").exists()


@_needs_git
def test_revisions_of_every_kind(bench: Bench) -> None:
    project = bench.repository("project")
    first = bench.git(project, "rev-parse", "HEAD")
    bench.git(project, "tag", "-a", "-m", "x", "v1.0")
    bench.git(project, "branch", "other")
    _write(project, "second.py")
    bench.git(project, "add", ".")
    bench.git(project, "commit", "-q", "-m", "second")
    second = bench.git(project, "rev-parse", "HEAD")
    url = f"git+{project.as_uri()}"
    revisions = {"": second, "@v1.0": first, "@other": first, "@refs/tags/v1.0": first, "@main": second}
    revisions |= {f"@{first}": first, f"@{first[:9]}": first}
    for ref, commit in revisions.items():
        fetched = bench.fetch(f"{url}{ref}")
        assert fetched.origin == f"{url}@{commit}"
        assert ("second.py" in _names(bench.unpack(fetched))) is (commit == second)
    tree = bench.unpack(bench.fetch(f"{url}@v1.0"))
    assert bench.git(tree, "describe", "--tags") == "v1.0"
    for ref in ("@nope", f"@{'0' * 40}", "@0000000"):
        with pytest.raises(RefusedError, match="has no"):
            bench.fetch(f"{url}{ref}")
    assert not list((bench.folder / "cache" / "checkouts").glob(".new-*"))


@_needs_git
def test_git_without_its_server(bench: Bench) -> None:
    project = bench.repository("project", **{"python/setup.py": "x"})
    url = f"git+{project.as_uri()}"
    fetched = bench.fetch(f"pkg @ {url}@main#subdirectory=python")
    assert (fetched.name, fetched.subdirectory) == ("pkg", "python")
    shutil.rmtree(project)
    again = bench.fetch(f"{url}@main#subdirectory=python")
    assert again.digest == fetched.digest
    assert "cannot be asked" in bench.heard.warnings[0]
    assert _names(bench.unpack(again)) == ["setup.py"]
    with pytest.raises(NetworkError, match="could not be asked"):
        bench.fetch(f"{url}@v2")


@_needs_git
def test_credentials_of_a_repository_are_sent_and_never_kept_or_shown(server: Loopback, bench: Bench) -> None:
    asked: list[str] = []

    def answer(request: object) -> Reply:
        asked.append(getattr(request, "headers").get("authorization", ""))  # noqa: B009 whatever the server hands over
        return Reply(status=403 if asked[-1] else 401, headers={"WWW-Authenticate": 'Basic realm="x"'})

    server.replies["/x.git/info/refs?service=git-upload-pack"] = answer
    with pytest.raises(NetworkError) as caught:
        bench.fetch(f"git+{server.url}/x.git".replace("://", "://me:se%40cret@"))
    error = caught.value
    assert any(text.startswith("Basic ") for text in asked)
    told = f"{error} {error.why} {error.hint} {error.details}"
    assert "se%40cret" not in told
    assert "se@cret" not in told
    kept = b"".join(path.read_bytes() for path in (bench.folder / "cache").rglob("*") if path.is_file())
    assert b"cret" not in kept


@_needs_git
def test_the_persons_own_ssh_is_used(bench: Bench) -> None:
    ssh = bench.folder / "ssh"
    ssh.write_text('#!/bin/sh\necho "error: asked with $0" >&2\nexit 1\n')
    ssh.chmod(0o755)
    (bench.folder / "home").mkdir()
    (bench.folder / "home/.gitconfig").write_text(f"[core]\n\tsshCommand = {ssh}\n")
    with pytest.raises(NetworkError, match=f"asked with {ssh}"):
        bench.fetch("git+ssh://git@git.example/x@main")


def test_without_git_a_folder_still_works(bench: Bench) -> None:
    _write(bench.folder / "project", "setup.py")
    (bench.folder / "project" / ".git").mkdir()
    bench.environment["PATH"] = "/nowhere"
    assert _names(bench.unpack(bench.fetch("./project"))) == ["setup.py"]
    with pytest.raises(CrosswheelError, match="git is not there"):
        bench.fetch("git+https://git.example/x")


def test_a_folder_that_cannot_be_read_is_told(bench: Bench) -> None:
    _write(bench.folder / "project", "setup.py", "closed/x")
    (bench.folder / "project" / "closed").chmod(0)
    try:
        if os.geteuid() == 0:
            pytest.skip("root reads everything")
        with pytest.raises(RefusedError, match="cannot be read"):
            bench.fetch("./project")
    finally:
        (bench.folder / "project" / "closed").chmod(0o755)
