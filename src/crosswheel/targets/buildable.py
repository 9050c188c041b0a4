"""Which targets this version of crosswheel can build for, and which would be the nearest."""

from crosswheel.errors import UsageError
from crosswheel.targets.architecture import architecture_named
from crosswheel.targets.parse import default_manylinux
from crosswheel.targets.platforms import AnyPlatform, Manylinux, Platform
from crosswheel.targets.python import Python
from crosswheel.targets.target import Target

_OLDEST, _NEWEST = (3, 9), (3, 15)
_ARCHITECTURES = ("x86_64", "aarch64")


def check_buildable(target: Target) -> None:
    """Check that this version can build for a target.

    Arguments:
        target: any.

    Raises:
        UsageError: it cannot; the message says why and names the nearest target that it can build for.
    """
    why = why_not_buildable(target)
    if why:
        raise UsageError(
            f"{target} is a valid target, but this version cannot build for it",
            why=why,
            hint=f"the nearest that it can build for is {nearest_buildable(target)}",
        )


def why_not_buildable(target: Target) -> str | None:
    """Return why this version cannot build for a target, or None when it can.

    Arguments:
        target: any.
    """
    reasons = [reason for reason in (_why_not_python(target.python), _why_not_platform(target.platform)) if reason]
    return "; ".join(reasons) or None


def nearest_buildable(target: Target) -> Target:
    """Return the target most like another for which this version can build.

    Arguments:
        target: any.
    """
    version = min(max(target.python.version, _OLDEST), _NEWEST)
    if target.python.implementation == "py":
        version = (3, 11)
    python = Python(implementation="cp", version=version, abi=f"cp{version[0]}{version[1]}")
    if not _why_not_platform(target.platform):
        return Target(python=python, platform=target.platform)
    # What has no architecture of its own, or another, is most often meant for the machine that most people have.
    name = "x86_64" if isinstance(target.platform, AnyPlatform) else str(target.platform)
    arm = name.endswith(("aarch64", "arm64"))
    architecture = architecture_named("aarch64" if arm else "x86_64")
    major, minor = target.glibc or default_manylinux(architecture)
    return Target(python=python, platform=Manylinux(major=major, minor=minor, architecture=architecture))


def _why_not_python(python: Python) -> str | None:
    oldest, newest = (".".join(map(str, version)) for version in (_OLDEST, _NEWEST))
    if python.implementation == "py":
        return f"{python.tag} names no interpreter; a pure-Python project gives a {python.tag} wheel by itself"
    if python.implementation != "cp" or not _OLDEST <= python.version <= _NEWEST:
        return f"its Python is {python.describe()}, and CPython {oldest} to {newest} can be built for"
    if python.free_threaded:
        return "free-threaded Pythons cannot be had yet"
    if python.stable_abi:
        return f"whether a wheel is for the stable ABI is the project's own choice: name {python.tag} alone"
    return (
        f"name {python.tag} alone: whether a wheel has an ABI comes out of the build" if python.abi == "none" else None
    )


def _why_not_platform(platform: Platform) -> str | None:
    if isinstance(platform, AnyPlatform):
        return "it names no platform; a pure-Python project gives an 'any' wheel by itself"
    if not isinstance(platform, Manylinux):
        return f"its platform is {platform}, and only Linux with glibc (manylinux) can be built for"
    if platform.architecture.name not in _ARCHITECTURES:
        return f"its architecture is {platform.architecture}, and {' and '.join(_ARCHITECTURES)} can be built for"
    return None
