"""Pythons of this machine, for targets whose code it runs itself."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosswheel.process import Command, Processes
from crosswheel.pythons.value import TargetPython
from crosswheel.store import Store
from crosswheel.targets import Musllinux, Target

_VERSION = re.compile(r"(\d+)\.(\d+)\b")
_FULL_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")

# Asked of each candidate; a name that leads to a version manager's script is answered with the interpreter itself.
_QUESTION = """
import json, os, sys, sysconfig
paths = sysconfig.get_paths()
print(json.dumps({
    "version": ".".join(map(str, sys.version_info[:3])),
    "implementation": sys.implementation.name,
    "executable": os.path.realpath(getattr(sys, "_base_executable", sys.executable)),
    "suffix": sysconfig.get_config_var("EXT_SUFFIX"),
    "includes": [sysconfig.get_path("include"), sysconfig.get_path("platinclude")],
    "pyconfig": sysconfig.get_config_h_filename(),
    "multiarch": sysconfig.get_config_var("MULTIARCH"),
    "musl": "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or ""),
}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledPython:
    """A Python that uv found on this machine.

    Arguments:
        path: what it is started by, which may be a version manager's script.
        version: major and minor.
    """

    path: str
    version: tuple[int, int]


def list_host_pythons(
    request: str, *, uv: Path, processes: Processes, environment: Mapping[str, str]
) -> tuple[InstalledPython, ...]:
    """Return the Pythons of this machine, in the order in which they are to be tried.

    Arguments:
        request: which, as uv knows them: "3.11", ">=3.9". uv starts each that may be one: ask narrowly.
        uv: the uv program, which knows where Pythons are found.
        processes: starts programs.
        environment: the person's environment, which says where to look (PATH, UV_PYTHON_INSTALL_DIR).
    """
    options = ("python", "list", "--only-installed", "--offline", "--output-format", "json", request)
    listing = processes.run(Command(argv=(str(uv), *options), environment=environment, directory=Path("/")))
    found: dict[str, InstalledPython] = {}
    for entry in _listed(listing.output) if listing.returncode == 0 else ():
        path, version = str(entry.get("path")), _VERSION.match(str(entry.get("version")))
        if version:
            found.setdefault(path, InstalledPython(path=path, version=(int(version[1]), int(version[2]))))
    return tuple(found.values())


def list_pyenv_pythons(root: Path) -> tuple[InstalledPython, ...]:
    """Return the Pythons that pyenv has installed, newest first.

    uv finds those of them that pyenv's shims start, which are the versions that the person has made active.

    Arguments:
        root: pyenv's folder (PYENV_ROOT), which need not be there.
    """
    found: list[tuple[tuple[int, ...], InstalledPython]] = []
    for folder in sorted(root.glob("versions/*")):
        version = _FULL_VERSION.match(folder.name)
        program = folder / "bin" / "python"
        # pyenv-virtualenv keeps environments there, which have the same names as those who made them chose.
        if version and program.is_file() and not (folder / "pyvenv.cfg").exists():
            numbers = tuple(map(int, version.groups()))
            found.append((numbers, InstalledPython(path=str(program), version=(numbers[0], numbers[1]))))
    return tuple(python for _, python in sorted(found, key=lambda pair: pair[0], reverse=True))


def find_host_python(
    target: Target,
    installed: Sequence[InstalledPython],
    *,
    processes: Processes,
    environment: Mapping[str, str],
    store: Store,
    answers: dict[str, Mapping[str, object] | None] | None = None,
) -> TargetPython | None:
    """Return a Python of this machine that is the target's, headers included; None when there is none.

    Arguments:
        target: whose interpreter, ABI and suffix it has to have.
        installed: the Pythons of this machine.
        processes: starts programs.
        environment: the person's environment.
        store: where the folder of header links is kept.
        answers: what they said of themselves, by path: who is in it is not started again.
    """
    answers = {} if answers is None else answers
    for candidate in installed:
        if candidate.version != target.python.version:
            continue
        if candidate.path not in answers:
            answers[candidate.path] = _ask(candidate.path, processes, environment)
        answer = answers[candidate.path]
        if answer is None or answer.get("suffix") != target.extension_suffix:
            continue
        # Up to 3.10 the suffix is the same with both C libraries.
        if answer.get("musl") != isinstance(target.platform, Musllinux):
            continue
        includes = _includes(answer, store)
        if includes:
            executable = Path(str(answer["executable"]))
            return TargetPython(
                version=str(answer["version"]),
                executable=executable,
                command=(str(executable),),
                includes=includes,
                sysroot=None,
                origin="this machine",
                free_threaded=target.python.free_threaded,
            )
    return None


def _listed(output: str) -> list[dict[str, object]]:
    """The JSON list of uv: one line among its warnings (of a version manager's script that leads nowhere, say)."""
    for line in output.splitlines():
        if line.startswith("["):
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, list):
                return found
    return []


def _ask(candidate: str, processes: Processes, environment: Mapping[str, str]) -> dict[str, object] | None:
    # A Python that starts only with the person's LD_LIBRARY_PATH would not start in a build, which does not get it.
    variables = {name: value for name, value in environment.items() if not name.startswith("LD_")}
    asked = processes.run(
        Command(argv=(candidate, "-I", "-c", _QUESTION), environment=variables, directory=Path("/")), timeout=30
    )
    if asked.returncode != 0:
        return None
    try:
        answer = json.loads(asked.output.splitlines()[-1])
    except (ValueError, IndexError):  # not a Python after all
        return None
    return answer if isinstance(answer, dict) else None


def _includes(answer: Mapping[str, object], store: Store) -> tuple[Path, ...]:
    """The folders with Python.h; none when the headers are not installed."""
    named = answer["includes"]
    folders = [Path(str(name)) for name in named] if isinstance(named, list) else []
    if not (folders and (folders[0] / "Python.h").is_file() and Path(str(answer["pyconfig"])).is_file()):
        return ()
    folders = list(dict.fromkeys(folders))
    # Debian and Ubuntu: pyconfig.h includes <TRIPLET/python3.X/pyconfig.h>, which only /usr/include would lead to.
    triplet, name = str(answer.get("multiarch") or ""), folders[0].name
    pyconfig = folders[0].parent / triplet / name / "pyconfig.h"
    if not (triplet and pyconfig.is_file()):
        return tuple(folders)

    def link(folder: Path) -> None:
        (folder / triplet / name).mkdir(parents=True)
        (folder / triplet / name / pyconfig.name).symlink_to(pyconfig)

    key = hashlib.sha256(f"{pyconfig} by itself".encode()).hexdigest()[:32]
    return (*folders, store.folder("python-headers", key, link))
