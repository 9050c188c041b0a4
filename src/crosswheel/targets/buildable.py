"""Which targets this version of crosswheel can build for, and which would be the nearest."""

from crosswheel.errors import UsageError
from crosswheel.targets.architecture import Architecture, architecture_named
from crosswheel.targets.parse import default_manylinux
from crosswheel.targets.platforms import AnyPlatform, Macos, Manylinux, Musllinux, Platform
from crosswheel.targets.python import Python, own_abi
from crosswheel.targets.target import Target

_OLDEST, _NEWEST = (3, 6), (3, 15)
_FIRST_FREE_THREADED = (3, 13)
_ARCHITECTURES = ("x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64", "loongarch64")
_NEIGHBOURS = {"ppc64": "ppc64le", "armv6l": "armv7l"}
# What zig 0.17 knows (lib/libc/glibc/abilists); it brings one musl, 1.2.5, whatever the tag says.
_NEWEST_GLIBC = (2, 44)
_NEWEST_MUSL = (1, 2)


def buildable_architectures() -> tuple[Architecture, ...]:
    """Return the architectures that can be built for."""
    return tuple(architecture_named(name) for name in _ARCHITECTURES)


def buildable_pythons() -> tuple[Python, ...]:
    """Return the Pythons that can be built for, the oldest first, each free-threaded one behind its brother."""
    versions = [(3, minor) for minor in range(_OLDEST[1], _NEWEST[1] + 1)]
    return tuple(
        Python(implementation="cp", version=version, abi=own_abi("cp", version, free_threaded=free_threaded))
        for version in versions
        for free_threaded in (False, True)
        if not free_threaded or version >= _FIRST_FREE_THREADED
    )


def buildable_targets() -> tuple[Target, ...]:
    """Return the targets that a glob is held against: each Python on each architecture, with glibc and with musl.

    Each has the policy that its identifier has with cibuildwheel (`default_manylinux`, musllinux_1_2). In the order in
    which they are built: by C library, architecture, Python.
    """
    platforms: list[Platform] = []
    for one in buildable_architectures():
        major, minor = default_manylinux(one)
        platforms.append(Manylinux(major=major, minor=minor, architecture=one))
    platforms += [Musllinux(major=1, minor=2, architecture=one) for one in buildable_architectures()]
    return tuple(Target(python=python, platform=platform) for platform in platforms for python in buildable_pythons())


def newest_platform(platform: Manylinux | Musllinux) -> Manylinux | Musllinux:
    """Return the platform of the newest C library that can be built for.

    Arguments:
        platform: C library and architecture, of any version.
    """
    major, minor = _NEWEST_GLIBC if isinstance(platform, Manylinux) else _NEWEST_MUSL
    return type(platform)(major=major, minor=minor, architecture=platform.architecture)


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
    return Target(python=_nearest_python(target.python), platform=_nearest_platform(target.platform))


def _nearest_python(python: Python) -> Python:
    if not _why_not_python(python):
        return python
    version = (3, 11) if python.implementation == "py" else min(max(python.version, _OLDEST), _NEWEST)
    abi = python.abi if python.stable_abi else own_abi("cp", version, free_threaded=python.free_threaded)
    return Python(implementation="cp", version=version, abi=abi)


def _nearest_platform(platform: Platform) -> Platform:
    if not _why_not_platform(platform):
        return platform
    # What has no architecture of its own is most often meant for the machine that most people have.
    nowhere = isinstance(platform, AnyPlatform) or (isinstance(platform, Macos) and platform.machine == "universal2")
    name = "x86_64" if nowhere else platform.architecture.name
    architecture = architecture_named(_NEIGHBOURS.get(name, name))
    if isinstance(platform, Musllinux):
        version = max(min((platform.major, platform.minor), _NEWEST_MUSL), architecture.oldest_musl)
        return Musllinux(major=version[0], minor=version[1], architecture=architecture)
    glibc = platform.glibc if isinstance(platform, Manylinux) else default_manylinux(architecture)
    major, minor = max(min(glibc, _NEWEST_GLIBC), architecture.oldest_glibc)
    return Manylinux(major=major, minor=minor, architecture=architecture)


def _why_not_python(python: Python) -> str | None:
    oldest, newest = (".".join(map(str, version)) for version in (_OLDEST, _NEWEST))
    if python.implementation == "py":
        return f"{python.tag} names no interpreter; a pure-Python project gives a {python.tag} wheel by itself"
    if python.implementation != "cp" or not _OLDEST <= python.version <= _NEWEST:
        return f"its Python is {python.describe()}, and CPython {oldest} to {newest} can be built for"
    return (
        f"name {python.tag} alone: whether a wheel has an ABI comes out of the build" if python.abi == "none" else None
    )


def _why_not_platform(platform: Platform) -> str | None:
    if isinstance(platform, AnyPlatform):
        return "it names no platform; a pure-Python project gives an 'any' wheel by itself"
    if not isinstance(platform, Manylinux | Musllinux):
        return f"its platform is {platform}, and only Linux (manylinux, musllinux) can be built for"
    if platform.architecture.name not in _ARCHITECTURES:
        known = ", ".join(_ARCHITECTURES)
        return f"its architecture is {platform.architecture}, and {known} can be built for"
    newest = newest_platform(platform)
    if (platform.major, platform.minor) > (newest.major, newest.minor):
        library = "glibc" if isinstance(platform, Manylinux) else "musl"
        return f"the compilers know {library} up to {newest.major}.{newest.minor}"
    return None
