"""A Python of this machine that poses as the target's: its headers, its sysconfig data, and what it answers."""

import hashlib
import json
import pprint
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from crosswheel.errors import RefusedError, UsageError
from crosswheel.process import Command, Processes
from crosswheel.pythons.derive_pyconfig import derive_pyconfig, looked_for, read_macros
from crosswheel.pythons.derive_questions import ask_compiler
from crosswheel.pythons.derive_variables import Value, derive_variables
from crosswheel.pythons.value import Pose, TargetPython
from crosswheel.store import Store, Sysroot
from crosswheel.targets import ByteOrder, Manylinux, Musllinux, Target

_MODULE = "_crosswheel_pose"
_FIRST_WITH_MUSL = (3, 14)

# What a host's Python is asked once; a debug build has another ABI, whatever its suffix.
_QUESTION = """
import json, sys, sysconfig
print(json.dumps({
    "version": list(sys.version_info[:2]),
    "implementation": sys.implementation.name,
    "debug": hasattr(sys, "gettotalrefcount"),
    "include": sysconfig.get_path("include"),
    "pyconfig": sysconfig.get_config_h_filename(),
    "variables": {k: v for k, v in sysconfig.get_config_vars().items() if isinstance(v, (str, int))},
}))
"""

# Macros of pyconfig.h that decide on sizes of types.
_DECIDING = ("_FILE_OFFSET_BITS", "_LARGEFILE_SOURCE", "_TIME_BITS")


def pose_python(
    host: TargetPython,
    target: Target,
    *,
    compile_object: Callable[[str], bytes],
    processes: Processes,
    store: Store,
    sysroot: Sysroot | None,
) -> TargetPython:
    """Return a Python of this machine that poses as the target's.

    Arguments:
        host: a CPython of the target's X.Y with its headers.
        target: whom it poses as.
        compile_object: compiles one C source for the target and returns the object file; nothing of it is run.
        processes: starts the host's Python, which is asked for its sysconfig variables.
        store: where headers and modules are kept.
        sysroot: libraries of the target, where there are any.

    Raises:
        UsageError: nobody poses as this target: it is not CPython on Linux.
        RefusedError: the host's Python cannot pose as the target's, or the compiler cannot be asked.
    """
    if not isinstance(target.platform, Manylinux | Musllinux) or target.python.implementation != "cp":
        raise UsageError(f"no Python can pose as that of {target}", why="it has to be CPython on Linux")
    said = _ask(host, target, processes)
    headers = _headers(host, said)
    pyconfig = _pyconfig(headers, said)
    there = read_macros(pyconfig)
    definitions = {"_GNU_SOURCE": "1"} | {name: value for name in _DECIDING if (value := there.get(name))}
    answers = ask_compiler(compile_object, target.architecture, looked_for(pyconfig)[0].values(), definitions)
    derived = derive_pyconfig(pyconfig, target, answers)
    module = (Path(__file__).parent / "posing" / f"{_MODULE}.py").read_text(encoding="utf-8")
    key = _key(module, derived, headers, json.dumps(said, sort_keys=True), str(target))
    folder = store.path("poses", key)
    variables = derive_variables(_variables(said), target, derived, folder)

    def make(new: Path) -> None:
        shutil.copytree(headers, new / "include", symlinks=False)
        (new / "include" / "pyconfig.h").write_text(derived, encoding="utf-8")
        _write_site(new, folder, module, target, variables)

    store.folder("poses", key, make)
    return replace(
        host,
        includes=(folder / "include",),
        sysroot=sysroot,
        origin=f"{host.origin}, posing as {target}",
        pose=Pose(folder=folder),
    )


def _ask(host: TargetPython, target: Target, processes: Processes) -> dict[str, object]:
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    asked = processes.run(
        Command(argv=(*host.command, "-I", "-c", _QUESTION), environment=environment, directory=Path("/")), timeout=60
    )
    try:
        said = json.loads(asked.output.splitlines()[-1])
    except (ValueError, IndexError) as error:
        raise _cannot(host, target, "it did not say what it is", asked.output.splitlines()[-10:]) from error
    if said["implementation"] != "cpython" or tuple(said["version"]) != target.python.version:
        version = ".".join(map(str, said["version"]))
        raise _cannot(host, target, f"it is {said['implementation']} {version}")
    if said["debug"]:
        raise _cannot(host, target, "it was built for debugging, which has another ABI")
    assert isinstance(said, dict)  # noqa: S101 as it was asked
    return said


def _cannot(host: TargetPython, target: Target, why: str, details: list[str] | None = None) -> RefusedError:
    return RefusedError(
        f"{host.executable} cannot pose as the Python of {target}",
        why=why,
        hint=f"install CPython {'.'.join(map(str, target.python.version))} with its headers on this machine",
        details=details or [],
    )


def _variables(said: Mapping[str, object]) -> Mapping[str, object]:
    variables = said["variables"]
    assert isinstance(variables, dict)  # noqa: S101 as it was asked
    return variables


def _headers(host: TargetPython, said: Mapping[str, object]) -> Path:
    for folder in (*host.includes, Path(str(said["include"]))):
        if (folder / "Python.h").is_file():
            return folder
    raise RefusedError(
        f"{host.executable} cannot pose as another Python",
        why=f"its headers are not installed: there is no {said['include']}/Python.h",
        hint="install them (Debian: libpython3.X-dev)",
    )


def _pyconfig(headers: Path, said: Mapping[str, object]) -> str:
    """The host's own pyconfig.h; Debian's only includes <TRIPLET/python3.X/pyconfig.h>."""
    multiarch = str(_variables(said).get("MULTIARCH") or "")
    beside = headers.parent / multiarch / headers.name / "pyconfig.h"
    place = beside if multiarch and beside.is_file() else headers / "pyconfig.h"
    return place.read_text(encoding="utf-8")


def _key(module: str, derived: str, headers: Path, *more: str) -> str:
    digest = hashlib.sha256()
    for text in (module, derived, Path(__file__).read_text(encoding="utf-8"), *more):
        digest.update(text.encode())
        digest.update(b"\0")
    for header in sorted(headers.rglob("*.h")):
        digest.update(str(header.relative_to(headers)).encode())
        digest.update(header.read_bytes())
    return digest.hexdigest()[:32]


def _write_site(new: Path, folder: Path, module: str, target: Target, variables: Mapping[str, Value]) -> None:
    site = new / "site"
    site.mkdir()
    data = f"_sysconfigdata_{variables['ABIFLAGS']}_linux_{variables['MULTIARCH']}"
    makefile = Path(str(variables["LIBPL"])).relative_to(folder) / "Makefile"
    (new / makefile).parent.mkdir(parents=True)
    lines = [f"{name}={value}\n" for name, value in variables.items() if "\n" not in str(value)]
    (new / makefile).write_text("".join(lines), encoding="utf-8")
    facts = _facts(target, variables) | {
        "sysconfigdata": data,
        "include": str(folder / "include"),
        "makefile": str(folder / makefile),
    }
    filled = module.replace("_TARGET = {}  # filled in when a pose is made", f"_TARGET = {facts!r}")
    (site / f"{_MODULE}.py").write_text(filled, encoding="utf-8")
    (site / f"{_MODULE}.pth").write_text(f"import {_MODULE}\n", encoding="utf-8")
    text = pprint.pformat(dict(sorted(variables.items())), width=100)
    (site / f"{data}.py").write_text(f"build_time_vars = {text}\n", encoding="utf-8")


def _libc_ver(target: Target) -> tuple[str, ...]:
    """As `platform.libc_ver()` has it; it knows of musl since 3.14, by the soname of musl's C library."""
    if target.glibc is not None:
        return ("glibc", ".".join(map(str, target.glibc)))
    return ("musl", "1") if target.python.version >= _FIRST_WITH_MUSL else ()


def _facts(target: Target, variables: Mapping[str, Value]) -> dict[str, object]:
    """What the posing module tells: plain values, which are written into it."""
    platform, architecture = target.platform, target.architecture
    glibc = f"{platform.major}.{platform.minor}" if isinstance(platform, Manylinux) else ""
    musl = (platform.major, platform.minor) if isinstance(platform, Musllinux) else ()
    tags = platform.accepted_tags() if isinstance(platform, Manylinux | Musllinux) else ()
    size = architecture.bits // 8
    return {
        "machine": architecture.name,
        "bits": architecture.bits,
        "maxsize": 2 ** (architecture.bits - 1) - 1,
        "byteorder": "little" if architecture.byte_order is ByteOrder.LITTLE else "big",
        "sizes": dict.fromkeys("PnNlL", size),
        "abiflags": variables["ABIFLAGS"],
        "multiarch": variables["MULTIARCH"],
        "suffixes": target.extension_suffixes,
        "glibc": glibc,
        "musl": musl,
        "libc_ver": _libc_ver(target),
        "platform_tags": (*(tag for tag in tags if not tag.startswith("linux_")), f"linux_{architecture.name}"),
    }
