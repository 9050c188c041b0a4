"""The main job as a user who may do nothing special, with a cache and a home of their own."""

import os
import shutil
import stat
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import crosswheel
from command_line import CommandLine, Ran, as_person

pytestmark = [pytest.mark.network, pytest.mark.emulator, pytest.mark.toolchain, pytest.mark.slow]
NOBODY = 65534
BECOME = (
    "import os, sys; os.setgroups([]); os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1])); "
    "os.execv(sys.argv[2], sys.argv[2:])"
)
KIWISOLVER = ("kiwisolver==1.4.7", "--target", "cp311-manylinux2014_aarch64")


def is_public(path: Path) -> bool:
    """Tell whether everybody may read it, and pass through all folders above it."""
    real = path.resolve()
    return bool(real.stat().st_mode & stat.S_IROTH) and all(
        parent.stat().st_mode & stat.S_IXOTH for parent in real.parents
    )


def public_python() -> str:
    """Return a Python like this one that any user may start."""
    short = ".".join(map(str, sys.version_info[:2]))
    for candidate in (sys.executable, f"/usr/bin/python{short}", f"/usr/local/bin/python{short}"):
        if Path(candidate).is_file() and is_public(Path(candidate)):
            return candidate
    pytest.skip(f"no Python {short} that an ordinary user may start: this one is in a closed folder")


def public_libraries() -> str:
    """Return a PYTHONPATH with crosswheel and what it needs."""
    folders = [Path(crosswheel.__file__).parents[1], Path(sysconfig.get_path("purelib"))]
    for folder in folders:
        if not is_public(folder):
            pytest.skip(f"an ordinary user may not read {folder}")
    return os.pathsep.join(map(str, folders))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def give_cache(target: Path) -> None:
    """Copy the cache of the tests; what is never written to again stays the same files."""
    source = Path(os.environ["CROSSWHEEL_CACHE"])
    target.mkdir()
    for entry in sorted(source.iterdir()):
        if entry.name in {"uv", "zig"}:
            shutil.copytree(entry, target / entry.name, symlinks=True)
            for folder, _, files in os.walk(target / entry.name):
                for name in files:
                    os.chown(Path(folder, name), NOBODY, NOBODY, follow_symlinks=False)
        elif entry.name == "sysroots" or entry.name.startswith(("debian-", "files", "pages", "index")):
            shutil.copytree(entry, target / entry.name, symlinks=True, copy_function=link_or_copy)
    for folder, _, _ in os.walk(target):
        os.chown(folder, NOBODY, NOBODY)


def link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def test_an_ordinary_user_gets_the_same_bytes(build_once: Callable[..., tuple[Ran, Path]], open_folder: Path) -> None:
    if os.geteuid():
        pytest.skip("these tests run as an ordinary user: every whole build has shown it")
    python, libraries = public_python(), public_libraries()
    _, built = build_once("kiwisolver", *KIWISOLVER)
    give_cache(open_folder / "cache")
    for name in ("home", "here", "tmp"):
        (open_folder / name).mkdir()
        os.chown(open_folder / name, NOBODY, NOBODY)
    variables = {
        **as_person(open_folder).variables,
        "HOME": str(open_folder / "home"),
        "TMPDIR": str(open_folder / "tmp"),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": libraries,
        "CROSSWHEEL_CACHE": str(open_folder / "cache"),
    }
    someone = CommandLine(
        folder=open_folder / "here",
        variables=variables,
        prefix=[python, "-c", BECOME, str(NOBODY)],
        python=python,
    )
    ran = someone("build", *KIWISOLVER, "--json")
    assert ran.result["proof_level"] == "imported"
    assert ran.result["cached"] is False
    wheel = Path(ran.result["wheel"]["path"])
    assert wheel.stat().st_uid == NOBODY
    assert wheel.read_bytes() == (built / wheel.name).read_bytes()
