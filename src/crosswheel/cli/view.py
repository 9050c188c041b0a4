"""Shows steps while they run: live in a terminal, plain lines elsewhere; always on standard error."""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from crosswheel.process import Reporter

if TYPE_CHECKING:
    from rich.console import RenderableType

_SHOWN_FROM = 0.05  # seconds: a step that took less is not worth a line


def make_view() -> Reporter:
    """Return the view that fits standard error."""
    return LiveView() if sys.stderr.isatty() else PlainView()


class PlainView:
    """One line when a step ends, for logs and pipes."""

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Print the step's title and seconds when it ends."""
        begun = time.monotonic()
        try:
            yield
        except BaseException:
            self._print(f"failed {title} ({time.monotonic() - begun:.1f} s)")
            raise
        seconds = time.monotonic() - begun
        if seconds >= _SHOWN_FROM:
            self._print(f"done   {title} ({seconds:.1f} s)")

    def note(self, text: str) -> None:
        """Print it."""
        self._print(text)

    def warn(self, text: str) -> None:
        """Print it."""
        self._print(f"warning: {text}")

    def _print(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


class LiveView:
    """Running steps at the bottom with their seconds, ended ones above."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console: Console = Console(stderr=True, highlight=False)
        self._running: dict[int, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._next = 0

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show the step with a running clock, and leave a line when it ends."""
        from rich.live import Live

        with self._lock:
            self._next += 1
            number = self._next
            first = not self._running
            self._running[number] = (title, time.monotonic())
        live = (
            Live(get_renderable=self._render, console=self._console, transient=True, refresh_per_second=8)
            if first
            else None
        )
        mark = "[green]✓[/]"
        try:
            if live:
                live.start()
            yield
        except BaseException:
            mark = "[red]✗[/]"
            raise
        finally:
            with self._lock:
                _, begun = self._running.pop(number)
            if live:
                live.stop()
            seconds = time.monotonic() - begun
            if seconds >= _SHOWN_FROM or "red" in mark:
                self._console.print(f"{mark} {_escaped(title)} [dim]{seconds:.1f} s[/]")

    def note(self, text: str) -> None:
        """Print it above the running steps."""
        self._console.print(_escaped(text))

    def warn(self, text: str) -> None:
        """Print it above the running steps."""
        self._console.print(f"[yellow]warning:[/] {_escaped(text)}")

    def _render(self) -> "RenderableType":
        from rich.table import Table

        table = Table.grid(padding=(0, 1))
        with self._lock:
            running = list(self._running.values())
        for depth, (title, begun) in enumerate(running):
            table.add_row("  " * depth + "…", _escaped(title), f"[dim]{time.monotonic() - begun:.0f} s[/]")
        return table


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
