"""The file name of a wheel (PEP 427, the binary distribution format)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from crosswheel.errors import BadInputError

# As nearly all are: whoever has only such names does not wait until packaging is loaded, which takes longer than a look
# at a small wheel. What it accepts is less than packaging does.
_PLAIN_NAME = re.compile(
    r"[A-Za-z0-9]+(?:[._][A-Za-z0-9]+)*-\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?(?:\.post\d+)?(?:\.dev\d+)?"
    r"(?:-[a-z0-9_]+(?:\.[a-z0-9_]+)*){3}\.whl",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelName:
    """A wheel's file name, part by part, each as it is spelled there.

    Arguments:
        distribution: escaped name of the project, such as "ruamel_yaml".
        version: escaped version, such as "1.0+local".
        build: build tag, such as "2"; "" for none.
        python_tags: such as ("py2", "py3").
        abi_tags: such as ("none",).
        platform_tags: such as ("manylinux_2_17_aarch64", "manylinux2014_aarch64").

    Raises:
        BadInputError: the parts do not make a wheel's file name.
    """

    distribution: str
    version: str
    build: str = ""
    python_tags: tuple[str, ...]
    abi_tags: tuple[str, ...]
    platform_tags: tuple[str, ...]

    def __post_init__(self) -> None:
        if _PLAIN_NAME.fullmatch(str(self)):
            return
        from packaging.utils import InvalidWheelFilename, parse_wheel_filename

        try:
            parse_wheel_filename(str(self))
        except InvalidWheelFilename as error:
            raise _no_name(str(self), str(error)) from error
        if not all((*self.python_tags, *self.abi_tags, *self.platform_tags)):
            raise _no_name(str(self), "a tag in it is empty")

    @classmethod
    def parse(cls, name: str) -> Self:
        """Return the parts of a file name.

        Arguments:
            name: without folders, such as "kiwisolver-1.4.7-cp311-cp311-linux_aarch64.whl".

        Raises:
            BadInputError: it is no wheel's file name.
        """
        parts = name.removesuffix(".whl").split("-")
        if not name.endswith(".whl") or len(parts) not in (5, 6):
            raise _no_name(name, "it is not NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl")
        return cls(
            distribution=parts[0],
            version=parts[1],
            build=parts[2] if len(parts) == 6 else "",  # noqa: PLR2004 with the build tag
            python_tags=tuple(parts[-3].split(".")),
            abi_tags=tuple(parts[-2].split(".")),
            platform_tags=tuple(parts[-1].split(".")),
        )

    def __str__(self) -> str:
        return "-".join(
            part
            for part in (
                self.distribution,
                self.version,
                self.build,
                ".".join(self.python_tags),
                ".".join(self.abi_tags),
                ".".join(self.platform_tags) + ".whl",
            )
            if part
        )

    @property
    def tags(self) -> tuple[str, ...]:
        """The PEP 425 triples that the compressed tags stand for ("cp311-abi3-any"), in the order of the name."""
        return tuple(
            f"{python}-{abi}-{platform}".lower()
            for python in self.python_tags
            for abi in self.abi_tags
            for platform in self.platform_tags
        )

    @property
    def is_any(self) -> bool:
        """Whether it claims to work on every platform."""
        return self.platform_tags == ("any",)

    def with_platforms(self, platform_tags: Sequence[str]) -> Self:
        """Return the same name with other platform tags."""
        return replace(self, platform_tags=tuple(platform_tags))


def same_project(one: str, other: str) -> bool:
    """Return whether two names, each as it is spelled somewhere, mean one project (PEP 503).

    Arguments:
        one: a name, escaped for a file name or not.
        other: another.
    """
    if one.replace("-", "_") == other.replace("-", "_"):
        return bool(one)
    from packaging.utils import canonicalize_name

    return canonicalize_name(one) == canonicalize_name(other)


def same_version(one: str, other: str) -> bool:
    """Return whether two texts are one version (PEP 440); what is no version is none.

    Arguments:
        one: of a version.
        other: another.
    """
    if one == other and one.replace(".", "").isdecimal() and one.isascii() and all(one.split(".")):
        return True
    from packaging.version import InvalidVersion, Version

    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return False


def _no_name(name: str, why: str) -> BadInputError:
    return BadInputError(
        f"{name!r} is no file name of a wheel", why=why, hint="a wheel keeps the file name that it was published with"
    )
