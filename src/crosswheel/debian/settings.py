"""Which Debian mirrors to use: a setting's, else those that the host's own apt uses."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from crosswheel.debian.suites import SUITES
from crosswheel.errors import LackError, UsageError
from crosswheel.transport import without_credentials

MIRROR = "CROSSWHEEL_DEBIAN_MIRROR"
SECURITY_MIRROR = "CROSSWHEEL_DEBIAN_SECURITY_MIRROR"
EXPIRED_DAYS = "CROSSWHEEL_DEBIAN_EXPIRED_DAYS"

FRESH_FOR = 6 * 3600.0
"""Seconds for which no mirror is asked again; Debian publishes four times a day."""

_ALIASES = frozenset({"oldoldstable", "oldstable", "stable", "testing", "unstable", "buster", "forky", "duke"})
_ONE_LINE = re.compile(r"deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSettings:
    """Where the Debian archive is, and what is accepted from it.

    Arguments:
        mirrors: URLs of the main archive, the preferred one first.
        security_mirrors: URLs of the archive of security fixes; none to go without them.
        keyring: file with the only OpenPGP certificates to trust, for every suite; None for Debian's
            own, pinned per suite.
        accept_expired_days: how many days a release file may be past its Valid-Until.
    """

    mirrors: tuple[str, ...] = field(repr=False)  # they may hold credentials
    security_mirrors: tuple[str, ...] = field(repr=False)
    keyring: Path | None = None
    accept_expired_days: int = 0

    def __post_init__(self) -> None:
        if not self.mirrors:
            raise ValueError("an archive has a mirror")
        for url in (*self.mirrors, *self.security_mirrors):
            if not url.startswith(("http://", "https://")):
                raise UsageError(
                    f"{without_credentials(url)!r} is no address of a Debian mirror",
                    why="only http and https are read",
                    hint=f"set {MIRROR} to something like https://debian.example/debian",
                )


def read_archive_settings(environ: Mapping[str, str], apt_folder: Path = Path("/etc/apt")) -> ArchiveSettings:
    """Return where the Debian archive is: what the environment says, else what the host's apt uses.

    Arguments:
        environ: may have CROSSWHEEL_DEBIAN_MIRROR, CROSSWHEEL_DEBIAN_SECURITY_MIRROR (the former with
            "-security" at its end when only that one is given, as mirrors are laid out; "none" to go without, where a
            mirror of it is not whole), and CROSSWHEEL_DEBIAN_EXPIRED_DAYS.
        apt_folder: apt's settings; sources in one-line style and in deb822 style are read (sources.list(5)).

    Raises:
        LackError: no mirror is named anywhere.
        UsageError: a setting is not what it should be.
    """
    mirrors, security_mirrors = _of_apt(apt_folder)
    if environ.get(MIRROR):
        mirrors, security_mirrors = (environ[MIRROR],), ()
    if environ.get(SECURITY_MIRROR):
        security_mirrors = (environ[SECURITY_MIRROR],)
    if not mirrors:
        raise LackError(
            "no Debian mirror is known",
            why=f"this machine's apt ({apt_folder}) names none, and {MIRROR} is not set",
            hint=f"set {MIRROR} to any mirror of the Debian archive, as in {MIRROR}=https://debian.example/debian",
        )
    fixes = security_mirrors or tuple(f"{url.rstrip('/')}-security" for url in mirrors)
    return ArchiveSettings(
        mirrors=tuple(url.rstrip("/") for url in mirrors),
        security_mirrors=() if fixes == ("none",) else tuple(url.rstrip("/") for url in fixes),
        accept_expired_days=_days(environ.get(EXPIRED_DAYS, "")),
    )


def _days(text: str) -> int:
    if not text.strip():
        return 0
    if not re.fullmatch(r"\s*[0-9]{1,6}\s*", text):
        raise UsageError(f"{EXPIRED_DAYS}={text} is no number of days", hint=f"write {EXPIRED_DAYS}=14 or the like")
    return int(text)


def _of_apt(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    main: dict[str, None] = {}
    security: dict[str, None] = {}
    for url, suite, components in _sources(folder):
        release, _, rest = suite.partition("-")
        release = release.removesuffix("/updates")  # how the security suite was called before bullseye
        if release not in SUITES and release not in _ALIASES:
            continue  # another vendor's archive
        if "main" not in components or not url.startswith(("http://", "https://")):
            continue
        if rest == "security":
            security[url] = None
        elif rest in {"", "updates"} and not suite.endswith("/updates"):
            main[url] = None
    return tuple(main), tuple(security)


def _sources(folder: Path) -> Iterator[tuple[str, str, frozenset[str]]]:
    lists = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*.list"))]
    for path in lists:
        for line in _text(path).splitlines():
            if match := _ONE_LINE.match(line.partition("#")[0].strip()):
                yield match[1], match[2], frozenset(match[3].split())
    for path in sorted((folder / "sources.list.d").glob("*.sources")):
        for stanza in re.split(r"\n\s*\n", _text(path)):
            fields = _deb822(stanza)
            if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() == "no":
                continue
            for url in fields.get("uris", "").split():
                for suite in fields.get("suites", "").split():
                    yield url, suite, frozenset(fields.get("components", "").split())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # not there, or not for this user: as if it said nothing
        return ""


def _deb822(stanza: str) -> Mapping[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace() and name:
            fields[name] += f" {line.strip()}"
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields
