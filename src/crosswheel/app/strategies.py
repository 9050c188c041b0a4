"""Which strategies a target can be built with on this machine, in which order, and how far each proves a wheel."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crosswheel.app.cross import host_target, short_version
from crosswheel.app.prepare import check_strategy, runs_natively
from crosswheel.app.workshop import Workshop
from crosswheel.errors import LackError, UsageError
from crosswheel.plan import Strategy
from crosswheel.pythons import InstalledPython, debian_release, has_debian_python
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


def find_ways(
    workshop: Workshop,
    target: Target,
    installed: Sequence[InstalledPython] | None = None,
    *,
    fetch: bool = False,
) -> Iterator[Way]:
    """Yield what each strategy comes to for a target, in the order in which `auto` takes them.

    A later one is looked at only when it is asked for: `auto` falls to it when those before it failed.

    Arguments:
        workshop: the run's parts.
        target: what is built for.
        installed: the Pythons of this machine, where they have been listed already.
        fetch: whether a place that a person named for the target's Python may be fetched to find out what is in it.

    Raises:
        RefusedError: such a place has something else than it promises.
    """
    place, reason = _place(workshop, target, fetch=fetch)
    if runs_natively(target, workshop.host):
        yield _native(workshop, target, installed, place=place, reason=reason)
        yield _impossible(Strategy.HYBRID, "this machine runs the target's programs without an emulator")
    else:
        yield _impossible(Strategy.NATIVE, f"this machine is {workshop.host.system} {workshop.host.machine}")
        if place:
            yield Way(strategy=Strategy.HYBRID, python=place, proof_level=ProofLevel.TESTED)
        else:
            yield _impossible(Strategy.HYBRID, reason)
    yield _cross(workshop, target, installed, place=place, reason=reason)


def strategies(workshop: Workshop, target: Target, wanted: Strategy | None) -> Iterator[Strategy]:
    """Yield the strategies that are to be tried for a target, one after the other until one succeeds.

    Arguments:
        workshop: the run's parts.
        target: what is built for.
        wanted: the only one; None for all that can be taken.

    Raises:
        UsageError: the wanted strategy cannot serve the target, or the person named places for its Python and none of
            them has it.
        LackError: none can be taken.
        RefusedError: a named place has something else than it promises.
    """
    check_strategy(target, wanted, workshop.host)
    if wanted is not None:
        yield wanted
        return
    if workshop.target_pythons.sources:
        workshop.target_pythons.find(target)
    impossible: list[Way] = []
    one_was = False
    for way in find_ways(workshop, target, fetch=True):
        if way.can_be_taken:
            one_was = True
            yield way.strategy
        else:
            impossible.append(way)
    if not one_was:
        raise LackError(
            f"no Python for {target} is to be had",
            why="; ".join(f"{way.strategy}: {way.needs[0]}" for way in impossible),
            hint=f"uv python install {short_version(target)}, and strategy cross has a Python of this machine; or name "
            "one of the target with --target-python",
        )


def _place(workshop: Workshop, target: Target, *, fetch: bool) -> tuple[str, str]:
    """Where the target's own Python comes from, or why it comes from nowhere."""
    try:
        found = workshop.target_pythons.find(target, fetch=fetch)
    except (UsageError, LackError) as error:
        return "", error.why or error.what
    return (f"{found.version}, {found.origin}" if found else f"Debian {debian_release(target)}"), ""


def _native(
    workshop: Workshop,
    target: Target,
    installed: Sequence[InstalledPython] | None,
    *,
    place: str,
    reason: str,
) -> Way:
    short = short_version(target)
    found = None if workshop.target_pythons.sources else workshop.host_python(target.interpreter, installed)
    if found:
        place = f"{found.version}, {found.origin}"
    if place:
        return Way(strategy=Strategy.NATIVE, python=place, proof_level=ProofLevel.TESTED)
    return _impossible(Strategy.NATIVE, f"this machine has no Python {short} of the target, and {reason}")


def _cross(
    workshop: Workshop,
    target: Target,
    installed: Sequence[InstalledPython] | None,
    *,
    place: str,
    reason: str,
) -> Way:
    short = short_version(target)
    if workshop.host.system != "linux":
        return _impossible(Strategy.CROSS, f"this machine is {workshop.host.system}")
    try:
        own = host_target(workshop, target)
    except UsageError as error:
        return _impossible(Strategy.CROSS, error.why)
    found = workshop.host_python(own, installed)
    if not found and not has_debian_python(own):
        return _impossible(
            Strategy.CROSS, f"this machine has no Python {short} with its headers: uv python install {short}"
        )
    python = f"{found.version}, {found.origin}" if found else f"Debian {debian_release(own)}"
    is_the_targets = runs_natively(target, workshop.host) and workshop.host_python(target.interpreter, installed)
    tried = bool(place or is_the_targets)
    return Way(
        strategy=Strategy.CROSS,
        python=f"{python}, posing",
        proof_level=ProofLevel.TESTED if tried else ProofLevel.STATIC,
        needs=() if tried else (f"no Python {short} of the target to try wheels in: {reason}",),
    )


def _impossible(strategy: Strategy, why: str) -> Way:
    return Way(strategy=strategy, python="", proof_level=None, needs=(why,))
