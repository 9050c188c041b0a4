"""Standalone builds through uv, which knows where they are, checks their hashes, and keeps them."""

import re
from collections.abc import Mapping
from pathlib import Path

from packaging.version import Version

from crosswheel.errors import NetworkError, RefusedError, UsageError
from crosswheel.process import Command, Processes
from crosswheel.pythons.prefix import FoundPython, find_python
from crosswheel.store import Store
from crosswheel.targets import Target

# What uv calls otherwise (uv-python, `Arch`).
_ARCHITECTURES = {"armv7l": "armv7", "i686": "x86", "ppc64le": "powerpc64le", "riscv64": "riscv64gc"}
_NETWORK = re.compile(r"dns error|error sending request|client error|Connection refused|timed out", re.IGNORECASE)
_NOTHING = re.compile(r"No download found|No interpreter found", re.IGNORECASE)


def uv_request(target: Target) -> str:
    """Return a target's Python as uv knows it, such as "cpython-3.12-linux-aarch64-gnu"."""
    python, architecture = target.python, target.architecture
    major, minor = python.version
    threads = "+freethreaded" if python.free_threaded else ""
    libc = f"{'gnu' if target.glibc else 'musl'}{architecture.abi_suffix}"
    name = _ARCHITECTURES.get(architecture.name, architecture.name)
    return f"cpython-{major}.{minor}{threads}-linux-{name}-{libc}"


def installed_by_uv(target: Target, folder: Path, store: Store) -> FoundPython | None:
    """Return the newest standalone build for a target that uv has installed into a folder; None where it has none.

    Arguments:
        target: whose Python.
        folder: where uv installs, such as ~/.local/share/uv/python.
        store: where a folder of links to headers is kept.
    """
    begin, _, end = uv_request(target).partition("-linux-")
    version, plus, variant = begin.partition("+")
    short = re.escape(version.removeprefix("cpython-"))
    full = rf"cpython-({short}\.\d+(?:(?:a|b|rc)\d+)?){re.escape(plus + variant)}-linux-{re.escape(end)}"
    having = [
        (Version(match[1]), path) for path in folder.glob("cpython-*") if (match := re.fullmatch(full, path.name))
    ]
    if not having:
        return None
    newest = max(having)[1]
    return find_python(newest, target, store, shown=str(newest), origin=f"standalone build {newest.name}, by uv")


def python_by_uv(
    target: Target, *, uv: Path, processes: Processes, environment: Mapping[str, str], store: Store
) -> FoundPython:
    """Return a standalone build that uv installs into the cache, from where its settings say.

    uv's own list, or the one of UV_PYTHON_DOWNLOADS_JSON_URL, says what there is and what its hash is;
    UV_PYTHON_INSTALL_MIRROR says where it is fetched.

    Arguments:
        target: whose Python.
        uv: the uv program.
        processes: starts it.
        environment: the person's, with their settings of uv.
        store: what it is installed in.

    Raises:
        UsageError: uv knows none for the target.
        NetworkError: it cannot be fetched.
        RefusedError: it is not what uv's list promises, or uv failed.
    """
    folder, request = store.root / "uv-pythons", uv_request(target)
    with store.locked("uv-pythons", request):
        found = installed_by_uv(target, folder, store)
        if found:
            return found
        argv = (str(uv), "python", "install", "--no-bin", "--no-progress", "--install-dir", str(folder), request)
        variables = {name: value for name, value in environment.items() if name != "UV_PYTHON_DOWNLOADS"}
        done = processes.run(Command(argv=argv, environment=variables, directory=Path("/")))
        found = installed_by_uv(target, folder, store) if done.returncode == 0 else None
    if found:
        return found
    details = [line for line in done.output.splitlines() if line.strip()][-12:]
    what = f"uv has no Python for {target}"
    if _NOTHING.search(done.output):
        raise UsageError(what, why=f"nothing it knows is {request}", hint="name another place with --target-python")
    if _NETWORK.search(done.output):
        raise NetworkError(
            f"uv could not fetch {request}",
            why="where it is cannot be reached",
            hint="name a mirror with UV_PYTHON_INSTALL_MIRROR, or another place with --target-python",
            details=details,
        )
    raise RefusedError(f"uv could not install {request}", why=f"exit status {done.returncode}", details=details)
