"""What can be had here: targets, and the state of this machine."""

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from crosswheel import __version__
from crosswheel.app.cross import short_version
from crosswheel.app.prepare import runs_natively
from crosswheel.app.strategies import Way, find_ways
from crosswheel.app.workshop import TOOLS, Workshop
from crosswheel.errors import CrosswheelError
from crosswheel.plan import Strategy
from crosswheel.pythons import InstalledPython
from crosswheel.targets import (
    Architecture,
    Manylinux,
    Musllinux,
    Python,
    Target,
    architecture_named,
    buildable_pythons,
    buildable_targets,
    newest_platform,
)
from crosswheel.trial import ProofLevel

_MODE_MENDS = {
    "binfmt": "apt install qemu-user-binfmt (as root; on other systems their package of qemu-user for binfmt)",
    "namespace": "sysctl user.max_user_namespaces=10000 (as root; it also takes Linux 6.7 or newer, and where there is "
    "kernel.apparmor_restrict_unprivileged_userns, that set to 0)",
    "proot": "apt install proot (as root; or name a Debian mirror, it is then fetched)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetState:
    """What can be done for one Python on one platform from here.

    Arguments:
        python: the Python.
        oldest: the platform with the oldest policy of its C library on its architecture.
        newest: the same with the newest that can be built for.
        ways: what each strategy comes to, in the order in which `auto` takes them.
        needs: what the first that can be taken needs, or what would lift it; without one, what would make one.
    """

    python: Python
    oldest: Manylinux | Musllinux
    newest: Manylinux | Musllinux
    ways: tuple[Way, ...]
    needs: tuple[str, ...]

    @property
    def target(self) -> Target:
        """The target with the oldest policy."""
        return Target(python=self.python, platform=self.oldest)

    @property
    def best(self) -> Way | None:
        """The strategy that `auto` begins with; None where there is none."""
        return next((way for way in self.ways if way.can_be_taken), None)


def survey_targets(workshop: Workshop) -> tuple[TargetState, ...]:
    """Return the state of every target that this version knows how to build; nothing is fetched.

    One for each of `buildable_targets`, in their order.
    """
    installed = workshop.host_pythons(f">={'.'.join(map(str, buildable_pythons()[0].version))}")
    try:
        _ = workshop.archive
        no_archive = ""
    except CrosswheelError as error:
        no_archive = f"{error.what}: {error.hint}"
    return tuple(
        _target_state(workshop, installed, target.python, _oldest(target), no_archive=no_archive)
        for target in buildable_targets()
    )


def _oldest(target: Target) -> Manylinux | Musllinux:
    architecture = target.architecture
    family, (major, minor) = (
        (Manylinux, architecture.oldest_glibc) if target.glibc else (Musllinux, architecture.oldest_musl)
    )
    return family(major=major, minor=minor, architecture=architecture)


def _target_state(
    workshop: Workshop,
    installed: Sequence[InstalledPython],
    python: Python,
    oldest: Manylinux | Musllinux,
    *,
    no_archive: str,
) -> TargetState:
    target = Target(python=python, platform=oldest)
    ways = tuple(find_ways(workshop, target, installed))
    best = next((way for way in ways if way.can_be_taken), None)
    return TargetState(
        python=python,
        oldest=oldest,
        newest=newest_platform(oldest),
        ways=ways,
        needs=tuple(_needs(workshop, target, best, no_archive)),
    )


def _needs(workshop: Workshop, target: Target, best: Way | None, no_archive: str) -> Iterator[str]:
    short = short_version(target)
    if best is None:
        yield f"a Python {short} of this machine, with its headers, for strategy cross: uv python install {short}"
        return
    if best.proof_level is ProofLevel.STATIC:
        yield (
            "no Python of the target to try wheels in: name one with --target-python (an image, a standalone build, a "
            "folder)"
        )
    elif not runs_natively(target, workshop.host) and not _emulator_on_path(workshop, target.architecture):
        yield "on first use an emulator is fetched from the Debian archive (or installed: apt install qemu-user)"
    if "sid" in best.python.replace(",", "").split():
        yield "a mirror may have let Debian's sid expire: CROSSWHEEL_DEBIAN_EXPIRED_DAYS=N accepts it"
    if no_archive and best.strategy is not Strategy.NATIVE:
        yield no_archive


def _emulator_on_path(workshop: Workshop, architecture: Architecture) -> bool:
    names = (f"qemu-{architecture.qemu}-static", f"qemu-{architecture.qemu}")
    return any(shutil.which(name, path=workshop.search_path) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that the doctor looked at.

    Arguments:
        name: what.
        works: whether it is as it should be.
        detail: what was found.
        mend: the one line that mends it; "" when nothing has to be mended.
        needed: whether builds fail without it; otherwise it is a choice that something else stands in for.
    """

    name: str
    works: bool
    detail: str
    mend: str = ""
    needed: bool = True


def examine(workshop: Workshop, architecture_name: str = "aarch64") -> Iterator[Check]:
    """Look at this machine, one check at a time; fetches an emulator and a small program of the target, to try them.

    Arguments:
        workshop: the run's parts.
        architecture_name: of the target programs that are tried.
    """
    host = workshop.host
    yield Check(
        name="machine",
        works=host.system == "linux",
        detail=f"{host.system} {host.machine}, kernel {_dotted(host.kernel)}, {host.libc[0]} {_dotted(host.libc[1])}",
        mend="" if host.system == "linux" else "run crosswheel on Linux (a virtual machine will do)",
    )
    yield Check(
        name="crosswheel", works=True, detail=f"{__version__} on Python {'.'.join(map(str, sys.version_info[:3]))}"
    )
    yield _tried("cache", lambda: _cache(workshop))
    for name in TOOLS:
        there = name in workshop.tools
        yield Check(
            name=name,
            works=there,
            detail=workshop.tools.get(name, "not installed"),
            mend="" if there else f"{sys.executable} -m pip install {name}",
        )
    yield _tried("package index", lambda: _index(workshop))
    yield _tried("Debian archive", lambda: _archive(workshop))
    yield from _emulation(workshop, architecture_named(architecture_name))


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _tried(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name=name, works=True, detail=look())
    except CrosswheelError as error:
        return Check(name=name, works=False, detail=str(error), mend=error.hint)


def _cache(workshop: Workshop) -> str:
    with workshop.store.scratch("doctor"):
        free = shutil.disk_usage(workshop.store.root).free
    return f"{workshop.store.root}, {free / 1e9:.0f} GB free"


def _index(workshop: Workshop) -> str:
    files = workshop.index.files("packaging")
    return f"answers ({len(files)} files of the project packaging)"


def _archive(workshop: Workshop) -> str:
    found = workshop.archive.find("libc6", suite="bookworm", architecture=architecture_named("aarch64"))
    return f"answers, signature is good (bookworm has glibc {found.version})" if found else "answers, but has no libc6"


def _emulation(workshop: Workshop, architecture: Architecture) -> Iterator[Check]:
    from crosswheel.emulator import survey_modes

    if architecture.name == workshop.host.machine:
        return
    name = f"emulator for {architecture.name}"
    try:
        emulator = workshop.emulator(architecture)
        # A C library is enough of a file system to see whether the kernel starts foreign programs.
        sysroot = workshop.archive.sysroot(["libc6"], suite="bookworm", architecture=architecture, dependencies=False)
    except CrosswheelError as error:
        yield Check(name=name, works=False, detail=str(error), mend=error.hint)
        return
    yield Check(name=name, works=True, detail=f"{emulator.path}, version {emulator.version}")
    states = survey_modes(
        emulator=emulator,
        sysroot=sysroot.path,
        processes=workshop.processes,
        search_path=workshop.search_path,
        host_packages=workshop.host_packages,
    )
    first = next((state.mode for state in states if state.works), None)
    for state in states:
        yield Check(
            name=f"exec mode {state.mode}",
            works=state.works,
            detail="works, and is taken" if state.mode is first else "works" if state.works else state.why,
            # One that works is enough; without any, builds that start programs of the target fail.
            mend=_MODE_MENDS.get(state.mode.value, "") if first == "none" else "",
            needed=False,
        )
