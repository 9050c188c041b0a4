"""How to reach servers, and what they answered, as values."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """How to reach servers.

    Arguments:
        certificates: file or folder of certificate authorities; None for those that come with requests.
        client_certificate: PEM file with the certificate and key that this side shows.
        trusted_hosts: hosts ("host" or "host:port") whose certificate is not checked, because the person said so.
        proxy: URL of the proxy for all requests; None for what the environment says.
        timeout: seconds to wait for a connection, and for each part of an answer.
        retries: how often a request that failed for a passing reason is made again.
        offline: ask no server; what is in the cache is all there is.
    """

    certificates: str | None = None
    client_certificate: str | None = None
    trusted_hosts: frozenset[str] = field(default_factory=frozenset)
    proxy: str | None = field(default=None, repr=False)  # it may hold a password
    timeout: float = 15.0
    retries: int = 4
    offline: bool = False

    def __post_init__(self) -> None:
        if self.timeout <= 0:
            raise ValueError("a timeout is longer than nothing")
        if self.retries < 0:
            raise ValueError("there are no fewer than no retries")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A page that was fetched, or found in the cache.

    Arguments:
        url: where it came from in the end, after redirects; relative links start there. No credentials, no query.
        content_type: without parameters, in lower case.
        encoding: character set that the server named, if it did.
        body: bytes, decompressed.
        stale: the server could not be asked, so this is what it said some time ago.
    """

    url: str
    content_type: str
    encoding: str | None
    body: bytes
    stale: bool = False
