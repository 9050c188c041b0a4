"""A program to start, and what became of it, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program with its arguments, whole environment and working folder.

    Arguments:
        argv: the program and its arguments; never a shell string.
        environment: the whole environment: nothing is inherited.
        directory: the working folder.
    """

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path

    def __post_init__(self) -> None:
        if not self.argv:
            raise ValueError("a command has at least a program")


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """What a program left behind.

    Arguments:
        returncode: exit status; the negative signal number when a signal ended it.
        output: standard output and standard error, in the order in which they came.
        seconds: wall time.
    """

    returncode: int
    output: str
    seconds: float
