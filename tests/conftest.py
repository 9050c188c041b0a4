"""Where tests keep what they fetch, and which of them may open a socket."""

import os
import signal
import time
from pathlib import Path

import platformdirs
import pytest

TESTS = Path(__file__).parent
PURE_ROOMS = frozenset({"exports", "targets", "wheel", "elf", "macho", "pe", "audit", "plan"})


def pytest_configure() -> None:
    """Say once, for this process and for all that it starts, which cache tests use and what "now" is in their builds.

    The cache (downloads, sysroots, compiled libcs) is one for all sessions: CROSSWHEEL_TEST_CACHE names another folder.
    A time of the session's own makes each session build anew: no result of an earlier one has the same key.
    """
    named = os.environ.get("CROSSWHEEL_TEST_CACHE") or os.environ.get("CROSSWHEEL_CACHE")
    cache = Path(named).absolute() if named else platformdirs.user_cache_path("crosswheel-tests")
    os.environ["CROSSWHEEL_TEST_CACHE"] = os.environ["CROSSWHEEL_CACHE"] = str(cache)
    # Workers of pytest-xdist inherit it from the process that starts them.
    os.environ.setdefault("CROSSWHEEL_TEST_EPOCH", str(int(time.time())))
    # Whoever started the tests may have told them to ignore signals (nohup, a background job). What they start would
    # inherit that, and tests are to see how it ends.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _closed_sockets(request: pytest.FixtureRequest) -> None:
    """Tests of a pure room reach no network, unless they say that they compare with it."""
    room = request.path.relative_to(TESTS).parts[0]
    if room in PURE_ROOMS and not request.node.get_closest_marker("network"):
        request.getfixturevalue("socket_disabled")
