"""What a target needs before anything can be built for it: its Python, an emulator, a toolchain."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from crosswheel.app.workshop import Workshop
from crosswheel.emulator import Emulator, ExecMode, Launcher, choose_launcher
from crosswheel.errors import UsageError
from crosswheel.plan import Strategy
from crosswheel.process import Host
from crosswheel.pythons import TargetPython, debian_python, debian_release
from crosswheel.store import Sysroot
from crosswheel.targets import Target, check_buildable
from crosswheel.toolchains import Toolchain, zig_toolchain


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Everything that builds for one target stand on.

    Arguments:
        target: the target.
        strategy: how Python and compilers run.
        python: drives the build; has headers, and the libraries that were asked for.
        trial_python: the same version without them: what wheels are tried in.
        emulator: runs the target's programs; None where the host does.
        launcher: lets a build start programs of the target.
        trial_launcher: the same for the file system that wheels are tried in.
        toolchain: the compilers.
    """

    target: Target
    strategy: Strategy
    python: TargetPython
    trial_python: TargetPython
    emulator: Emulator | None
    launcher: Launcher
    trial_launcher: Launcher
    toolchain: Toolchain


def choose_strategy(target: Target, wanted: Strategy | None, host: Host) -> Strategy:
    """Return how a target is built on this host.

    Raises:
        UsageError: the wanted strategy cannot serve the target, or none can.
    """
    check_buildable(target)
    runs_it = host.system == "linux" and host.machine == target.architecture.name
    if wanted is Strategy.NATIVE and not runs_it:
        raise UsageError(
            f"{target} cannot be built with strategy native",
            why=f"this machine is {host.system} {host.machine} and does not run {target.architecture.name} code",
            hint="leave --strategy out, or say hybrid",
        )
    if wanted is not None:
        return wanted
    return Strategy.NATIVE if runs_it else Strategy.HYBRID


def prepare(
    workshop: Workshop,
    target: Target,
    strategy: Strategy,
    *,
    native_packages: Sequence[str] = (),
    exec_mode: str | None = None,
    compilers: bool = True,
) -> Bench:
    """Fetch and set up everything that builds for a target stand on.

    Arguments:
        workshop: the run's parts.
        target: what is built for.
        strategy: how.
        native_packages: Debian development packages of the target that builds need.
        exec_mode: name of the wanted exec mode; None for the first that works.
        compilers: whether they are warmed up: a wheel that is only tried needs none.

    Raises:
        UsageError: no Python for the target, an exec mode that is none.
        LackError: something cannot be had here.
    """
    toolchain = zig_toolchain(target, cache=workshop.store.root / "zig")
    emulator = None
    if strategy is Strategy.HYBRID:
        debian_release(target)  # says at once when no Python is to be had, ahead of a download
        with workshop.reporter.step(f"emulator for {target.architecture.name}"):
            emulator = workshop.emulator(target.architecture)
    python, trial_python = _pythons(workshop, target, strategy, emulator, native_packages)
    with workshop.reporter.step("a way to run target programs"):
        launcher = _launcher(workshop, emulator, python, exec_mode)
        trial_launcher = _launcher(workshop, emulator, trial_python, launcher.mode.value if emulator else None)
    if compilers:
        with workshop.reporter.step(f"compilers for {toolchain.triple}"), workshop.store.scratch("warm-up") as scratch:
            toolchain.warm_up(workshop.processes, scratch)
    return Bench(
        target=target,
        strategy=strategy,
        python=python,
        trial_python=trial_python,
        emulator=emulator,
        launcher=launcher,
        trial_launcher=trial_launcher,
        toolchain=toolchain,
    )


def trial_python(workshop: Workshop, target: Target) -> tuple[TargetPython, Emulator | None]:
    """Return a Python of the target that nothing is built with, and the emulator that it needs, if it does.

    Arguments:
        workshop: the run's parts.
        target: whose.

    Raises:
        UsageError: no Python for the target is to be had.
        LackError: something cannot be had here.
    """
    host = workshop.host
    if host.system == "linux" and host.machine == target.architecture.name:
        if target.glibc is not None and ("glibc", target.glibc) <= host.libc:
            found = workshop.host_python(target)
            if found:
                return found, None
        start, emulator = _own_linker, None
    else:
        debian_release(target)  # says at once when no Python is to be had, ahead of a download
        emulator = workshop.emulator(target.architecture)
        start = partial(_emulated, emulator)
    with workshop.reporter.step(f"Python {'.'.join(map(str, target.python.version))} for {target.architecture.name}"):
        python = debian_python(target, workshop.archive, workshop.store, start=start, development=False)
    return python, emulator


def native_versions(workshop: Workshop, target: Target, packages: Sequence[str]) -> tuple[str, ...]:
    """Return "package=version" of development packages, as Debian has them now; of others the name.

    Arguments:
        workshop: the run's parts.
        target: whose packages.
        packages: Debian packages.

    Raises:
        UsageError: no Python for the target is to be had where these packages are from.
        LackError: the archive cannot be reached, and the cache has nothing of it.
    """
    if not packages:
        return ()
    suite = debian_release(target)
    found = [workshop.archive.find(name, suite=suite, architecture=target.architecture) for name in packages]
    return tuple(
        f"{name}={package.version}" if package else name for name, package in zip(packages, found, strict=True)
    )


def _pythons(
    workshop: Workshop, target: Target, strategy: Strategy, emulator: Emulator | None, native_packages: Sequence[str]
) -> tuple[TargetPython, TargetPython]:
    if strategy is Strategy.NATIVE and not native_packages:
        found = workshop.host_python(target)
        if found:
            return found, found

    start = partial(_emulated, emulator) if emulator else _own_linker
    with workshop.reporter.step(f"Python {'.'.join(map(str, target.python.version))} for {target.architecture.name}"):
        python = debian_python(target, workshop.archive, workshop.store, start=start, native_packages=native_packages)
        trial = debian_python(target, workshop.archive, workshop.store, start=start, development=False)
    return python, trial


def _emulated(emulator: Emulator, sysroot: Sysroot) -> tuple[str, ...]:
    return (str(emulator.path), "-L", str(sysroot.path))


def _own_linker(sysroot: Sysroot) -> tuple[str, ...]:
    """The sysroot's dynamic linker and libraries, since this machine's may be older."""
    triplet = sysroot.architecture.triplet
    folders = [str(sysroot.path / name / triplet) for name in ("usr/lib", "lib")]
    linker = next(iter(sorted((sysroot.path / "usr/lib" / triplet).glob("ld-linux*"))), Path("/nonexistent"))
    return (str(linker), "--library-path", ":".join(folders))


def _launcher(workshop: Workshop, emulator: Emulator | None, python: TargetPython, exec_mode: str | None) -> Launcher:
    if emulator is None or python.sysroot is None:
        return Launcher(mode=ExecMode.NONE, prefix=(), environment={})
    try:
        wanted = ExecMode(exec_mode) if exec_mode else None
    except ValueError:
        raise UsageError(
            f"{exec_mode} is no exec mode", hint=f"take one of auto, {', '.join(mode.value for mode in ExecMode)}"
        ) from None
    return choose_launcher(
        wanted,
        emulator=emulator,
        sysroot=python.sysroot.path,
        processes=workshop.processes,
        search_path=workshop.search_path,
        host_packages=workshop.host_packages,
    )
