"""What one tool's configuration says of indexes, whatever the tool."""

from dataclasses import dataclass

from crosswheel.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one place says; None and empty where it says nothing.

    Arguments:
        default_index: URL or path of the index that is asked instead of the default one.
        extra_indexes: URLs or paths of those asked beside it.
        find_links: pages or folders with links to files, or with files.
        no_index: ask no index, only find-links.
        certificates: file or folder of certificate authorities.
        client_certificate: PEM file that this side shows.
        trusted_hosts: whose certificate is not checked.
        proxy: for all requests.
        timeout: seconds.
        retries: how often.
        offline: ask no server.
    """

    default_index: str | None = None
    extra_indexes: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool | None = None
    certificates: str | None = None
    client_certificate: str | None = None
    trusted_hosts: tuple[str, ...] = ()
    proxy: str | None = None
    timeout: float | None = None
    retries: int | None = None
    offline: bool | None = None


def to_bool(text: str, where: str) -> bool:
    """Return what pip and uv take for yes and no.

    Raises:
        UsageError: it is neither.
    """
    lowered = text.strip().lower()
    if lowered in {"y", "yes", "t", "true", "on", "1"}:
        return True
    if lowered in {"n", "no", "f", "false", "off", "0", ""}:
        return False
    raise UsageError(f"{where} is {text!r}", why="it has to be yes or no", hint=f"set {where} to 1 or 0")


def to_number(text: str, where: str) -> float:
    """Return a number that is not negative.

    Raises:
        UsageError: it is none.
    """
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise UsageError(f"{where} is {text!r}", why="it has to be a number", hint=f"set {where} to a number")
    return number
