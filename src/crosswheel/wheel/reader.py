"""Reading a wheel from an open file: nothing in it is believed before it is checked."""

import itertools
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version

from crosswheel.errors import BadInputError
from crosswheel.wheel.metadata import WheelMetadata
from crosswheel.wheel.name import WheelName
from crosswheel.wheel.record import RecordRow, parse_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packaging.metadata import RawMetadata

# Deflate gives at most 1032 bytes for one (zlib, "Maximum Compression Factor"): whoever claims more lies.
_DEFLATE_FACTOR = 1032
_SLACK = 1024
_ENCRYPTED = 1
_LOCAL_HEADER = struct.Struct("<26xHH")  # lengths of the name and of the extra field, which follow it
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file in a wheel.

    Arguments:
        path: from the root, with forward slashes.
        size: in bytes, as the archive's directory says.
        compressed_size: in bytes.
        executable: whether somebody may execute it.
    """

    path: str
    size: int
    compressed_size: int
    executable: bool


class WheelReader:
    """A wheel whose names were checked; contents are read when they are asked for.

    Arguments:
        file: open for reading, seekable; it stays the caller's to close.
        name: its file name.

    Raises:
        BadInputError: it is no zip archive; a name in it is hostile or there twice; something in it is a link or a
            device; it has not exactly one .dist-info folder with METADATA, WHEEL and RECORD, or that is another
            project's.
    """

    def __init__(self, file: BinaryIO, name: str | WheelName) -> None:
        self._file = file
        self.name = name if isinstance(name, WheelName) else WheelName.parse(name)
        try:
            self._archive = zipfile.ZipFile(file)
            self._entries = {
                entry.filename: entry for entry in self._archive.infolist() if not entry.filename.endswith("/")
            }
            length = file.seek(0, 2)
        except _BROKEN as error:
            self._refuse(f"it is no zip archive, or its end is missing ({error})", error)
        entries = self._archive.infolist()
        for entry in entries:
            self._check(entry)
        if len({entry.filename.rstrip("/") for entry in entries}) < len(entries):
            names = sorted(entry.filename for entry in entries)
            twice = next((one for one, other in itertools.pairwise(names) if one == other), names[0])
            self._refuse(f"{twice} is in it more than once")
        if sum(entry.compress_size for entry in entries) > length:
            self._refuse("its members overlap")
        self.members: Mapping[str, Member] = {
            path: Member(
                path=path,
                size=entry.file_size,
                compressed_size=entry.compress_size,
                executable=bool(entry.external_attr >> 16 & 0o111),
            )
            for path, entry in self._entries.items()
        }
        self.dist_info = self._find_dist_info()

    def read(self, path: str) -> bytes:
        """Return the content of a member.

        Raises:
            BadInputError: there is none, or it is damaged (cut off, another checksum).
        """
        if path not in self._entries:
            self._refuse(f"{path} is not in it")
        entry = self._entries[path]
        try:
            with self._archive.open(entry) as content:
                data = content.read(entry.file_size + 1)
        except _BROKEN as error:
            self._refuse(f"{path} in it is damaged ({error})", error)
        if len(data) != entry.file_size:
            self._refuse(f"{path} in it has another size than the archive's directory says")
        return data

    def deflated(self, path: str) -> bytes | None:
        """Return the compressed bytes of a member as they stand in the archive; None where it is not deflated.

        Only a member that `read` has accepted is good for copying: the checksum is of what comes out.
        """
        entry = self._entries[path]
        if entry.compress_type != zipfile.ZIP_DEFLATED:
            return None
        self._file.seek(entry.header_offset)
        header = self._file.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size:
            self._refuse(f"the header of {path} in it is cut off")
        name_length, extra_length = _LOCAL_HEADER.unpack(header)
        self._file.seek(name_length + extra_length, 1)
        return self._file.read(entry.compress_size)

    def metadata(self) -> "RawMetadata":
        """Return the fields of METADATA (core metadata specification)."""
        from packaging.metadata import parse_email

        fields, _ = parse_email(self.read(f"{self.dist_info}/METADATA"))
        return fields

    def wheel_metadata(self) -> WheelMetadata:
        """Return what the WHEEL file says."""
        return WheelMetadata.parse(self.read(f"{self.dist_info}/WHEEL"))

    def record(self) -> tuple[RecordRow, ...]:
        """Return the rows of RECORD."""
        return parse_record(self.read(f"{self.dist_info}/RECORD"))

    def _check(self, entry: zipfile.ZipInfo) -> None:
        name = entry.orig_filename
        parts = name.removesuffix("/").split("/")
        if (
            any(part in ("", ".", "..") for part in parts)
            or any(character in "\\:" or ord(character) < ord(" ") for character in name)
            or name != entry.filename
        ):
            self._refuse(f"the name {name!r} in it is absolute, leads outside or holds forbidden characters")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFDIR if entry.is_dir() else stat.S_IFREG):
            self._refuse(f"{name} in it is a link or a device")
        if entry.flag_bits & _ENCRYPTED:
            self._refuse(f"{name} in it is encrypted")
        # Not every installer reads others, and no bound is known to what they may grow to.
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            self._refuse(
                f"{name} in it is compressed by method {entry.compress_type}, which is neither stored nor deflated"
            )
        factor = 1 if entry.compress_type == zipfile.ZIP_STORED else _DEFLATE_FACTOR
        if entry.file_size > entry.compress_size * factor + _SLACK:
            self._refuse(f"{name} in it claims to grow from {entry.compress_size} to {entry.file_size} bytes")

    def _find_dist_info(self) -> str:
        found = {path.split("/")[0] for path in self._entries if path.split("/")[0].endswith(".dist-info")}
        if len(found) != 1:
            self._refuse(f"it has {len(found)} .dist-info folders, not one")
        (folder,) = found
        missing = [name for name in ("METADATA", "WHEEL", "RECORD") if f"{folder}/{name}" not in self._entries]
        if missing:
            self._refuse(f"{folder}/{missing[0]} is missing")
        name, _, version = folder.removesuffix(".dist-info").rpartition("-")
        try:
            same = canonicalize_name(name, validate=True) == canonicalize_name(self.name.distribution)
            same = same and Version(version) == Version(self.name.version)
        except (InvalidName, InvalidVersion):
            same = False
        if not same:
            self._refuse(f"its {folder} belongs to another project or version than its file name says")
        return folder

    def _refuse(self, why: str, cause: Exception | None = None) -> NoReturn:
        raise BadInputError(
            f"{self.name} is not a wheel that can be used", why=why, hint="build it or fetch it again"
        ) from cause


def read_wheel(file: BinaryIO, name: str | WheelName) -> WheelReader:
    """Return a reader of the wheel; see `WheelReader`."""
    return WheelReader(file, name)
