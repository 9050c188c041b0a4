"""The one HTTP client: certificates, proxies, retries, and a cache on disk."""

from crosswheel.transport.address import credentials_of, without_credentials
from crosswheel.transport.client import Client
from crosswheel.transport.hashes import check_file
from crosswheel.transport.settings import ClientSettings, Response

__all__ = ["Client", "ClientSettings", "Response", "check_file", "credentials_of", "without_credentials"]
