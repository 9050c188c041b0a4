"""Package indexes: the Simple API in HTML and JSON, find-links, and pip's and uv's settings for them."""

from crosswheel.index.file import IndexFile
from crosswheel.index.index import Index
from crosswheel.index.settings import IndexSettings, read_index_settings

__all__ = ["Index", "IndexFile", "IndexSettings", "read_index_settings"]
