"""What auto makes of strategies that failed: which failures another strategy may mend, and what is remembered."""

from pathlib import Path

import pytest

from crosswheel.app.cache import CachedResult, keep_result
from crosswheel.app.falls import all_failed, another_may_do, find_fall, keep_fall, told
from crosswheel.app.request import Fall
from crosswheel.errors import (
    BadInputError,
    CrosswheelError,
    LackError,
    NetworkError,
    RefusedError,
    StorageError,
    UsageError,
)
from crosswheel.plan import Strategy
from crosswheel.store import Store, sha256_of
from crosswheel.trial import ProofLevel

HYBRID = Fall(
    strategy=Strategy.HYBRID,
    error=RefusedError("build_wheel failed", why="a compiler did", hint="look", details=["x.c: error"], log="/l/1"),
)
CROSS = Fall(
    strategy=Strategy.CROSS,
    error=RefusedError("no tags", why="CW104", hint="name a library", details=["x.so: CW104"], log="/l/2"),
)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RefusedError("a build failed"), True),
        (LackError("no emulator"), True),
        (NetworkError("no archive"), True),
        (BadInputError("no pyproject.toml"), False),
        (UsageError("no such package"), False),
        (StorageError("no room"), False),
    ],
)
def test_what_another_strategy_may_mend(error: CrosswheelError, expected: bool) -> None:
    assert another_may_do(error) is expected


def test_an_error_of_all_names_each() -> None:
    error = all_failed([HYBRID, CROSS])
    assert (error.what, error.why, error.hint, error.log) == ("build_wheel failed", "a compiler did", "look", "/l/1")
    assert error.details == (
        "x.c: error",
        "strategy cross failed: no tags: CW104 (log: /l/2)",
        "  x.so: CW104",
        "  do: name a library",
    )


def test_one_cause_is_told_once() -> None:
    error = all_failed([HYBRID, Fall(strategy=Strategy.CROSS, error=HYBRID.error)])
    assert error.details == ("x.c: error", "strategy cross failed in the same way (log: /l/1)")


def test_a_failure_of_one_is_its_own() -> None:
    error = all_failed([Fall(strategy=Strategy.CROSS, error=NetworkError("no answer", hint="try again"))])
    assert isinstance(error, NetworkError)
    assert (error.what, error.details) == ("no answer", ())


def test_what_is_told_of_a_success_after_a_failure() -> None:
    assert told([HYBRID]) == ("strategy hybrid failed: build_wheel failed: a compiler did (log: /l/1)",)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A cache with the result of one build, under the key "second"."""
    wheel = tmp_path / "x-1-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    store = Store(tmp_path / "cache")
    result = CachedResult(
        wheel=wheel,
        sha256=sha256_of(wheel),
        python="3.8.18",
        exec_mode="none",
        untried=False,
        proof_level=ProofLevel.STATIC,
        warnings=(),
        linked=(),
        compilers={"libomp": "19.1.7"},
        log="/l/2",
    )
    keep_result(store, "second", result)
    return store


def test_what_failed_is_remembered_with_what_succeeded(store: Store) -> None:
    keep_fall(store, "first", Strategy.CROSS, "second", [HYBRID])
    found = find_fall(store, "first")
    assert found
    assert found.strategy is Strategy.CROSS
    assert found.result.python == "3.8.18"
    assert found.result.compilers == {"libomp": "19.1.7"}
    (fall,) = found.falls
    assert fall.strategy is Strategy.HYBRID
    assert vars(fall.error) == vars(HYBRID.error)
    assert find_fall(store, "second") is None


def test_what_a_machine_lacked_is_tried_again(store: Store) -> None:
    keep_fall(store, "first", Strategy.CROSS, "second", [Fall(strategy=Strategy.HYBRID, error=LackError("no archive"))])
    assert find_fall(store, "first") is None


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"strategy": "cross", "key": "second", "falls": "none"},
        {"strategy": "cross", "key": "second", "falls": [{"strategy": "hybrid"}]},
        {"strategy": "cross", "key": "second", "falls": ["hybrid"]},
        {"strategy": "sideways", "key": "second", "falls": []},
        {"strategy": "cross", "key": "gone", "falls": []},
    ],
)
def test_a_damaged_memory_is_none(store: Store, record: dict[str, object]) -> None:
    store.write_record("results", "first-fell.json", record)
    assert find_fall(store, "first") is None
