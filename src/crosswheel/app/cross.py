"""What strategy cross stands on: a Python of this machine that poses as the target's, and libraries of the target."""

from collections.abc import Callable, Sequence

from crosswheel.app.workshop import Workshop
from crosswheel.debian import SUITES
from crosswheel.errors import CrosswheelError, LackError, RefusedError, UsageError
from crosswheel.process import Command
from crosswheel.pythons import LEFT_OUT, PROMISED, TargetPython, debian_python, has_debian_python, pose_python
from crosswheel.store import Sysroot
from crosswheel.targets import Manylinux, Musllinux, Platform, Target, architecture_named
from crosswheel.toolchains import Toolchain

_MUSL_OF_ZIG = (2, 41)  # glibc of the first Debian whose musl is as new as the one that zig links against: 1.2.5
# Python.h may include <crypt.h> until then (3.9.2's does, 3.9.18's does not), which zig does not bring for glibc.
_LAST_WITH_CRYPT = (3, 9)


def host_target(workshop: Workshop, target: Target) -> Target:
    """Return the target that a Python of this machine is for which can pose as the target's: of the same X.Y and ABI.

    Arguments:
        workshop: the run's parts.
        target: whom it is to pose as.

    Raises:
        UsageError: this machine's own architecture is none that wheels are made for.
    """
    host = workshop.host
    try:
        architecture = architecture_named(host.machine)
    except KeyError:
        raise UsageError(
            "strategy cross does not work on this machine",
            why=f"its architecture, {host.machine}, is none that CPython's wheels know",
        ) from None
    platform: Platform
    if host.libc[0] == "glibc":
        major, minor = architecture.oldest_glibc
        platform = Manylinux(major=major, minor=minor, architecture=architecture)
    else:
        platform = Musllinux(major=1, minor=2, architecture=architecture)
    return Target(python=target.python.interpreter, platform=platform)


def host_python(workshop: Workshop, target: Target) -> TargetPython:
    """Return a Python for this machine of the target's X.Y: an installed one, else Debian's.

    Arguments:
        workshop: the run's parts.
        target: whom it is to pose as.

    Raises:
        LackError: there is none.
    """
    own = host_target(workshop, target)
    found = workshop.host_python(own)
    if found:
        return found
    if not has_debian_python(own):
        raise LackError(
            f"there is no Python that could pose as that of {target}",
            why=f"this machine has no {target.python.describe()} with its headers, and Debian has none for it",
            hint=f"uv python install {short_version(target)}",
        )
    with workshop.reporter.step(f"Python {short_version(target)} for this machine"):
        return debian_python(own, workshop.archive, workshop.store, start=own_linker)


def short_version(target: Target) -> str:
    """Return the Python of a target as uv knows it, such as "3.11", "3.13t"."""
    python = target.python
    return f"{python.version[0]}.{python.version[1]}{'t' if python.free_threaded else ''}"


def posing_python(
    workshop: Workshop, target: Target, host: TargetPython, toolchain: Toolchain, sysroot: Sysroot | None
) -> TargetPython:
    """Return a Python of this machine that poses as the target's.

    Arguments:
        workshop: the run's parts.
        target: whom it poses as.
        host: of `host_python`.
        toolchain: asked what the target's types and headers are like.
        sysroot: libraries of the target, where there are any.

    Raises:
        RefusedError: it cannot pose.
    """
    with workshop.reporter.step(f"Python {host.version} of this machine poses as that of {target}"):
        return pose_python(
            host,
            target.interpreter,
            compile_object=_compiles(workshop, toolchain),
            processes=workshop.processes,
            store=workshop.store,
            sysroot=sysroot,
        )


def _compiles(workshop: Workshop, toolchain: Toolchain) -> Callable[[str], bytes]:
    options = ("-O1", "-fno-sanitize=undefined", "-g0", "-w")

    def compile_object(source: str) -> bytes:
        with workshop.store.scratch("pose") as folder:
            (folder / "asked.c").write_text(source, encoding="utf-8")
            argv = (str(toolchain.zig), "cc", *toolchain.target_options, *options, "-c", "asked.c", "-o", "asked.o")
            environment = {"PATH": "", "HOME": str(folder), **toolchain.environment}
            done = workshop.processes.run(Command(argv=argv, environment=environment, directory=folder))
            if done.returncode != 0:
                raise RefusedError(
                    f"the compiler for {toolchain.triple} does not tell what its types are like",
                    why=f"`zig cc` ended with exit status {done.returncode}",
                    hint="`crosswheel doctor` tells the state of this machine",
                    details=done.output.splitlines()[-10:],
                )
            return (folder / "asked.o").read_bytes()

    return compile_object


def library_release(target: Target) -> str:
    """Return the Debian release whose libraries a posing Python's builds link, and programs of the target run on.

    The programs that a build makes ask for the target's C library: the release's is no older. Of those, the one whose C
    library is the target's own comes first, since what is grafted from it is true to the target; then the oldest that
    still gets security fixes.

    Arguments:
        target: what is built for.
    """
    wanted = target.glibc or _MUSL_OF_ZIG
    having = [suite for suite in SUITES.values() if target.architecture.debian in suite.architectures]
    same = [suite for suite in having if target.glibc and suite.glibc == target.glibc]
    newer = [suite for suite in having if suite.ended is None and (suite.glibc is None or suite.glibc >= wanted)]
    return (same + newer)[0].name


def target_libraries(workshop: Workshop, target: Target, native_packages: Sequence[str]) -> Sysroot | None:
    """Return what programs of the target run on, with the development packages that were asked for.

    None where it cannot be had and nothing was asked for: a build then starts no programs of the target.

    Arguments:
        workshop: the run's parts.
        target: whose.
        native_packages: Debian development packages.

    Raises:
        RefusedError: a package is not there.
        LackError: packages cannot be had here.
    """
    packages = ["musl"]
    if target.glibc:
        packages = ["libc6", *PROMISED, *native_packages]
        if target.python.version <= _LAST_WITH_CRYPT:
            packages.append("libcrypt-dev")
    try:
        with workshop.reporter.step(f"libraries for {target.architecture.name}"):
            return workshop.archive.sysroot(
                packages, suite=library_release(target), architecture=target.architecture, leave_out=LEFT_OUT
            )
    except CrosswheelError as error:
        if native_packages:
            raise
        workshop.reporter.note(f"programs of the target cannot be run: {error}")
        return None


def own_linker(sysroot: Sysroot) -> tuple[str, ...]:
    """Return what starts a program of this machine's architecture in a sysroot: the sysroot's own dynamic linker.

    Arguments:
        sysroot: whose C library may be newer than this machine's.
    """
    triplet = sysroot.architecture.triplet
    folders = [str(sysroot.path / name / triplet) for name in ("usr/lib", "lib")]
    linker = next((path for path in sorted((sysroot.path / "usr/lib" / triplet).glob("ld*.so.*"))), None)
    if linker is None:
        raise RefusedError(f"{sysroot.path} has no dynamic linker", hint="remove it: it is then made anew")
    return (str(linker), "--library-path", ":".join(folders))
