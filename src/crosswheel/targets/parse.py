"""Reads what a person wrote for a target, and says what they may have meant."""

import re

from crosswheel.errors import UsageError
from crosswheel.targets.architecture import Architecture, architectures, armv6l, names_elsewhere
from crosswheel.targets.platforms import (
    AnyPlatform,
    Macos,
    Manylinux,
    Musllinux,
    Platform,
    Windows,
    legacy_names,
)
from crosswheel.targets.python import Python

_NUMBER = "(?:0|[1-9][0-9]{0,3})"
_LINUX = re.compile(
    rf"(?P<family>manylinux|musllinux)(?:_(?P<major>{_NUMBER})_(?P<minor>{_NUMBER})|(?P<legacy>1|2010|2014))?"
    r"_(?P<architecture>[a-z][a-z0-9_]*)",
    re.ASCII,
)
_MACOS = re.compile(rf"macosx(?:_(?P<major>{_NUMBER})_(?P<minor>{_NUMBER}))?_(?P<machine>[a-z][a-z0-9_]*)", re.ASCII)
_ABI = re.compile(r"cp[0-9]+[a-z]*|abi3t?|pypy[0-9]*_[a-z0-9]+|none", re.ASCII)
_FORM = "the form is PYTHON-PLATFORM or PYTHON-ABI-PLATFORM, such as cp311-manylinux2014_aarch64"
_PARTS_WITH_ABI = 3


def parse_parts(text: str) -> tuple[Python, Platform]:
    """Return the Python and the platform of a target.

    Without a version the platform is the one that cibuildwheel builds for by default: see `default_manylinux` and
    `default_macos`; musllinux is 1.2.

    Arguments:
        text: PYTHON-PLATFORM or PYTHON-ABI-PLATFORM.

    Raises:
        UsageError: it has no such form, or there is no such Python or platform.
    """
    from crosswheel.targets.suggest import closest_target

    parts = text.strip().lower().split("-")
    abi = parts[1] if len(parts) == _PARTS_WITH_ABI else None
    linux = parts[-1].startswith(("manylinux", "musllinux"))
    python = platform = None
    if len(parts) in {_PARTS_WITH_ABI - 1, _PARTS_WITH_ABI} and (abi is None or _ABI.fullmatch(abi)):
        python = Python.parse(parts[0], abi=abi, platform_is_linux=linux)
        platform = parse_platform(parts[-1], python.version) if python else None
    if python is None or platform is None:
        meant, why = closest_target(text), _why_no_target(text.strip())
        form = "" if why == _FORM else f"{_FORM}; "
        hint = f"did you mean {meant}?" if meant else f"{form}`crosswheel targets` lists what can be built"
        raise UsageError(f"{text.strip()!r} is no target", why=why, hint=hint)
    return python, platform


def parse_platform(text: str, python: tuple[int, int]) -> Platform | None:
    """Return the platform of a tag, or None when the text is none.

    Arguments:
        text: such as "manylinux2014_aarch64", "macosx_arm64", "win32", "any".
        python: X and Y of X.Y, on which macOS's default depends.

    Raises:
        UsageError: it has the form of one, and is impossible.
    """
    if text == "any":
        return AnyPlatform()
    if text in Windows.names:
        return Windows(tag=text)
    match = _MACOS.fullmatch(text)
    if match and match["machine"] in Macos.machines:
        major, minor = _version(match) or default_macos(match["machine"], python)
        return Macos(major=major, minor=minor, machine=match["machine"])
    return _parse_linux(text)


def _parse_linux(text: str) -> Platform | None:
    match = _LINUX.fullmatch(text)
    known = (*architectures(), armv6l())
    architecture = next((one for one in known if match and one.name == match["architecture"]), None)
    if match is None or architecture is None:
        return None
    if match["family"] == "manylinux" and architecture == armv6l():
        raise UsageError(
            f"{text} is impossible",
            why="no standard has manylinux tags for armv6l",
            hint="the nearest possible are musllinux_1_2_armv6l and, for ARMv7, manylinux_2_17_armv7l",
        )
    if match["family"] == "musllinux":
        # 1.2 is cibuildwheel's default; Alpine 3.12, the last with musl 1.1, ended in 2022.
        major, minor = _version(match) or (1, 2)
        return None if match["legacy"] else Musllinux(major=major, minor=minor, architecture=architecture)
    by_legacy = {name: glibc for glibc, name in legacy_names().items()}
    major, minor = by_legacy.get(f"manylinux{match['legacy']}") or _version(match) or default_manylinux(architecture)
    return Manylinux(major=major, minor=minor, architecture=architecture)


def _version(match: re.Match[str]) -> tuple[int, int] | None:
    return (int(match["major"]), int(match["minor"])) if match["major"] else None


def default_manylinux(architecture: Architecture) -> tuple[int, int]:
    """Return the glibc that cibuildwheel 3's default image means for "manylinux" without a version.

    2.28 (AlmaLinux 8) where that exists, 2.31 for armv7l, 2.39 for riscv64; it has none for the others, which begin at
    2.28 or their own oldest.

    Arguments:
        architecture: of the machine.
    """
    images = {"armv7l": (2, 31), "riscv64": (2, 39)}
    return images.get(architecture.name, max((2, 28), architecture.oldest_glibc))


def default_macos(machine: str, python: tuple[int, int]) -> tuple[int, int]:
    """Return the macOS that cibuildwheel 3 builds for without a version: what python.org's own Python asks for.

    Arguments:
        machine: "arm64", "x86_64" or "universal2".
        python: X and Y of X.Y.
    """
    if machine == "arm64":
        return (11, 0)
    if python >= (3, 14):
        return (10, 15)
    return (10, 13) if python >= (3, 12) else (10, 9)


def _why_no_target(text: str) -> str:
    python, _, rest = text.lower().partition("-")
    for signs, why in (
        ("{}", "a brace in it has no partner, or holds neither a comma nor a range"),
        ("*?[", "it has wildcards, and one target is asked for"),
    ):
        if set(signs).intersection(text):
            return why
    if not rest:
        return "it has but one part"
    if re.fullmatch(r"(cp|pp)?[23]\.[0-9]+t?", python, re.ASCII):
        return f"a Python is written without a dot, such as {re.sub(r'^(?![cp]p)', 'cp', python).replace('.', '')}"
    platform = rest.rpartition("-")[2]
    if platform.startswith("linux_"):
        return f"{platform} says nothing of the C library, so such a wheel is good for its own machine only"
    match = _LINUX.fullmatch(platform)
    if match and match["architecture"] not in {one.name for one in architectures()}:
        other = names_elsewhere().get(match["architecture"])
        known = ", ".join(one.name for one in architectures())
        return (
            f"{match['architecture']} is called {other} in wheels" if other else f"its architecture is none of {known}"
        )
    return _FORM
