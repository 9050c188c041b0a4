"""What the hooks of a build backend answered, held against PEP 517, and what they made against what the project is."""

import tomllib
from collections.abc import Sequence
from email.parser import HeaderParser
from pathlib import Path

from crosswheel.errors import BadInputError
from crosswheel.wheel import WheelName
from crosswheel.wheel.name import same_project, same_version

_ENDINGS = {"wheel": ".whl", "sdist": ".tar.gz"}


def wrong_requirements(answer: Sequence[object]) -> str:
    """Return what is wrong with the answer of a `get_requires_for_build_…` hook; "" where nothing is.

    Arguments:
        answer: what it returned.
    """
    wrong = [entry for entry in answer if not isinstance(entry, str)]
    return f"it has to return a list of strings, and {wrong[0]!r} is none" if wrong else ""


def wrong_file(made: Path, out: Path, distribution: str) -> str:
    """Return what is wrong with the file that a `build_…` hook named; "" where nothing is.

    Arguments:
        made: the path that follows from the name.
        out: the folder that it was told to write to.
        distribution: "wheel" or "sdist".
    """
    shown = repr(str(made).removeprefix(f"{out}/"))
    if made.parent != out or "\0" in made.name:
        return f"it has to return the name of a file in the folder that it is given, and returned {shown}"
    if not made.is_file() or made.is_symlink():
        return f"it returned {shown}, and there is no file of that name in the folder that it was given"
    if not made.name.endswith(_ENDINGS[distribution]):
        return f"it returned {shown}, and the name of {_OF[distribution]} ends in {_ENDINGS[distribution]}"
    return ""


def wrong_wheel(wheel: str, source: Path) -> str:
    """Return what is wrong with the name of a wheel: it is none, or of another project than its source tree says.

    Arguments:
        wheel: its file name.
        source: folder, maybe with a static pyproject.toml (PEP 621), or with the PKG-INFO of an sdist.
    """
    try:
        name = WheelName.parse(wheel)
    except BadInputError as error:
        return f"it returned {wheel!r}, which is no file name of a wheel: {error.why}"
    project, version = _identity(source)
    if project and not same_project(project, name.distribution):
        return f"it gave a wheel of {name.distribution}, and the project is {project}"
    # A local part (+cpu) is for whoever builds to add.
    if version and not same_version(version.partition("+")[0], name.version.partition("+")[0]):
        return f"it gave a wheel of version {name.version}, and the project's is {version}"
    return ""


def _identity(source: Path) -> tuple[str, str]:
    """Name and version, as far as they are written down; of PKG-INFO the name: a person may have changed the rest."""
    try:
        project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8")).get("project", {})
    except (OSError, ValueError):  # the backend tells what is wrong with it
        project = {}
    name, version = (project.get("name"), project.get("version")) if isinstance(project, dict) else ("", "")
    if not isinstance(name, str) or not name:
        name = _packaged_name(source)
    return name, version if isinstance(version, str) else ""


def _packaged_name(source: Path) -> str:
    try:
        text = (source / "PKG-INFO").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return str(HeaderParser().parsestr(text, headersonly=True).get("Name", "")).strip()


_OF = {"wheel": "a wheel", "sdist": "an sdist"}
