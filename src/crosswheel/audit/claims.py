"""What a wheel says that it serves, by the tags of its file name; or what it is asked to serve."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from crosswheel.errors import UsageError
from crosswheel.targets import Architecture, Macos, Manylinux, Musllinux, Platform, Python, Target, architectures
from crosswheel.targets.architecture import armv6l
from crosswheel.targets.parse import parse_platform
from crosswheel.wheel import WheelName

_LINUX = "linux_"
_ARMV6 = "_armv6l"
_VERSIONED = re.compile(r"(?P<family>many|musl)linux_(?P<major>\d)_(?P<minor>\d{1,3})_(?P<architecture>\w+)", re.ASCII)
# Older tags are on no installer's list (packaging.tags): glibc's of x86, of all others, and musl's.
_OLDEST_GLIBC_OF_X86, _OLDEST_GLIBC, _OLDEST_MUSL = (2, 5), (2, 17), (1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a wheel says, or is asked, to serve.

    Arguments:
        pythons: every Python that it has to work with.
        named_pythons: those that its file name says; the same where nobody asks for a target.
        platforms: the strictest of each family and architecture that it has to work on.
        bare: architectures of tags such as linux_x86_64, which promise nothing of the C library.
        unknown: tags of the name, or PYTHON-ABI pairs, that no installer knows.
        target: that it has to satisfy; None where the file name alone speaks.
    """

    pythons: tuple[Python, ...]
    named_pythons: tuple[Python, ...]
    platforms: tuple[Platform, ...]
    bare: tuple[Architecture, ...] = ()
    unknown: tuple[str, ...] = ()
    target: Target | None = None

    @classmethod
    def of_wheel(cls, name: WheelName, python: Python | None = None) -> Self:
        """Return what a file name claims.

        Arguments:
            name: of the wheel.
            python: that is to be assumed where the tags name no interpreter (py3-none-PLATFORM); None for none.
        """
        platforms, bare, unknown_platforms = _platforms(name.platform_tags)
        pythons, unknown_pythons = _pythons(name)
        served = tuple(dict.fromkeys(python if python and one.implementation == "py" else one for one in pythons))
        return cls(
            pythons=served,
            named_pythons=pythons,
            platforms=platforms,
            bare=bare,
            unknown=(*unknown_pythons, *unknown_platforms),
        )

    @classmethod
    def of_target(cls, target: Target, name: WheelName) -> Self:
        """Return what a wheel has to serve that is asked to be for a target.

        Arguments:
            target: that it has to satisfy.
            name: of the wheel.
        """
        pythons, _ = _pythons(name)
        return cls(pythons=(target.python,), named_pythons=pythons, platforms=(target.platform,), target=target)

    @property
    def linux(self) -> tuple[Manylinux | Musllinux, ...]:
        """The platforms that have a policy."""
        return tuple(platform for platform in self.platforms if isinstance(platform, Manylinux | Musllinux))

    @property
    def linux_architectures(self) -> tuple[Architecture, ...]:
        """The architectures of the Linux tags, those without a policy too."""
        return tuple(dict.fromkeys((*(platform.architecture for platform in self.linux), *self.bare)))


def _platforms(tags: Iterable[str]) -> tuple[tuple[Platform, ...], tuple[Architecture, ...], tuple[str, ...]]:
    found: dict[tuple[type, str], Platform] = {}
    bare: list[Architecture] = []
    unknown: list[str] = []
    by_name = {architecture.name: architecture for architecture in (*architectures(), armv6l())}
    for tag in map(str.lower, tags):
        if tag.startswith(_LINUX) and tag.removeprefix(_LINUX) in by_name:
            bare.append(by_name[tag.removeprefix(_LINUX)])
            continue
        platform = _platform(tag)
        if platform is None:
            unknown.append(tag)
            continue
        key = (type(platform), _machine(platform))
        found[key] = _stricter(found.get(key, platform), platform)
    return tuple(found.values()), tuple(bare), tuple(unknown)


def _platform(tag: str) -> Platform | None:
    if tag.endswith(_ARMV6):
        twin = _platform(tag.removesuffix(_ARMV6) + "_armv7l")
        return replace(twin, architecture=armv6l()) if isinstance(twin, Musllinux) else None
    try:
        platform = parse_platform(tag, (3, 0))
    except UsageError:
        return _before_the_first(tag)
    # A person may leave the version out, a tag may not.
    return platform if platform is not None and tag in platform.wheel_tag().split(".") else None


def _before_the_first(tag: str) -> Platform | None:
    """Return the oldest platform of an architecture for an older tag that installers accept there all the same.

    They count down to manylinux_2_17 and musllinux_1_0 on every architecture, whenever its first C library came.
    """
    match = _VERSIONED.fullmatch(tag)
    architecture = next((one for one in architectures() if match and one.name == match["architecture"]), None)
    if match is None or architecture is None:
        return None
    version = (int(match["major"]), int(match["minor"]))
    if match["family"] == "musl":
        major, minor = architecture.oldest_musl
        family: type[Manylinux | Musllinux] = Musllinux
        first = _OLDEST_MUSL
    else:
        major, minor = architecture.oldest_glibc
        family = Manylinux
        first = _OLDEST_GLIBC_OF_X86 if architecture.name in ("x86_64", "i686") else _OLDEST_GLIBC
    if not first <= version <= (major, minor):
        return None
    return family(major=major, minor=minor, architecture=architecture)


def _machine(platform: Platform) -> str:
    if isinstance(platform, Manylinux | Musllinux):
        return platform.architecture.name
    return platform.machine if isinstance(platform, Macos) else str(platform)


def _stricter(one: Platform, other: Platform) -> Platform:
    if isinstance(one, Manylinux | Musllinux | Macos) and isinstance(other, Manylinux | Musllinux | Macos):
        return min(one, other, key=lambda platform: (platform.major, platform.minor))
    return one


def _pythons(name: WheelName) -> tuple[tuple[Python, ...], tuple[str, ...]]:
    """Return the Pythons that the pairs of tags mean, and the tags that are part of no pair that means one."""
    found: dict[Python, None] = {}
    understood: set[str] = set()
    python_tags, abi_tags = ([*map(str.lower, tags)] for tags in (name.python_tags, name.abi_tags))
    for tag in python_tags:
        for abi in abi_tags:
            try:
                python = Python.parse(tag, abi=abi)
            except UsageError:  # one of the pairs that compressed tags multiply to, such as cp38-cp39
                continue
            if python is not None:
                found[python] = None
                understood |= {tag, abi}
    unknown = tuple(tag for tag in (*python_tags, *abi_tags) if tag not in understood)
    return tuple(found), unknown
