"""What a person may name as the source of a build, as values, told from one word of the command line."""

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from packaging.requirements import InvalidRequirement, Requirement

from crosswheel.errors import RefusedError, UsageError
from crosswheel.transport import without_credentials

ARCHIVE_ENDINGS = (".tar.gz", ".tgz", ".zip", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tar")
# NAME @ URL (PEP 508), with or without spaces; a colon or slash before the @ belongs to a URL.
_DIRECT = re.compile(r"(?P<name>[^@/:]+?)\s*@\s*(?P<url>[a-z][a-z0-9+.-]*://.*)", re.IGNORECASE | re.DOTALL)
# Longest digests last, so that the strongest that is given is the last that is found.
_HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
_DIGITS = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementSource:
    """A project of an index: the newest version that the specifier allows.

    Arguments:
        requirement: name and specifier.
        notes: what was left aside of what the person wrote.
    """

    requirement: Requirement
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return str(self.requirement)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSource:
    """A folder with a project; it is there, and has a pyproject.toml or setup.py.

    Arguments:
        path: absolute.
    """

    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSource:
    """An sdist in a local file, which is there.

    Arguments:
        path: absolute.
        hashes: algorithm → digest that the person gave with it.
        subdirectory: where in it the project is; "" for its top.
    """

    path: Path
    hashes: Mapping[str, str]
    subdirectory: str = ""

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlSource:
    """An sdist on a server.

    Arguments:
        url: http or https, maybe with credentials; no fragment.
        hashes: algorithm → digest out of the fragment (PEP 610, pip); empty when the person gave none.
        subdirectory: where in it the project is; "" for its top.
        name: of the project, when the person gave it.
    """

    url: str
    hashes: Mapping[str, str]
    subdirectory: str = ""
    name: str | None = None

    def __str__(self) -> str:
        return without_credentials(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitSource:
    """A revision in a git repository.

    Arguments:
        url: https, http, ssh, git or file; maybe with credentials.
        ref: branch, tag or commit; None for the repository's default branch.
        subdirectory: where in it the project is; "" for its top.
        name: of the project, when the person gave it.
    """

    url: str
    ref: str | None
    subdirectory: str = ""
    name: str | None = None

    def __str__(self) -> str:
        return f"git+{without_credentials(self.url)}" + (f"@{self.ref}" if self.ref else "")


Source = RequirementSource | FolderSource | ArchiveSource | UrlSource | GitSource


def find_source(text: str, directory: Path) -> Source:
    """Return what the person named.

    A word without a slash is a requirement, as for pip, unless it is `.` or ends as an archive does.

    Arguments:
        text: a requirement, a folder, an archive, a URL (also `name @ URL`), or `git+URL@ref`.
        directory: what relative paths are relative to.

    Raises:
        UsageError: it is none of these, or a local path that is not there.
        RefusedError: it is a folder without a project, or a wheel.
    """
    text = text.strip()
    if "://" in text:
        direct = _DIRECT.fullmatch(text)
        if direct:
            return _from_url(direct["url"], _project_name(direct["name"]))
        return _from_url(text, None)
    try:
        path = directory / Path(text).expanduser()
    except RuntimeError as error:
        raise UsageError(f"{text} is not there", why=str(error), hint="look at the path") from error
    # A file name such as pkg-1.0.tar.gz would pass for a project's name (PEP 508).
    if _is_path(text) or text.lower().endswith((*ARCHIVE_ENDINGS, ".whl")):
        return _from_path(path, text)
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise UsageError(
            f"{text!r} is no source",
            why=str(error).splitlines()[0],
            hint="give a requirement (name==version), a folder, an sdist file, a URL, or git+https://…@ref",
        ) from error
    return _from_requirement(requirement)


def name_and_version(filename: str) -> tuple[str | None, str | None]:
    """Return what the file name of an sdist says: NAME-VERSION.tar.gz (PEP 625), also in older spellings."""
    stem = filename
    for ending in ARCHIVE_ENDINGS:
        if filename.lower().endswith(ending):
            stem = filename[: -len(ending)]
            break
    # Before PEP 625 a name could hold hyphens: a version begins with a digit.
    match = re.fullmatch(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*?)-(?P<version>v?\d[A-Za-z0-9.!+_-]*)", stem)
    return (match["name"], match["version"]) if match else (None, None)


def _is_path(text: str) -> bool:
    # "name @ …" and extras hold no slash; what does is a path, as for pip.
    return text in {".", ".."} or "/" in text or text.startswith("~")


def _project_name(text: str) -> str:
    try:
        return Requirement(text).name
    except InvalidRequirement as error:
        raise UsageError(
            f"{text!r} is no project name", why=str(error).splitlines()[0], hint="write name @ URL"
        ) from error


def _from_requirement(requirement: Requirement) -> RequirementSource:
    notes = []
    if requirement.extras:
        extras = ", ".join(sorted(requirement.extras))
        notes.append(f"{requirement.name} is built without a thought of its extras ({extras}): a wheel has all of them")
    if requirement.marker:
        notes.append(f"{requirement.name} is built whatever its marker says ({requirement.marker})")
    plain = Requirement(f"{requirement.name}{requirement.specifier}")
    return RequirementSource(requirement=plain, notes=tuple(notes))


def _from_path(path: Path, text: str) -> Source:
    try:
        mode = path.stat().st_mode
        is_project = stat.S_ISDIR(mode) and any((path / name).is_file() for name in ("pyproject.toml", "setup.py"))
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:  # ValueError: it has a null character
        raise UsageError(
            f"{text} is not there",
            why=f"there is neither a file nor a folder {path.absolute()}",
            hint="look at the path; a requirement is written as name or name==version",
        ) from error
    except OSError as error:
        raise UsageError(
            f"{text} cannot be read", why=error.strerror or str(error), hint="look at the path and its permissions"
        ) from error
    if stat.S_ISDIR(mode):
        if not is_project:
            raise RefusedError(
                f"{text} is no Python project",
                why="it has neither pyproject.toml nor setup.py",
                hint="give the folder that has one",
            )
        return FolderSource(path=path.resolve())
    _refuse_wheel(path.name)
    if not stat.S_ISREG(mode):
        raise UsageError(f"{text} is neither a file nor a folder", hint="give an sdist or a project folder")
    return ArchiveSource(path=path.resolve(), hashes={})


def _from_url(url: str, name: str | None) -> Source:
    try:
        parts = urlsplit(url)
        _ = parts.port  # an address that is none raises here
    except ValueError as error:
        raise UsageError(f"{without_credentials(url)} is no URL", why=str(error), hint="look at the address") from error
    scheme = parts.scheme.lower()
    if scheme.startswith("git+"):
        return _from_git(url, name)
    fragment = dict(parse_qsl(parts.fragment))
    plain = urlunsplit(parts._replace(fragment=""))
    subdirectory = _subdirectory(fragment, url)
    filename = unquote(parts.path.rpartition("/")[2])
    if scheme == "file":
        found = _from_path(Path(unquote(parts.path)), without_credentials(url))
        if isinstance(found, ArchiveSource):
            return ArchiveSource(path=found.path, hashes=_hashes(fragment, url), subdirectory=subdirectory)
        return found
    if scheme not in {"http", "https"}:
        raise UsageError(
            f"{without_credentials(url)} cannot be fetched",
            why=f"crosswheel knows no {scheme}",
            hint="give a URL with http, https or file, or git+https://…@ref",
        )
    _refuse_wheel(filename)
    return UrlSource(url=plain, hashes=_hashes(fragment, url), subdirectory=subdirectory, name=name)


def _from_git(url: str, name: str | None) -> GitSource:
    parts = urlsplit(url)
    scheme = parts.scheme.lower().removeprefix("git+")
    shown = without_credentials(url)
    if scheme not in {"https", "http", "ssh", "git", "file"}:
        raise UsageError(
            f"{shown} cannot be fetched", why=f"git is not asked with {scheme}", hint="use git+https://…@ref"
        )
    path, at, ref = parts.path.rpartition("@")
    if not at:
        path, ref = parts.path, ""
    # What git could take for an option, and what cannot be a ref (git-check-ref-format).
    if ref.startswith("-") or re.search(r"[\x00-\x20~^:?*\[\\\x7f]|\.\.|@\{", ref) or (at and not ref):
        raise UsageError(f"{ref!r} is no branch, tag or commit", why=f"it stands in {shown}", hint="write git+URL@REF")
    if (parts.hostname or "").startswith("-") or (scheme != "file" and not parts.hostname):
        raise UsageError(f"{shown} names no host", hint="write git+https://HOST/PATH@REF")
    plain = urlunsplit((scheme, parts.netloc, path, "", ""))
    subdirectory = _subdirectory(dict(parse_qsl(parts.fragment)), url)
    return GitSource(url=plain, ref=ref or None, subdirectory=subdirectory, name=name)


def _subdirectory(fragment: Mapping[str, str], url: str) -> str:
    given = fragment.get("subdirectory", "")
    parts = [part for part in given.split("/") if part not in {"", "."}]
    if given.startswith("/") or ".." in parts or "\0" in given:
        raise UsageError(
            f"subdirectory={given} leads out of the source", why=f"it stands in {without_credentials(url)}"
        )
    return "/".join(parts)


def _hashes(fragment: Mapping[str, str], url: str) -> dict[str, str]:
    hashes = {name: fragment[name].lower() for name in _HASHES if name in fragment}
    for name, digest in hashes.items():
        if not re.fullmatch(rf"[0-9a-f]{{{_DIGITS[name]}}}", digest):
            raise UsageError(
                f"{name}={digest} is no {name}",
                why=f"{without_credentials(url)} has to end in {_DIGITS[name]} hexadecimal digits",
                hint="copy it again",
            )
    return hashes


def _refuse_wheel(filename: str) -> None:
    if filename.lower().endswith(".whl"):
        raise RefusedError(
            f"{filename} is a wheel already",
            why="there is nothing to build",
            hint="give its sdist, or the project's folder",
        )
