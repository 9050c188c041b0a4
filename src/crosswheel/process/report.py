"""What the rooms have to say while they work; who listens decides how it is shown."""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Reporter(Protocol):
    """Takes progress from whoever works, and shows it, or not."""

    def step(self, title: str) -> AbstractContextManager[None]:
        """Tell that a step begins; leaving the context ends it, well or with the exception that leaves."""
        ...

    def note(self, text: str) -> None:
        """Tell something worth knowing."""
        ...

    def warn(self, text: str) -> None:
        """Tell something that the person should act on."""
        ...


class SilentReporter:
    """Says nothing: the default in the library."""

    def step(self, title: str) -> AbstractContextManager[None]:  # noqa: ARG002 the protocol's signature
        """Do nothing around the step."""
        return nullcontext()

    def note(self, text: str) -> None:
        """Say nothing."""

    def warn(self, text: str) -> None:
        """Say nothing."""
