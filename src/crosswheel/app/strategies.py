"""Which strategies a target can be built with on this machine, in which order, and how far each proves a wheel."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crosswheel.app.cross import host_target, short_version
from crosswheel.app.prepare import check_strategy, runs_natively
from crosswheel.app.workshop import Workshop
from crosswheel.errors import LackError, UsageError
from crosswheel.plan import Strategy
from crosswheel.pythons import InstalledPython, debian_release, debian_versions, has_debian_python
from crosswheel.targets import Target
from crosswheel.trial import ProofLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A strategy, and what it comes to for one target on this machine.

    Arguments:
        strategy: how Python and compilers run.
        python: where the Python comes from that drives builds: "3.8.18, this machine"; "" where there is none.
        proof_level: how far a wheel can be proved; None where the strategy cannot be taken.
        needs: why it cannot be taken, or what keeps it from proving more, and what would lift that; one sentence each.
    """

    strategy: Strategy
    python: str
    proof_level: ProofLevel | None
    needs: tuple[str, ...] = ()

    @property
    def can_be_taken(self) -> bool:
        """Whether a build can begin."""
        return self.proof_level is not None


def find_ways(workshop: Workshop, target: Target, installed: Sequence[InstalledPython] | None = None) -> Iterator[Way]:
    """Yield what each strategy comes to for a target, in the order in which `auto` takes them; nothing is fetched.

    A later one is looked at only when it is asked for: `auto` falls to it when those before it failed.

    Arguments:
        workshop: the run's parts.
        target: what is built for.
        installed: the Pythons of this machine, where they have been listed already.
    """
    for look in (_native, _hybrid, _cross):
        yield look(workshop, target, installed)


def strategies(workshop: Workshop, target: Target, wanted: Strategy | None) -> Iterator[Strategy]:
    """Yield the strategies that are to be tried for a target, one after the other until one succeeds.

    Arguments:
        workshop: the run's parts.
        target: what is built for.
        wanted: the only one; None for all that can be taken.

    Raises:
        UsageError: the wanted strategy cannot serve the target.
        LackError: none can be taken.
    """
    check_strategy(target, wanted, workshop.host)
    if wanted is not None:
        yield wanted
        return
    impossible: list[Way] = []
    one_was = False
    for way in find_ways(workshop, target):
        if way.can_be_taken:
            one_was = True
            yield way.strategy
        else:
            impossible.append(way)
    if not one_was:
        raise LackError(
            f"no Python for {target} is to be had",
            why="; ".join(f"{way.strategy}: {way.needs[0]}" for way in impossible),
            hint=f"uv python install {short_version(target)} gives strategy cross a Python of this machine",
        )


def _native(workshop: Workshop, target: Target, installed: Sequence[InstalledPython] | None) -> Way:
    host, short = workshop.host, short_version(target)
    if not runs_natively(target, host):
        return _impossible(Strategy.NATIVE, f"this machine is {host.system} {host.machine}")
    found = workshop.host_python(target.interpreter, installed)
    if found:
        return Way(strategy=Strategy.NATIVE, python=f"{found.version}, {found.origin}", proof_level=ProofLevel.TESTED)
    if has_debian_python(target):
        return _of_debian(Strategy.NATIVE, target)
    return _impossible(
        Strategy.NATIVE,
        f"no Python {short} of this machine is the target's (uv python install {short}), {_had(target)}",
    )


def _hybrid(workshop: Workshop, target: Target, installed: Sequence[InstalledPython] | None) -> Way:
    del installed  # those of this machine are not the target's
    if runs_natively(target, workshop.host):
        return _impossible(Strategy.HYBRID, "this machine runs the target's programs without an emulator")
    if has_debian_python(target):
        return _of_debian(Strategy.HYBRID, target)
    return _impossible(Strategy.HYBRID, _had(target))


def _cross(workshop: Workshop, target: Target, installed: Sequence[InstalledPython] | None) -> Way:
    short = short_version(target)
    if workshop.host.system != "linux":
        return _impossible(Strategy.CROSS, f"this machine is {workshop.host.system}")
    try:
        own = host_target(workshop, target)
    except UsageError as error:
        return _impossible(Strategy.CROSS, error.why)
    found = workshop.host_python(own, installed)
    if found:
        python = f"{found.version}, {found.origin}"
    elif has_debian_python(own):
        python = f"Debian {debian_release(own)}"
    else:
        return _impossible(
            Strategy.CROSS, f"this machine has no Python {short} with its headers: uv python install {short}"
        )
    is_the_targets = found is not None and own.extension_suffix == target.interpreter.extension_suffix
    tried = has_debian_python(target) or is_the_targets
    lift = f"a Python {short} of the target to try wheels in: {_had(target)}"
    return Way(
        strategy=Strategy.CROSS,
        python=f"{python}, posing",
        proof_level=ProofLevel.TESTED if tried else ProofLevel.STATIC,
        needs=() if tried else (lift,),
    )


def _of_debian(strategy: Strategy, target: Target) -> Way:
    return Way(strategy=strategy, python=f"Debian {debian_release(target)}", proof_level=ProofLevel.TESTED)


def _impossible(strategy: Strategy, why: str) -> Way:
    return Way(strategy=strategy, python="", proof_level=None, needs=(why,))


def _had(target: Target) -> str:
    if target.glibc is None:
        return "Debian has Pythons for glibc only"
    had = ", ".join(f"{major}.{minor}" for major, minor in debian_versions(target.architecture))
    free = ", none of them free-threaded" if target.python.free_threaded else ""
    return f"Debian has {had} for {target.architecture.name}{free}"
