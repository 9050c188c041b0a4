"""The errors that crosswheel raises: what failed, why, and what to do about it.

One root, three kinds. The kind says whose move it is, not where in the code it happened; the command line turns it into
an exit code.
"""

from collections.abc import Sequence


class CrosswheelError(Exception):
    """What failed, why, and what to do.

    Arguments:
        what: what failed, as one sentence without a full stop.
        why: the cause, when it is known.
        hint: the next step, as something that a person can do.
        details: telling lines (of a log, of a list of problems), in order.
        log: path of the file with the whole story.
    """

    def __init__(
        self, what: str, *, why: str = "", hint: str = "", details: Sequence[str] = (), log: str | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.hint = hint
        self.details = tuple(details)
        self.log = log

    def __str__(self) -> str:
        return f"{self.what}: {self.why}" if self.why else self.what


class RefusedError(CrosswheelError):
    """The answer is no: a finding, something missing, a build or proof that failed, broken input."""


class BadInputError(RefusedError):
    """The input is broken: a damaged archive, a wheel that is no zip, a header that lies."""


class UsageError(CrosswheelError):
    """Wrong usage: an unknown target, an impossible target, a local path that is not there."""


class LackError(CrosswheelError):
    """The machine or the network lacks something: no emulator, no index, no space."""


class NetworkError(LackError):
    """The network, or a server, did not answer as it should."""


class StorageError(LackError):
    """The disk is full, or a folder cannot be written to."""
