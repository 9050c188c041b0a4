"""How programs of the target are started from inside a build, and which of the ways works here."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from crosswheel.emulator.binfmt import elf_magic, elf_mask, registered
from crosswheel.emulator.find import Emulator, HostPackages
from crosswheel.emulator.proot import proot_command
from crosswheel.errors import CrosswheelError, LackError
from crosswheel.process import Command, Processes

_NAMESPACE = Path(__file__).parent / "namespace.py"
_EMPTY = Path(__file__).parent / "empty"
_ANSWER = "42"
_PATIENCE = 60.0  # seconds for a program that takes half of one


class ExecMode(StrEnum):
    """What lets programs of the target be started like any other; tried in this order."""

    BINFMT = "binfmt"
    """The machine's binfmt_misc knows them already."""
    NAMESPACE = "namespace"
    """A binfmt_misc of the build's own, in a user namespace (Linux 6.7 and newer)."""
    PROOT = "proot"
    """proot, which catches each start by ptrace: slower, and works nearly everywhere."""
    NONE = "none"
    """Nothing; a build system that has an `exe_wrapper` setting can use the emulator by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launcher:
    """Starts a program of this machine in whose whole process tree programs of the target can be started.

    Arguments:
        mode: what makes that work.
        prefix: goes before the program and its arguments.
        environment: variables that have to be set for it.
    """

    mode: ExecMode
    prefix: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def argv(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return the program and its arguments as they have to be started."""
        return (*self.prefix, *argv)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeState:
    """Whether a mode works here.

    Arguments:
        mode: which.
        works: whether a program of the target was started and answered.
        why: what makes it work, or what keeps it from working.
    """

    mode: ExecMode
    works: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all modes need to know.

    Arguments:
        emulator: of the target's processor.
        sysroot: where programs of the target find their libraries; has a Python, or at least a C library.
        processes: starts programs.
        search_path: folders of this machine's programs, as PATH has them.
        host_packages: gives packages for this machine.
        cpuinfo: file that native programs are to see as /proc/cpuinfo; None for the machine's own.
        python: an interpreter of the target, which is tried; None for what the sysroot has.
    """

    emulator: Emulator
    sysroot: Path
    processes: Processes
    search_path: str
    host_packages: HostPackages
    cpuinfo: Path | None = None
    python: Path | None = None


def choose_launcher(
    wanted: ExecMode | None,
    *,
    emulator: Emulator,
    sysroot: Path,
    processes: Processes,
    search_path: str,
    host_packages: HostPackages,
    cpuinfo: Path | None = None,
    python: Path | None = None,
) -> Launcher:
    """Return the launcher of the mode that is wanted, or of the first that works.

    Each is tried on a true program of the target.

    Arguments:
        wanted: None to take the first that works.
        emulator: of the target's processor.
        sysroot: where programs of the target find their libraries; has a Python, or at least a C library.
        processes: starts programs.
        search_path: folders of this machine's programs, as PATH has them.
        host_packages: gives packages for this machine.
        cpuinfo: file that native programs are to see as /proc/cpuinfo, where the mode can do that; None for the
            machine's own.
        python: an interpreter of the target, which is tried; None for what the sysroot has.

    Raises:
        LackError: the mode that is wanted does not work here.
    """
    surroundings = Surroundings(
        emulator=emulator,
        sysroot=sysroot,
        processes=processes,
        search_path=search_path,
        host_packages=host_packages,
        cpuinfo=cpuinfo,
        python=python,
    )
    for mode in (wanted,) if wanted else tuple(ExecMode):
        launcher, state = _try(mode, surroundings)
        if launcher and state.works:
            return launcher
        if wanted:
            raise LackError(
                f"programs of {emulator.architecture} cannot be started with --exec-mode {mode}",
                why=state.why,
                hint="take another mode, or `auto`; `crosswheel doctor` tells which work here",
            )
    raise AssertionError("the last mode always works")


def survey_modes(
    *, emulator: Emulator, sysroot: Path, processes: Processes, search_path: str, host_packages: HostPackages
) -> tuple[ModeState, ...]:
    """Return, for each mode in the order of preference, whether it works here, and why.

    Arguments are those of `choose_launcher`.
    """
    surroundings = Surroundings(
        emulator=emulator, sysroot=sysroot, processes=processes, search_path=search_path, host_packages=host_packages
    )
    return tuple(_try(mode, surroundings)[1] for mode in ExecMode)


def _try(mode: ExecMode, surroundings: Surroundings) -> tuple[Launcher | None, ModeState]:
    makers: Mapping[ExecMode, Callable[[Surroundings], tuple[Launcher, str]]] = {
        ExecMode.BINFMT: _binfmt,
        ExecMode.NAMESPACE: _namespace,
        ExecMode.PROOT: _proot,
        ExecMode.NONE: _none,
    }
    try:
        launcher, why = makers[mode](surroundings)
        if mode is not ExecMode.NONE:
            _probe(launcher, surroundings)
    except CrosswheelError as error:
        return None, ModeState(mode=mode, works=False, why=error.why or error.what)
    return launcher, ModeState(mode=mode, works=True, why=why)


def _binfmt(surroundings: Surroundings) -> tuple[Launcher, str]:
    architecture = surroundings.emulator.architecture
    name = registered(architecture)
    if name is None:
        raise LackError("no binfmt", why=f"this machine's binfmt_misc has nothing for {architecture}")
    return Launcher(
        mode=ExecMode.BINFMT, environment=_environment(surroundings)
    ), f"this machine's binfmt_misc has {name}"


def _namespace(surroundings: Surroundings) -> tuple[Launcher, str]:
    architecture = surroundings.emulator.architecture
    options = [
        "--interpreter", str(surroundings.emulator.path),
        "--name", f"qemu-{architecture.qemu}",
        "--magic", elf_magic(architecture).hex(),
        "--mask", elf_mask(architecture).hex(),
    ]  # fmt: skip
    for folder in _development_folders():
        options += ["--hide", folder]
    options += ["--thin", "/usr/local/lib"]
    if surroundings.cpuinfo:
        options += ["--cpuinfo", str(surroundings.cpuinfo)]
    launcher = Launcher(
        mode=ExecMode.NAMESPACE,
        prefix=(sys.executable, "-I", "-S", str(_NAMESPACE), *options, "--"),
        environment=_environment(surroundings),
    )
    return launcher, "a binfmt_misc of its own in a user namespace"


def _proot(surroundings: Surroundings) -> tuple[Launcher, str]:
    if " " in str(surroundings.emulator.path):  # proot takes what follows for an argument of the emulator
        raise LackError(
            "proot cannot be used",
            why=f"it takes no emulator whose path has a space, {surroundings.emulator.path}; "
            "CROSSWHEEL_CACHE can name a folder without",
        )
    command, origin = proot_command(surroundings.search_path, surroundings.host_packages)
    options = ["-q", str(surroundings.emulator.path), "-r", "/"]
    for folder in (
        *_development_folders(),
        "/usr/local/lib/cmake",
        "/usr/local/lib/pkgconfig",
    ):
        if Path(folder).is_dir():
            options += ["-b", f"{_EMPTY}:{folder}"]
    if surroundings.cpuinfo:
        options += ["-b", f"{surroundings.cpuinfo}:/proc/cpuinfo"]
    launcher = Launcher(mode=ExecMode.PROOT, prefix=(*command, *options), environment=_environment(surroundings))
    return launcher, f"proot {origin}"


def _none(surroundings: Surroundings) -> tuple[Launcher, str]:
    return Launcher(
        mode=ExecMode.NONE, environment=_environment(surroundings)
    ), "needs nothing; only build systems with an exe_wrapper setting can run programs of the target"


def _environment(surroundings: Surroundings) -> Mapping[str, str]:
    return surroundings.emulator.environment(surroundings.sysroot)


def _development_folders() -> Iterator[str]:
    yield from ("/usr/include", "/usr/local/include", "/usr/share/pkgconfig", "/usr/local/share/pkgconfig")
    # Multiarch folders of every architecture: Debian lets development files of several stand side by side.
    for libraries in (*map(str, sorted(Path("/usr/lib").glob("*-linux-gnu*"))), "/usr/lib", "/usr/lib64"):
        yield f"{libraries}/pkgconfig"
        yield f"{libraries}/cmake"


def _probe(launcher: Launcher, surroundings: Surroundings) -> None:
    """Start a program of the target as the child of a native one, and in its place.

    Raises:
        CrosswheelError: that does not work.
    """
    program, expected = _program(surroundings.sysroot, surroundings.python)
    completed = surroundings.processes.run(
        Command(
            argv=launcher.argv(("/bin/sh", "-c", '"$0" "$@" && exec "$0" "$@"', *program)),
            environment={"PATH": surroundings.search_path, **launcher.environment},
            directory=Path("/"),
        ),
        timeout=_PATIENCE,
    )
    if completed.returncode or completed.output.count(expected) != 2:  # noqa: PLR2004 child and successor
        lines = completed.output.strip().splitlines()
        raise LackError(
            f"{program[0]} did not start",
            why=lines[-1].removeprefix("crosswheel: ") if lines else f"it ended with status {completed.returncode}",
        )


def _program(sysroot: Path, python: Path | None) -> tuple[tuple[str, ...], str]:
    found = sorted(path for path in sysroot.glob("usr/bin/python3.*") if path.suffix[1:].isdigit())
    pythons = [python] if python else found
    if pythons:
        return (str(pythons[-1]), "-I", "-S", "-c", "print(6 * 7)"), _ANSWER
    loaders = sorted(sysroot.glob("usr/lib/*/ld-linux*.so.*")) + sorted(sysroot.glob("usr/lib*/ld*.so.*"))
    if loaders:
        return (str(loaders[0]), "--version"), "stable release version"
    raise LackError(f"{sysroot} has no program to try", why="it has neither a Python nor a C library")
