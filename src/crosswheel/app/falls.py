"""`--strategy auto` falls: what is told of the strategies that failed, and what is remembered of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crosswheel.app.cache import CachedResult, find_result
from crosswheel.app.request import Fall
from crosswheel.errors import BadInputError, CrosswheelError, LackError, RefusedError, StorageError
from crosswheel.plan import Strategy
from crosswheel.store import Store

_SHOWN = 8  # telling lines of a strategy that failed after the first one


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallen:
    """What an earlier run came to that fell.

    Arguments:
        strategy: the one that succeeded.
        key: of its build.
        falls: those before it.
        result: of the build.
    """

    strategy: Strategy
    key: str
    falls: tuple[Fall, ...]
    result: CachedResult


def another_may_do(error: CrosswheelError) -> bool:
    """Return whether another strategy may succeed where one failed.

    Not where the input is broken, the person asked for what cannot be, or the disk is full: that stays.

    Arguments:
        error: how it failed.
    """
    return isinstance(error, RefusedError | LackError) and not isinstance(error, BadInputError | StorageError)


def told(falls: Sequence[Fall]) -> tuple[str, ...]:
    """Return the lines that a person reads of the strategies that failed before another one succeeded."""
    return tuple(f"strategy {fall.strategy} failed: {fall.error}{_named(fall.error)}" for fall in falls)


def all_failed(falls: Sequence[Fall]) -> CrosswheelError:
    """Return the error of the first strategy, with what the others came to among its details.

    Arguments:
        falls: at least one.
    """
    first = falls[0].error
    details = list(first.details)
    for fall in falls[1:]:
        error = fall.error
        if (error.what, error.why, error.details) == (first.what, first.why, first.details):
            details.append(f"strategy {fall.strategy} failed in the same way{_named(error)}")
            continue
        details += (*told([fall]), *(f"  {line}" for line in error.details[-_SHOWN:]))
        if error.hint and error.hint != first.hint:
            details.append(f"  do: {error.hint}")
    return type(first)(first.what, why=first.why, hint=first.hint, details=details, log=first.log)


def keep_fall(store: Store, first: str, strategy: Strategy, key: str, falls: Sequence[Fall]) -> None:
    """Remember which strategy succeeded, so that the next run need not fail again first.

    What failed for want of a network or a program is tried again: only a build or a proof that failed is remembered.

    Arguments:
        store: the cache.
        first: key of the first strategy's build.
        strategy: the one that succeeded.
        key: of its build.
        falls: those before it.
    """
    if all(isinstance(fall.error, RefusedError) for fall in falls):
        record = {"strategy": strategy.value, "key": key, "falls": [_to_record(fall) for fall in falls]}
        store.write_record("results", f"{first}-fell.json", record)


def find_fall(store: Store, first: str) -> Fallen | None:
    """Return what an earlier run came to that fell from a build; None where none did, or its result is gone.

    Arguments:
        store: the cache.
        first: key of the first strategy's build.
    """
    record = store.read_record("results", f"{first}-fell.json")
    try:
        if record is None or not isinstance(record["falls"], list):
            return None
        strategy, key = Strategy(str(record["strategy"])), str(record["key"])
        falls = tuple(_from_record(one) for one in record["falls"])
        result = find_result(store, key)
        return Fallen(strategy=strategy, key=key, falls=falls, result=result) if result else None
    except (KeyError, ValueError, TypeError):  # damaged: tried anew
        return None


def _named(error: CrosswheelError) -> str:
    return f" (log: {error.log})" if error.log else ""


def _to_record(fall: Fall) -> dict[str, object]:
    error = fall.error
    words = {"what": error.what, "why": error.why, "hint": error.hint, "details": list(error.details)}
    return {"strategy": fall.strategy.value, **words, "log": error.log}


def _from_record(record: Mapping[str, object]) -> Fall:
    details, log = record["details"], record["log"]
    error = RefusedError(
        str(record["what"]),
        why=str(record["why"]),
        hint=str(record["hint"]),
        details=list(map(str, details)) if isinstance(details, list) else [],
        log=str(log) if log is not None else None,
    )
    return Fall(strategy=Strategy(str(record["strategy"])), error=error)
