"""What can be had here: targets, and the state of this machine."""

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from crosswheel import __version__
from crosswheel.app.prepare import choose_strategy
from crosswheel.app.workshop import TOOLS, Workshop
from crosswheel.errors import CrosswheelError
from crosswheel.plan import Strategy
from crosswheel.pythons import InstalledPython, debian_release, debian_versions
from crosswheel.targets import Architecture, Target, architecture_named
from crosswheel.trial import ProofLevel

_ARCHITECTURES = ("aarch64", "x86_64")
_MODE_MENDS = {
    "binfmt": "apt install qemu-user-binfmt (as root; on other systems their package of qemu-user for binfmt)",
    "namespace": "sysctl user.max_user_namespaces=10000 (as root; it also takes Linux 6.7 or newer, and where there is "
    "kernel.apparmor_restrict_unprivileged_userns, that set to 0)",
    "proot": "apt install proot (as root; or name a Debian mirror, it is then fetched)",
}
_PYTHONS = tuple((3, minor) for minor in range(9, 16))


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetState:
    """What can be done for one Python on one architecture from here.

    Arguments:
        target: with the oldest policy that the architecture has.
        strategy: how it would be built; None when it cannot be.
        python: where its Python comes from; "" when none is to be had.
        proof_level: how far a wheel of it can be proved; None when it cannot be built.
        needs: what it still needs, or what would lift it, one sentence each.
    """

    target: Target
    strategy: Strategy | None
    python: str
    proof_level: ProofLevel | None
    needs: tuple[str, ...]


def survey_targets(workshop: Workshop) -> tuple[TargetState, ...]:
    """Return the state of every target that this version knows how to build; nothing is fetched."""
    oldest = ".".join(map(str, _PYTHONS[0]))
    installed = workshop.host_pythons(f">={oldest}")
    return tuple(
        _target_state(workshop, installed, Target.parse(f"cp{major}{minor}-manylinux_{floor}_{name}"))
        for name in _ARCHITECTURES
        for floor in ("_".join(map(str, architecture_named(name).oldest_glibc)),)
        for major, minor in _PYTHONS
    )


def _target_state(workshop: Workshop, installed: Sequence[InstalledPython], target: Target) -> TargetState:
    strategy = choose_strategy(target, None, workshop.host)
    if strategy is Strategy.NATIVE:
        found = workshop.host_python(target, installed)
        if found:
            return TargetState(
                target=target,
                strategy=strategy,
                python=f"{found.version}, {found.origin}",
                proof_level=ProofLevel.TESTED,
                needs=(),
            )
    try:
        release = debian_release(target)
    except CrosswheelError:
        had = ", ".join(f"{major}.{minor}" for major, minor in debian_versions(target.architecture))
        version = ".".join(map(str, target.python.version))
        lift = f"no Python {version} for {target.architecture.name}: Debian has {had}"
        if strategy is Strategy.NATIVE:
            lift = f"install Python {version} here, headers too (uv python install {version}): Debian has {had}"
        return TargetState(target=target, strategy=None, python="", proof_level=None, needs=(lift,))
    needs = []
    if strategy is Strategy.HYBRID and not _emulator_on_path(workshop, target.architecture):
        needs.append("fetches an emulator and a Python from the Debian archive on first use")
    if release == "sid":
        needs.append("a mirror may have let Debian's sid expire: CROSSWHEEL_DEBIAN_EXPIRED_DAYS=N accepts it")
    try:
        _ = workshop.archive
    except CrosswheelError as error:
        needs.append(f"{error.what}: {error.hint}")
    return TargetState(
        target=target,
        strategy=strategy,
        python=f"Debian {release}",
        proof_level=ProofLevel.TESTED,
        needs=tuple(needs),
    )


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
