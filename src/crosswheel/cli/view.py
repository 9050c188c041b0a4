"""Shows steps while they run: live in a terminal, plain lines elsewhere; always on standard error."""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crosswheel.cli.streams import tell
from crosswheel.process import Reporter

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live

_SHOWN_FROM = 0.05  # seconds: a step that took less is not worth a line


def make_view() -> Reporter:
    """Return the view that fits standard error."""
    lively = (
        sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM", "dumb") not in {"dumb", "unknown"}
    )
    return LiveView() if lively else PlainView()


class PlainView:
    """One line when a step ends, for logs and pipes."""

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Print the step's title and seconds when it ends."""
        begun = time.monotonic()
        try:
            yield
        except BaseException:
            tell(f"failed {title} ({time.monotonic() - begun:.1f} s)")
            raise
        seconds = time.monotonic() - begun
        if seconds >= _SHOWN_FROM:
            tell(f"done   {title} ({seconds:.1f} s)")

    def note(self, text: str) -> None:
        """Print it."""
        tell(text)

    def warn(self, text: str) -> None:
        """Print it."""
        tell(f"warning: {text}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    title: str
    begun: float
    thread: int


class LiveView:
    """Running steps at the bottom with their seconds, ended ones above.

    Arguments:
        console: where; None for standard error.
    """

    def __init__(self, console: "Console | None" = None) -> None:
        from rich.console import Console

        self._console: Console = console or Console(stderr=True, highlight=False)
        self._running: dict[int, _Step] = {}
        self._lock = threading.RLock()  # rich asks for what to show while a Live is being made
        self._live: Live | None = None
        self._next = 0

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show the step with a running clock, and leave a line when it ends."""
        number = self._begin(title)
        try:
            yield
        except BaseException:
            self._end(number, failed=True)
            raise
        self._end(number, failed=False)

    def note(self, text: str) -> None:
        """Print it above the running steps."""
        self._print(_escaped(text))

    def warn(self, text: str) -> None:
        """Print it above the running steps."""
        self._print(f"[yellow]warning:[/] {_escaped(text)}")

    def _begin(self, title: str) -> int:
        from rich.live import Live

        with self._lock:
            self._next += 1
            self._running[self._next] = _Step(title=title, begun=time.monotonic(), thread=threading.get_ident())
            number, first = self._next, self._live is None
            if first:
                self._live = Live(
                    get_renderable=self._render, console=self._console, transient=True, refresh_per_second=8
                )
            live = self._live
        if first and live:
            live.start()
        return number

    def _end(self, number: int, *, failed: bool) -> None:
        with self._lock:
            step = self._running.pop(number)
            depth = self._depth(step)
            live = None if self._running else self._live
            if live:
                self._live = None
        if live:
            live.stop()
        seconds = time.monotonic() - step.begun
        if failed or seconds >= _SHOWN_FROM:
            mark = "[red]failed[/]" if failed else "[green]done  [/]"
            self._print(f"{'  ' * depth}{mark} {_escaped(step.title)} [dim]({seconds:.1f} s)[/]")

    def _depth(self, step: _Step) -> int:
        """How many steps of the same thread this one is inside of."""
        return sum(other.thread == step.thread and other.begun <= step.begun for other in self._running.values())

    def _print(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)

    def _render(self) -> "RenderableType":
        from rich.table import Table

        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True, overflow="ellipsis")
        table.add_column(no_wrap=True, justify="right", min_width=len("100 s"))
        now = time.monotonic()
        with self._lock:
            steps = list(self._running.values())
        for number, step in enumerate(steps):
            depth = sum(other.thread == step.thread for other in steps[:number])
            table.add_row(f"{'  ' * depth}{_escaped(step.title)}", f"[dim]{now - step.begun:.0f} s[/]")
        return table


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
