"""The one HTTP client: certificates, proxies, retries, and a cache on disk."""

from crosswheel.transport.client import Client, ClientSettings, Response

__all__ = ["Client", "ClientSettings", "Response"]
