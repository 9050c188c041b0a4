"""Where a PEP and auditwheel differ about a symbol version, and what was decided, symbol by symbol."""

from dataclasses import dataclass
from typing import TypedDict

from crosswheel.targets.policies import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A symbol version that a PEP allows and auditwheel does not, or the other way round.

    Arguments:
        policy: name of the policy, such as "manylinux_2_17".
        architecture: name of it in wheel tags.
        version: such as "GLIBC_2.18".
        symbols: by library, those that have the version there.
        pep: the document, such as "PEP 599".
        pep_allows: whether it does.
        auditwheel_allows: whether it does.
        allowed: what crosswheel goes by, which is what the policy says.
        reason: of that, as sentences.
    """

    policy: str
    architecture: str
    version: str
    symbols: dict[str, tuple[str, ...]]
    pep: str
    pep_allows: bool
    auditwheel_allows: bool
    allowed: bool
    reason: str


class DifferenceRecord(TypedDict):
    """A `Difference` as it stands in differences.json."""

    policy: str
    architecture: str
    version: str
    symbols: dict[str, list[str]]
    pep: str
    pep_allows: bool
    auditwheel_allows: bool
    allowed: bool
    reason: str


def known_differences() -> tuple[Difference, ...]:
    """Return all of them, by policy, version and architecture."""
    import json
    from pathlib import Path

    text = Path(__file__).with_name("data").joinpath("differences.json").read_text(encoding="utf-8")
    records: list[DifferenceRecord] = json.loads(text)["differences"]
    return tuple(
        Difference(
            policy=record["policy"],
            architecture=record["architecture"],
            version=record["version"],
            symbols={library: tuple(names) for library, names in record["symbols"].items()},
            pep=record["pep"],
            pep_allows=record["pep_allows"],
            auditwheel_allows=record["auditwheel_allows"],
            allowed=record["allowed"],
            reason=record["reason"],
        )
        for record in records
    )


def differences_of(policy: Policy) -> tuple[Difference, ...]:
    """Return those of one policy.

    Arguments:
        policy: of an architecture.
    """
    return tuple(
        one for one in known_differences() if one.policy == policy.name and one.architecture == policy.architecture.name
    )
