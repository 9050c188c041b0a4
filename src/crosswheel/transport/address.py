"""Addresses: what of them may be shown and kept."""

import re
from urllib.parse import unquote, urlsplit, urlunsplit


def without_credentials(url: str) -> str:
    """Return the URL as it may be shown and kept: without user and password."""
    try:
        parts = urlsplit(url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    except ValueError:  # no URL, as in "http://[::1"; it may hold a password nevertheless
        return re.sub(r"//[^/]*@", "//", url)


def credentials_of(url: str) -> tuple[str, str] | None:
    """Return user and password that stand in a URL, percent-decoded; None when there are none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.username is None:
        return None
    return unquote(parts.username), unquote(parts.password or "")
