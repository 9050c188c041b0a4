"""One thing that an audit has to say."""

from dataclasses import dataclass

from crosswheel.audit.codes import FINDING_KINDS, Severity


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """One thing that an audit has to say; findings sort by file, then code.

    Arguments:
        file: path in the wheel; "" for the wheel as a whole.
        code: one of `FINDING_KINDS`.
        subject: the symbol, library or tag that it is about; "" where the file itself is.
        reason: what was found, as a sentence without a full stop.

    Raises:
        KeyError: there is no such code.
    """

    file: str
    code: str
    subject: str = ""
    reason: str

    def __post_init__(self) -> None:
        FINDING_KINDS[self.code]

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return FINDING_KINDS[self.code].severity

    @property
    def mend(self) -> str:
        """What to do."""
        return FINDING_KINDS[self.code].mend

    def __str__(self) -> str:
        return f"{self.code} {self.file + ': ' if self.file else ''}{self.reason}"
