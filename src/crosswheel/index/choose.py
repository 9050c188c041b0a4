"""Which sdist of a project answers a requirement, and why none does: no network, only values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from crosswheel.errors import RefusedError
from crosswheel.index.file import IndexFile

_SHOWN = 5  # versions named in a message
# Read everywhere; the rest is left to the day when somebody needs it (PEP 527 knows these two only).
_ARCHIVES = (".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The sdist that answers a requirement.

    Arguments:
        file: the sdist.
        passed_over: newer versions that the requirement allows and that cannot be built, each with the reason.
    """

    file: IndexFile
    passed_over: tuple[str, ...]


def is_pinned(requirement: Requirement) -> bool:
    """Tell whether a requirement names one version (PEP 440: `==` without a wildcard, or `===`)."""
    return any(part.operator in {"==", "==="} and not part.version.endswith(".*") for part in requirement.specifier)


def choose_sdist(requirement: Requirement, files: Sequence[IndexFile], python_version: str) -> Choice:
    """Return the sdist of the newest version that the requirement allows.

    Pre-releases are taken as PEP 440 says: when asked for, or when there is nothing else. A version that was yanked is
    taken only when it is asked for with `==` or `===` (PEP 592). What the project requires of Python must allow the
    target's.

    Arguments:
        requirement: name and specifier; extras and marker are not looked at.
        files: all files of the project.
        python_version: the target's full version, such as "3.11.2".

    Raises:
        RefusedError: there is none; the message tells what there is instead.
    """
    versions: dict[Version, list[IndexFile]] = {}
    for file in files:
        version = file.parsed_version
        if version is not None:
            versions.setdefault(version, []).append(file)
    if not versions:
        raise RefusedError(
            f"{requirement.name} has no files",
            why="the index knows the project, and names no release of it",
            hint="give its source as a folder, an sdist file, or git+https://…",
        )
    allowed = sorted(requirement.specifier.filter(versions), reverse=True)
    pinned = is_pinned(requirement)
    unyanked = [version for version in allowed if pinned or not all(file.yanked for file in versions[version])]
    passed_over: list[str] = []
    refused_by_python: list[IndexFile] = []
    for version in unyanked:
        sdists = [file for file in versions[version] if _is_sdist(file) and (pinned or not file.yanked)]
        fitting = [file for file in sdists if _allows(file, python_version)]
        if fitting:
            return Choice(file=min(fitting, key=_preference), passed_over=tuple(passed_over))
        passed_over.append(
            f"{version} requires Python {sdists[0].requires_python}" if sdists else f"{version} has no sdist"
        )
        refused_by_python += sdists
    raise _nothing(requirement, versions, allowed, unyanked, refused_by_python, python_version)


def _is_sdist(file: IndexFile) -> bool:
    return file.kind == "sdist" and file.filename.lower().endswith(_ARCHIVES)


def _has_sdist(versions: dict[Version, list[IndexFile]], among: Iterable[Version]) -> bool:
    return any(_is_sdist(file) for version in among for file in versions[version])


def _allows(file: IndexFile, python_version: str) -> bool:
    try:
        return SpecifierSet(file.requires_python or "").contains(python_version, prereleases=True)
    except InvalidSpecifier:  # pip takes such a file as well: it says nothing that can be understood
        return True


def _preference(file: IndexFile) -> tuple[bool, int, str]:
    kinds = [index for index, ending in enumerate(_ARCHIVES) if file.filename.lower().endswith(ending)]
    return (not file.hashes, min(kinds), file.filename)


def _nothing(  # noqa: PLR0917 all that was looked at, for the message
    requirement: Requirement,
    versions: dict[Version, list[IndexFile]],
    allowed: list[Version],
    unyanked: list[Version],
    refused_by_python: list[IndexFile],
    python_version: str,
) -> RefusedError:
    name = requirement.name
    if not allowed:
        return RefusedError(
            f"{name} has no version {requirement.specifier}",
            why=f"there are {_listed(_nearest(requirement, versions))}",
            hint=f"ask for one of them: {name}=={_nearest(requirement, versions)[0]}",
        )
    if not unyanked:
        reason = next((file.yanked_reason for file in versions[allowed[0]] if file.yanked_reason), "no reason is given")
        return RefusedError(
            f"{requirement} names only versions that were taken back by their makers",
            why=f"{allowed[0]}: {reason}",
            hint=f"if you want it nevertheless, name it: {name}=={allowed[0]}",
        )
    if refused_by_python:
        wanted = ", ".join(dict.fromkeys(file.requires_python or "" for file in refused_by_python[:3]))
        return RefusedError(
            f"no version of {requirement} is for Python {python_version}",
            why=f"{refused_by_python[0].version} requires Python {wanted}",
            hint="give a target with another Python, or ask for an older version",
        )
    return _no_sdist(requirement, versions, unyanked)


def _no_sdist(
    requirement: Requirement, versions: dict[Version, list[IndexFile]], unyanked: list[Version]
) -> RefusedError:
    with_sdist = [version for version in versions if _has_sdist(versions, [version])]
    wheels = [file.filename for file in versions[unyanked[0]] if file.kind == "wheel"]
    why = (
        f"the index has {len(wheels)} wheels of {unyanked[0]}, such as {wheels[0]}" if wheels else "there is no source"
    )
    if with_sdist:
        near = _nearest(requirement, with_sdist)
        hint = f"there is one of {_listed(near)}; or give a folder, an sdist file, or git+https://…"
    else:
        hint = "no version has one: give its source as a folder, an sdist file, or git+https://…"
    ready = [name for name in wheels if name.endswith("-none-any.whl")]
    if ready:
        hint = f"{ready[0]} runs everywhere as it is: nothing has to be built. Else {hint}"
    return RefusedError(f"{requirement.name} {unyanked[0]} has no sdist", why=why, hint=hint)


def _nearest(requirement: Requirement, versions: Iterable[Version]) -> list[Version]:
    """Return the versions nearest to those that the requirement names, the newest when it names none; newest first."""
    ordered = sorted(versions, reverse=True)
    named = sorted(Version(part.version.removesuffix(".*")) for part in requirement.specifier if part.operator != "===")
    if not named:
        return ordered[:_SHOWN]
    place = next((index for index, version in enumerate(ordered) if version < named[-1]), len(ordered))
    start = max(0, min(place - _SHOWN // 2, len(ordered) - _SHOWN))
    return ordered[start : start + _SHOWN]


def _listed(versions: Sequence[Version]) -> str:
    return ", ".join(str(version) for version in versions)
