"""The signed release file of a suite: the root of all trust in what an archive serves (InRelease)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from crosswheel.debian.settings import EXPIRED_DAYS, MIRROR
from crosswheel.errors import BadInputError, LackError, RefusedError

if TYPE_CHECKING:
    from pysequoia import Cert

_HASH_LINE = re.compile(r" ([0-9a-f]{64}) +([0-9]+) +(\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a release file says.

    Arguments:
        suite: name by its role, such as "stable-security".
        codename: its name, such as "bookworm-security".
        date: when it was made.
        valid_until: when it ceases to be valid, if it does.
        architectures: that the suite has.
        by_hash: whether indexes can be fetched by their hash too.
        files: path below the suite's folder → (SHA256, size).
    """

    suite: str
    codename: str
    date: datetime
    valid_until: datetime | None
    architectures: frozenset[str]
    by_hash: bool
    files: Mapping[str, tuple[str, int]]


def verified_text(signed: bytes, certificates: "Sequence[Cert]", *, shown: str) -> str:
    """Return the text of an InRelease file that one of the certificates has signed, and nothing besides (RFC 9580, 7).

    Arguments:
        signed: the file: cleartext and signatures.
        certificates: those that may sign it.
        shown: where it came from, for people.

    Raises:
        RefusedError: no valid signature of theirs is on it.
    """
    import pysequoia

    refused = f"{shown} is not signed by Debian"
    hint = f"the mirror is damaged, or not Debian's own archive: set {MIRROR} to another"
    if not signed.lstrip().startswith(b"-----BEGIN PGP SIGNED MESSAGE-----"):
        raise RefusedError(refused, why="there is no signature on it", hint=hint)
    try:
        result = pysequoia.verify(bytes=signed, store=lambda _: list(certificates))
    except Exception as error:  # noqa: BLE001 pysequoia raises RuntimeError, with a Rust stack trace behind the message
        raise RefusedError(refused, why=_first_sentence(error), hint=hint) from None
    trusted = {certificate.fingerprint for certificate in certificates}
    if result.bytes is None or not any(signature.certificate in trusted for signature in result.valid_sigs):
        raise RefusedError(refused, why="no key that may sign this suite has signed it", hint=hint)
    try:
        return result.bytes.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInputError(f"{shown} cannot be read", why="it is no UTF-8 text", hint=hint) from error


def parse_release(text: str, *, shown: str) -> Release:
    """Return what the text of a release file says.

    Raises:
        BadInputError: a field lacks, or is not what it should be.
    """
    head, _, hashes = text.partition("\nSHA256:")
    fields = {
        name.strip(): value.strip()
        for name, colon, value in (line.partition(":") for line in head.splitlines() if not line.startswith(" "))
        if colon
    }
    files: dict[str, tuple[str, int]] = {}
    for line in hashes.splitlines()[1:]:
        if not line.startswith(" "):
            break
        if match := _HASH_LINE.fullmatch(line.rstrip()):
            files[match[3]] = (match[1], int(match[2]))
    try:
        return Release(
            suite=fields.get("Suite", ""),
            codename=fields["Codename"],
            date=_date(fields["Date"]),
            valid_until=_date(fields["Valid-Until"]) if "Valid-Until" in fields else None,
            architectures=frozenset(fields["Architectures"].split()),
            by_hash=fields.get("Acquire-By-Hash", "no") == "yes",
            files=files,
        )
    except (KeyError, ValueError) as error:
        raise BadInputError(f"{shown} cannot be read", why=f"{type(error).__name__}: {error}") from error


def check_release(release: Release, *, wanted: str, now: datetime, accept_expired_days: int, shown: str) -> None:
    """Refuse a release file of another suite, or one that is past its time.

    Arguments:
        release: what it says.
        wanted: the suite that was asked for.
        now: the time.
        accept_expired_days: how many days it may be past its Valid-Until.
        shown: where it came from, for people.

    Raises:
        RefusedError: it is another suite's.
        LackError: it has expired, or is not valid yet.
    """
    if wanted not in {release.codename, release.suite}:
        raise RefusedError(
            f"{shown} is not of {wanted}",
            why=f"the mirror serves {release.codename} ({release.suite}) in its place",
            hint=f"set {MIRROR} to another mirror",
        )
    if release.date > now + timedelta(days=1):
        raise LackError(
            f"{shown} is of the future",
            why=f"it was made at {release.date:%Y-%m-%d %H:%M}, and the clock here says {now:%Y-%m-%d %H:%M} (UTC)",
            hint="set the clock of this machine",
        )
    if release.valid_until and now - release.valid_until > timedelta(days=accept_expired_days):
        days = (now - release.valid_until).days + 1
        raise LackError(
            f"{shown} has expired",
            why=f"it was valid until {release.valid_until:%Y-%m-%d %H:%M} UTC, {_span(now - release.valid_until)} ago, "
            "so that this mirror may hide newer security fixes",
            hint=f"use a mirror that is up to date, or accept this one with {EXPIRED_DAYS}={days}",
        )


def _date(text: str) -> datetime:
    from email.utils import parsedate_to_datetime

    # "Sat, 11 Jul 2026 10:16:37 UTC"; RFC 5322 itself knows no "UTC", and the parser then gives a naive time.
    parsed = parsedate_to_datetime(text)
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed


def _span(span: timedelta) -> str:
    if span.days:
        return f"{span.days} day{'s' if span.days > 1 else ''}"
    return f"{span.seconds // 3600} hours" if span.seconds >= 7200 else f"{span.seconds // 60} minutes"  # noqa: PLR2004 two hours


def _first_sentence(error: Exception) -> str:
    text = str(error).partition("Stack backtrace")[0].strip()
    return text.splitlines()[0].strip() if text else type(error).__name__
