"""What `requests` has to be told: retries, certificates, proxies; and what its errors mean."""

import warnings
from collections.abc import Mapping

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import InsecureRequestWarning
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry

from crosswheel import __version__
from crosswheel.errors import NetworkError
from crosswheel.transport.settings import ClientSettings

_LONGEST_WAIT = 30.0  # seconds; a server that asks for more is as good as gone


class _PatientRetry(Retry):
    """Heeds a server's Retry-After, within reason."""

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        asked = super().get_retry_after(response)
        return None if asked is None else min(asked, _LONGEST_WAIT)


class _TrustingAdapter(HTTPAdapter):
    """For hosts whose certificate is not checked; a redirect to another host meets the checking one again."""

    def send(  # noqa: PLR0917 the base class's signature
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,  # noqa: ARG002 it is not checked, whatever is asked
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        return super().send(request, stream, timeout, False, cert, proxies)


def make_session(settings: ClientSettings) -> requests.Session:
    """Return a session that behaves as the settings say; it belongs to one thread."""
    retry = _PatientRetry(
        total=settings.retries,
        # A host without an address or a listener does not get one by waiting.
        connect=min(2, settings.retries),
        backoff_factor=0.3,
        status_forcelist=(429, 500, 502, 503, 504),
        allowed_methods=("GET",),
        raise_on_status=False,
    )
    session = requests.Session()
    session.headers["User-Agent"] = f"crosswheel/{__version__}"
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry, pool_maxsize=8))
    for host in sorted(settings.trusted_hosts):
        # The person said so; a warning at each request would tell nothing new.
        warnings.simplefilter("ignore", InsecureRequestWarning)
        trusting = _TrustingAdapter(max_retries=retry, pool_maxsize=8)
        session.mount(f"https://{host}/", trusting)
        if ":" not in host:
            session.mount(f"https://{host}:", trusting)
    if settings.client_certificate:
        session.cert = settings.client_certificate
    return session


def unreachable(shown: str, error: Exception) -> NetworkError:
    """Return what a failed request means.

    Arguments:
        shown: the address, without credentials.
        error: what `requests` or the operating system raised.
    """
    exceptions = requests.exceptions
    if isinstance(error, exceptions.SSLError):
        why, hint = (
            "its certificate is not trusted",
            "name your certificates as for pip (PIP_CERT) or uv (SSL_CERT_FILE)",
        )
    elif isinstance(error, exceptions.ProxyError):
        why, hint = "the proxy does not answer", "look at HTTPS_PROXY, HTTP_PROXY and pip's `proxy` setting"
    elif isinstance(error, exceptions.Timeout):
        why, hint = "it did not answer in time", "try again, or set another server"
    elif isinstance(error, exceptions.TooManyRedirects):
        why, hint = "it redirects without end", "look at the address"
    elif isinstance(error, exceptions.ChunkedEncodingError | exceptions.ContentDecodingError):
        why, hint = "the answer broke off, or was damaged on its way", "try again, or set another server"
    elif isinstance(error, exceptions.ConnectionError):
        why, hint = "no connection to its host", "look at the network, at the proxy settings, and at the address"
    elif isinstance(error, requests.RequestException):
        why, hint = f"the request was not possible ({type(error).__name__})", "look at the address"
    else:  # requests raises a bare OSError for certificate files that are not there
        why, hint = (
            str(error) or type(error).__name__,
            "look at the certificate settings (PIP_CERT, SSL_CERT_FILE, REQUESTS_CA_BUNDLE)",
        )
    return NetworkError(f"{shown} could not be fetched", why=why, hint=hint)
