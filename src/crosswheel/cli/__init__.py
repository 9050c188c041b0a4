"""One module per verb; the only place that prints or exits."""

from crosswheel.cli.main import main

__all__ = ["main"]
