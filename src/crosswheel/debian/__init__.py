"""The signed Debian archive: packages of any architecture, unpacked without root or dpkg."""

from crosswheel.debian.archive import Archive
from crosswheel.debian.control import Package
from crosswheel.debian.settings import ArchiveSettings, read_archive_settings
from crosswheel.debian.suites import SUITES, Suite

__all__ = ["SUITES", "Archive", "ArchiveSettings", "Package", "Suite", "read_archive_settings"]
