"""A virtual environment of a target Python, filled by uv from this machine.

uv asks the environment's own interpreter what it is, and so chooses the target's wheels; it runs natively.
"""

import shlex
import shutil
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from crosswheel.elf import parse_elf
from crosswheel.errors import BadInputError, LackError, NetworkError, RefusedError, StorageError
from crosswheel.process import Command, Processes, Reporter
from crosswheel.pythons.value import TargetPython

_FIRST_WITH_ARGV0 = (2, 33)  # glibc, whose dynamic linker then knows --argv0


@dataclass(frozen=True, slots=True, kw_only=True)
class Installer:
    """How requirements get into an environment.

    Arguments:
        uv: the uv program.
        processes: starts it.
        variables: uv's own environment variables: indexes, certificates, its cache.
        reporter: told when old answers are used because the network does not answer.
        cut_off: set when the index did not answer; from then on the cache is asked first, for uv waits long each time.
    """

    uv: Path
    processes: Processes
    variables: Mapping[str, str]
    reporter: Reporter
    cut_off: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A virtual environment (PEP 405) whose interpreter is the target's.

    Arguments:
        root: its folder.
        python: `bin/python` in it; a script when the interpreter needs an emulator, so that it starts without binfmt.
        site: its site-packages.
    """

    root: Path
    python: Path = field(init=False)
    site: Path
    version: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "python", self.root / "bin" / "python")

    @property
    def scripts(self) -> Path:
        """The folder of console scripts."""
        return self.root / "bin"


def planned_python(root: Path) -> Path:
    """Return the path that the interpreter of an environment in `root` will have."""
    return root / "bin" / "python"


def make_environment(root: Path, python: TargetPython) -> Environment:
    """Make an empty virtual environment of a target Python.

    Arguments:
        root: folder to make; must not be there.
        python: the interpreter; one that poses does so in this environment.
    """
    site = root / "lib" / python.folder_name / "site-packages"
    site.mkdir(parents=True)
    scripts = root / "bin"
    scripts.mkdir()
    settings = {
        "home": str(python.executable.parent),
        "include-system-site-packages": "false",
        "version": python.version,
        "executable": str(python.executable),
    }
    (root / "pyvenv.cfg").write_text("".join(f"{key} = {value}\n" for key, value in settings.items()), encoding="utf-8")
    starter = scripts / "python"
    if python.command == (str(python.executable),):
        starter.symlink_to(python.executable)
    else:
        starter.write_text(_starter(python, starter, site), encoding="utf-8")
        starter.chmod(0o755)
    for alias in ("python3", python.folder_name):
        (scripts / alias).symlink_to("python")
    if python.pose:
        shutil.copytree(python.pose.site, site, dirs_exist_ok=True)
    elif not starter.is_symlink():
        _show_program(python, site)
    return Environment(root=root, site=site, version=python.version)


def _show_program(python: TargetPython, site: Path) -> None:
    """Let packaging see the program behind the script where its ELF header decides which wheels fit."""
    try:
        elf = parse_elf(python.executable.read_bytes(), exports=False)
    except (OSError, BadInputError):  # it is no program of Linux, and starting it will tell
        return
    loader: tuple[str, ...] = ()
    if elf.interpreter and "ld-musl" in elf.interpreter:
        inside = python.sysroot.path / elf.interpreter.lstrip("/") if python.sysroot else Path(elf.interpreter)
        own = Path(python.command[0]).name.startswith("ld")
        loader = (python.command[0],) if own else (*python.command[:-1], str(inside))
    elif elf.elf_class == 64:  # noqa: PLR2004 bits
        return
    name = "_crosswheel_program"
    (site / f"{name}.py").write_bytes((files("crosswheel.pythons") / "posing" / f"{name}.py").read_bytes())
    line = f"import {name}; {name}.see({str(python.executable)!r}, {list(loader)!r})\n"
    (site / f"{name}.pth").write_text(line, encoding="utf-8")


def _starter(python: TargetPython, starter: Path, site: Path) -> str:
    """A script whose path the interpreter takes for its own, so that whoever reads `sys.executable` can run it."""
    program, *options = python.command[:-1]
    if not Path(program).name.startswith("ld"):  # qemu-user
        named = ["-0", str(starter), str(python.executable)]
    elif python.sysroot and not python.pose and python.sysroot.glibc >= _FIRST_WITH_ARGV0:
        named = ["--argv0", str(starter), str(python.executable)]
    else:
        # An older dynamic linker gives the program's path as its name (and one of a Python that poses may be older: the
        # sysroot is not its own). So it gets one in this environment, which leads to pyvenv.cfg, and the interpreter is
        # told the script's name when it is up.
        own = starter.with_name(".python")
        own.symlink_to(python.executable)
        (site / "_starter.pth").write_text(f"import sys; sys.executable = {str(starter)!r}\n", encoding="utf-8")
        named = [str(own)]
    return f'#!/bin/sh\nexec {shlex.join([program, *options, *named])} "$@"\n'


def install(
    installer: Installer,
    environment: Environment,
    requirements: Sequence[str],
    *,
    prefix: Sequence[str],
    variables: Mapping[str, str],
    log: Path,
    only_wheels: bool = False,
    platform: str | None = None,
) -> None:
    """Install requirements, and what they need, into an environment.

    Arguments:
        installer: how.
        environment: where.
        requirements: PEP 508 requirements, or paths of wheels.
        prefix: arguments that uv is started behind, so that builds among the requirements can start target programs.
        variables: the environment of builds among the requirements.
        log: takes what uv says.
        only_wheels: build nothing.
        platform: of which wheels are taken, by uv's name of it; None for the environment's own.

    Raises:
        RefusedError: they cannot be had for this target.
        LackError: the index cannot be reached, and the cache does not have them all.
    """
    if not requirements:
        return
    argv = [*prefix, str(installer.uv), "pip", "install", "--quiet", "--no-config", "--python", str(environment.python)]
    if only_wheels:
        argv += ["--only-binary", ":all:"]
    if platform is not None:
        argv += ["--python-platform", platform]
    argv += ["--", *requirements]
    together = {**variables, **installer.variables}
    command = Command(argv=tuple(argv), environment=together, directory=environment.root)
    offline = Command(argv=command.argv, environment={**together, "UV_OFFLINE": "1"}, directory=environment.root)
    if installer.cut_off.is_set() and installer.processes.run(offline, log=log).returncode == 0:
        return
    first = installer.processes.run(command, log=log)
    if first.returncode == 0:
        return
    # uv asks the network even for what its cache has; only when that fails are old answers good enough.
    if _looks_like_network(first.output) and installer.processes.run(offline, log=log).returncode == 0:
        installer.cut_off.set()
        installer.reporter.warn("the index does not answer; requirements were taken from the cache")
        return
    raise _not_installed(requirements, environment, first.output, log)


def _not_installed(
    requirements: Sequence[str], environment: Environment, output: str, log: Path
) -> RefusedError | LackError:
    """What uv's output comes to."""
    what = f"{', '.join(requirements)} could not be installed"
    details = [line for line in output.splitlines() if line.strip()][-15:]
    if _looks_like_network(output):
        return NetworkError(
            what,
            why="the index cannot be reached, and the cache does not have all of it",
            hint="look at the network and at pip's or uv's index settings",
            details=details,
            log=str(log),
        )
    if "No space left" in output:
        return StorageError(what, why="the disk is full", hint="make room in the cache folder", log=str(log))
    return RefusedError(
        f"{what} for Python {environment.version} of the target",
        why="see what uv says below",
        hint="build first what has no wheel for the target (`crosswheel build REQUIREMENT --target …`), then name the "
        "wheelhouse to pip or uv (PIP_FIND_LINKS, UV_FIND_LINKS)",
        details=details,
        log=str(log),
    )


def _looks_like_network(output: str) -> bool:
    signs = (
        "error sending request",
        "Failed to fetch",
        "dns error",
        "Connection refused",
        "client error (Connect)",
        "Could not connect",
    )
    return any(sign in output for sign in signs)
