"""What a target needs before anything can be built for it: its Python, an emulator, a toolchain."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from crosswheel.app.cross import host_python, library_release, posing_python, target_libraries
from crosswheel.app.target_pythons import python_release, target_python
from crosswheel.app.workshop import Workshop
from crosswheel.emulator import Emulator, ExecMode, Launcher, choose_launcher
from crosswheel.errors import CrosswheelError, LackError, RefusedError, UsageError
from crosswheel.plan import Strategy
from crosswheel.process import Host
from crosswheel.pythons import TargetPython
from crosswheel.store import Sysroot
from crosswheel.targets import Target, buildable_pythons, check_buildable
from crosswheel.toolchains import Toolchain, zig_toolchain


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Everything that builds for one target stand on.

    Arguments:
        target: the target.
        strategy: how Python and compilers run.
        python: drives the build; has headers, and the libraries that were asked for.
        host_python: the one of this machine that `python` is when it does not pose; None where it does not.
        trial_python: of the target, without them: what wheels are tried in; None where none runs here.
        emulator: runs the target's programs; None where the host does, or nothing does.
        launcher: lets a build start programs of the target.
        trial_launcher: the same for the file system that wheels are tried in.
        toolchain: the compilers.
        untried: why no wheel can be tried; "" where one can.
    """

    target: Target
    strategy: Strategy
    python: TargetPython
    host_python: TargetPython | None
    trial_python: TargetPython | None
    emulator: Emulator | None
    launcher: Launcher
    trial_launcher: Launcher
    toolchain: Toolchain
    untried: str = ""


def check_strategy(target: Target, wanted: Strategy | None, host: Host) -> None:
    """Check that a target can be built with a strategy on this host, as far as that is a question of words.

    Arguments:
        target: what is built for.
        wanted: how; None for whatever can be had.
        host: this machine.

    Raises:
        UsageError: the wanted strategy cannot serve the target, or none can.
    """
    check_buildable(target)
    if wanted is Strategy.NATIVE and not runs_natively(target, host):
        raise UsageError(
            f"{target} cannot be built with strategy native",
            why=f"this machine is {host.system} {host.machine} and does not run {target.architecture.name} code",
            hint="leave --strategy out, or say hybrid or cross",
        )


def runs_natively(target: Target, host: Host) -> bool:
    """Return whether this machine's processor and kernel run the target's programs.

    Arguments:
        target: whose programs.
        host: this machine.
    """
    return host.system == "linux" and host.machine == target.architecture.name


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
    check_native_packages(target, native_packages)
    toolchain = zig_toolchain(target, cache=workshop.store.root / "zig")
    if strategy is Strategy.CROSS:
        bench = _cross(workshop, target, toolchain=toolchain, native_packages=native_packages, exec_mode=exec_mode)
    else:
        bench = _of_target(
            workshop,
            target,
            strategy=strategy,
            toolchain=toolchain,
            native_packages=native_packages,
            exec_mode=exec_mode,
        )
    if compilers:
        with workshop.reporter.step(f"compilers for {toolchain.triple}"), workshop.store.scratch("warm-up") as scratch:
            toolchain.warm_up(workshop.processes, scratch)
    return bench


def _of_target(
    workshop: Workshop,
    target: Target,
    *,
    strategy: Strategy,
    toolchain: Toolchain,
    native_packages: Sequence[str],
    exec_mode: str | None,
) -> Bench:
    """The target's own Python drives, directly or emulated."""
    emulator = None
    if strategy is Strategy.HYBRID:
        workshop.target_pythons.find(target)  # says at once when no Python is to be had, ahead of a download
        with workshop.reporter.step(f"emulator for {target.architecture.name}"):
            emulator = workshop.emulator(target.architecture)
    python, trial = _pythons(workshop, target, strategy, emulator, native_packages)
    with workshop.reporter.step("a way to run target programs"):
        launcher = _launcher(workshop, emulator, python.sysroot, exec_mode, python)
        trial_launcher = _launcher(workshop, emulator, trial.sysroot, launcher.mode.value if emulator else None, trial)
    return Bench(
        target=target,
        strategy=strategy,
        python=python,
        host_python=None,
        trial_python=trial,
        emulator=emulator,
        launcher=launcher,
        trial_launcher=trial_launcher,
        toolchain=toolchain,
    )


def _cross(
    workshop: Workshop,
    target: Target,
    *,
    toolchain: Toolchain,
    native_packages: Sequence[str],
    exec_mode: str | None,
) -> Bench:
    """A Python of this machine poses as the target's; of the target, what can be had."""
    host = host_python(workshop, target)
    sysroot = target_libraries(workshop, target, native_packages)
    emulator = _emulator_if_any(workshop, target) if sysroot else None
    python = posing_python(workshop, target, host, toolchain, sysroot)
    # musl's dynamic linker is at its place on no machine with glibc: only the emulator, by name, starts such programs.
    foreign_linker = target.glibc is None and runs_natively(target, workshop.host)
    with workshop.reporter.step("a way to run target programs"):
        launcher = _launcher(workshop, emulator, sysroot, "none" if foreign_linker and not exec_mode else exec_mode)
    trial, untried, trial_launcher = None, "", launcher
    try:
        trial, _ = trial_python(workshop, _tried_with(workshop, target))
        trial_launcher = _launcher(workshop, emulator, trial.sysroot, launcher.mode.value if emulator else None, trial)
    except (UsageError, LackError) as error:
        untried = str(error)
    except RefusedError as error:  # the archive has something else than it promises
        if workshop.target_pythons.sources:
            raise
        untried = str(error)
    return Bench(
        target=target,
        strategy=Strategy.CROSS,
        python=python,
        host_python=host,
        trial_python=trial,
        emulator=emulator,
        launcher=launcher,
        trial_launcher=trial_launcher,
        toolchain=toolchain,
        untried=untried,
    )


def _tried_with(workshop: Workshop, target: Target) -> Target:
    """The target, or for a stable ABI the first of the later Pythons that can be had: they import its wheels too."""
    if not target.python.stable_abi:
        return target
    major, first = target.python.version
    for minor in range(first, buildable_pythons()[-1].version[1] + 1):
        later = replace(target, python=replace(target.python, version=(major, minor)))
        with contextlib.suppress(UsageError, LackError):
            workshop.target_pythons.find(later, fetch=False)
            return later
    return target


def _emulator_if_any(workshop: Workshop, target: Target) -> Emulator | None:
    if runs_natively(target, workshop.host) and target.glibc is not None:
        return None
    try:
        with workshop.reporter.step(f"emulator for {target.architecture.name}"):
            return workshop.emulator(target.architecture)
    except LackError as error:
        workshop.reporter.note(f"programs of the target cannot be run: {error}")
        return None


def trial_python(workshop: Workshop, target: Target) -> tuple[TargetPython, Emulator | None]:
    """Return a Python of the target that nothing is built with, and the emulator that it needs, if it does.

    Arguments:
        workshop: the run's parts.
        target: whose.

    Raises:
        UsageError: no Python for the target is to be had.
        LackError: something cannot be had here.
    """
    emulator = None
    if runs_natively(target, workshop.host):
        named = workshop.target_pythons.sources
        if not named and (target.glibc is None or ("glibc", target.glibc) <= workshop.host.libc):
            found = workshop.host_python(target.interpreter)
            if found:
                return found, None
    else:
        workshop.target_pythons.find(target)  # says at once when no Python is to be had, ahead of a download
        emulator = workshop.emulator(target.architecture)
    return target_python(workshop, target, emulator, development=False), emulator


def may_be_tried(workshop: Workshop, target: Target) -> bool:
    """Return whether a Python of the target is known to be had that wheels can be tried in; nothing is fetched.

    Arguments:
        workshop: the run's parts.
        target: whose.
    """
    target = _tried_with(workshop, target)
    if runs_natively(target, workshop.host) and workshop.host_python(target.interpreter):
        return True
    try:
        workshop.target_pythons.find(target, fetch=False)
    except CrosswheelError:
        return False
    return True


def check_native_packages(target: Target, packages: Sequence[str]) -> None:
    """Check that there are development packages for a target.

    Arguments:
        target: whose packages.
        packages: Debian packages that a person or a recipe asked for.

    Raises:
        UsageError: there are none for it.
    """
    if packages and target.glibc is None:
        raise UsageError(
            f"{', '.join(packages)} cannot be had for {target}",
            why="Debian's libraries are made for glibc, and the target's C library is musl",
            hint="build for a manylinux target, or have the project build the library from its own source",
        )


def native_versions(
    workshop: Workshop, target: Target, packages: Sequence[str], strategy: Strategy = Strategy.HYBRID
) -> tuple[str, ...]:
    """Return "package=version" of development packages, as Debian has them now; of others the name.

    Arguments:
        workshop: the run's parts.
        target: whose packages.
        strategy: how it is built, which decides where the packages are from.
        packages: Debian packages.

    Raises:
        UsageError: no Python for the target is to be had where these packages are from.
        LackError: the archive cannot be reached, and the cache has nothing of it.
    """
    if not packages:
        return ()
    check_native_packages(target, packages)
    suite = library_release(target) if strategy is Strategy.CROSS else python_release(workshop, target)
    found = [workshop.archive.find(name, suite=suite, architecture=target.architecture) for name in packages]
    return tuple(
        f"{name}={package.version}" if package else name for name, package in zip(packages, found, strict=True)
    )


def _pythons(
    workshop: Workshop, target: Target, strategy: Strategy, emulator: Emulator | None, native_packages: Sequence[str]
) -> tuple[TargetPython, TargetPython]:
    if strategy is Strategy.NATIVE and not native_packages and not workshop.target_pythons.sources:
        found = workshop.host_python(target.interpreter)
        if found:
            return found, found
    python = target_python(workshop, target, emulator, native_packages=native_packages)
    return python, target_python(workshop, target, emulator, development=False)


def _launcher(
    workshop: Workshop,
    emulator: Emulator | None,
    sysroot: Sysroot | None,
    exec_mode: str | None,
    python: TargetPython | None = None,
) -> Launcher:
    if emulator is None or sysroot is None:
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
        sysroot=sysroot.path,
        processes=workshop.processes,
        search_path=workshop.search_path,
        host_packages=workshop.host_packages,
        python=python.executable if python else None,
    )
