"""Platforms that wheels are for: manylinux, musllinux, macOS, Windows and any, as the tags of their standards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from crosswheel.errors import UsageError
from crosswheel.targets.architecture import Architecture, architecture_named

# glibc numbers its releases 2.Y, two a year; the bound keeps lists of accepted tags finite.
_LAST_MINOR = 99
# packaging and pip look for manylinux tags no older than these, whatever the architecture's own first glibc was.
_OLDEST_TAG_X86 = (2, 5)
_OLDEST_TAG = (2, 17)
_MARKERS_LINUX = {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux"}
_MARKERS_MACOS = {"os_name": "posix", "sys_platform": "darwin", "platform_system": "Darwin"}
_MARKERS_WINDOWS = {"os_name": "nt", "sys_platform": "win32", "platform_system": "Windows"}


def legacy_names() -> Mapping[tuple[int, int], str]:
    """Return the names that three policies had before PEP 600 (PEP 513, 571, 599), by glibc version."""
    return {(2, 5): "manylinux1", (2, 12): "manylinux2010", (2, 17): "manylinux2014"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manylinux:
    """Linux with glibc (PEP 600).

    Arguments:
        major: of the oldest glibc, always 2 so far.
        minor: of the oldest glibc.
        architecture: of the machine.

    Raises:
        UsageError: no glibc of that version was ever made for that architecture.
    """

    major: int
    minor: int
    architecture: Architecture

    def __post_init__(self) -> None:
        oldest = self.architecture.oldest_glibc
        if self.glibc < oldest:
            nearest, legacy = self._tag(oldest, self.architecture), legacy_names().get(oldest)
            raise UsageError(
                f"{self} is impossible",
                why=f"manylinux begins at glibc {oldest[0]}.{oldest[1]} on {self.architecture}",
                hint=f"the nearest possible is {nearest}{f' ({legacy})' if legacy else ''}",
            )
        if self.major != oldest[0] or self.minor > _LAST_MINOR:
            raise UsageError(
                f"{self} is impossible",
                why=f"there is no glibc {self.major}.{self.minor}",
                hint=f"name the oldest glibc that must do, such as manylinux_2_28_{self.architecture}",
            )

    @property
    def glibc(self) -> tuple[int, int]:
        """Version of the oldest glibc."""
        return (self.major, self.minor)

    def accepted_tags(self) -> tuple[str, ...]:
        """Return the platform tags that pip accepts on such a machine, best first (order of packaging 26.3)."""
        return (f"linux_{self.architecture}", *self._manylinux_tags())

    def _manylinux_tags(self) -> Iterator[str]:
        oldest = _OLDEST_TAG_X86 if self.architecture.oldest_glibc == _OLDEST_TAG_X86 else _OLDEST_TAG
        for minor in range(self.minor, oldest[1] - 1, -1):
            yield self._tag((self.major, minor), self.architecture)
            legacy = legacy_names().get((self.major, minor))
            if legacy:
                yield f"{legacy}_{self.architecture}"

    def wheel_tag(self) -> str:
        """Return what is written into a wheel's name: the PEP 600 tag, and its older name for older installers."""
        legacy = legacy_names().get(self.glibc)
        return f"{self}.{legacy}_{self.architecture}" if legacy else str(self)

    def triplet(self, python: tuple[int, int]) -> str:
        """Return the multiarch triplet in the SOABI of a CPython or PyPy.

        Arguments:
            python: X and Y of X.Y.
        """
        del python
        return self.architecture.triplet

    @property
    def zig_triple(self) -> str:
        """Target of zig's compilers, with the glibc pinned.

        zig refuses ppc64le below 2.19; C code that it builds there asks for GLIBC_2.17 only.
        """
        floor = (2, 19) if self.architecture.zig == "powerpc64le" else (2, 0)
        major, minor = max(self.glibc, floor)
        return f"{self.architecture.zig}-linux-gnu{self.architecture.abi_suffix}.{major}.{minor}"

    def markers(self) -> dict[str, str]:
        """Return the PEP 508 variables that the platform decides."""
        return {**_MARKERS_LINUX, "platform_machine": self.architecture.name}

    def __str__(self) -> str:
        return self._tag(self.glibc, self.architecture)

    @staticmethod
    def _tag(glibc: tuple[int, int], architecture: Architecture) -> str:
        return f"manylinux_{glibc[0]}_{glibc[1]}_{architecture}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Musllinux:
    """Linux with musl (PEP 656).

    Arguments:
        major: of the oldest musl, always 1 so far.
        minor: of the oldest musl.
        architecture: of the machine.

    Raises:
        UsageError: there is no such musl.
    """

    major: int
    minor: int
    architecture: Architecture

    def __post_init__(self) -> None:
        oldest = self.architecture.oldest_musl
        if (self.major, self.minor) < oldest:
            raise UsageError(
                f"{self} is impossible",
                why=f"musllinux begins at musl {oldest[0]}.{oldest[1]} on {self.architecture}",
                hint=f"the nearest possible is musllinux_{oldest[0]}_{oldest[1]}_{self.architecture}",
            )
        if self.major != 1 or self.minor > _LAST_MINOR:
            raise UsageError(
                f"{self} is impossible",
                why=f"there is no musl {self.major}.{self.minor}",
                hint=f"most wheels are for musllinux_1_2_{self.architecture}",
            )

    def accepted_tags(self) -> tuple[str, ...]:
        """Return the platform tags that pip accepts on such a machine, best first (order of packaging 26.3)."""
        versions = [f"musllinux_{self.major}_{minor}_{self.architecture}" for minor in range(self.minor, -1, -1)]
        return (f"linux_{self.architecture}", *versions)

    def wheel_tag(self) -> str:
        """Return what is written into a wheel's name."""
        return str(self)

    def triplet(self, python: tuple[int, int]) -> str:
        """Return the multiarch triplet in the SOABI; CPython tells musl from glibc since 3.11 (bpo-43112).

        Arguments:
            python: X and Y of X.Y.
        """
        return self.architecture.musl_triplet if python >= (3, 11) else self.architecture.triplet

    @property
    def zig_triple(self) -> str:
        """Target of zig's compilers; zig has one musl, whose version it chooses."""
        return f"{self.architecture.zig}-linux-musl{self.architecture.abi_suffix}"

    def markers(self) -> dict[str, str]:
        """Return the PEP 508 variables that the platform decides."""
        return {**_MARKERS_LINUX, "platform_machine": self.architecture.name}

    def __str__(self) -> str:
        return f"musllinux_{self.major}_{self.minor}_{self.architecture}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Macos:
    """macOS.

    Arguments:
        major: of the oldest macOS.
        minor: of the oldest macOS; 0 from macOS 11 on, where wheels name whole releases.
        machine: "arm64", "x86_64", or "universal2" for code of both.

    Raises:
        UsageError: there is no such macOS.
    """

    major: int
    minor: int
    machine: str
    machines: ClassVar[tuple[str, ...]] = ("arm64", "x86_64", "universal2")

    def __post_init__(self) -> None:
        problem = ""
        nearest = f"macosx_11_0_{self.machine if self.machine in self.machines else 'arm64'}"
        if self.machine not in self.machines:
            problem = f"wheels for macOS are of {', '.join(self.machines)}"
        elif self.machine == "arm64" and self.major == 10:  # noqa: PLR2004 Mac OS X
            problem = "macOS runs on arm64 since 11.0"
        elif self.major == 10 and not 4 <= self.minor <= 16:  # noqa: PLR2004 Mac OS X 10.4 to 10.16
            problem, nearest = f"there is no macOS 10.{self.minor} that has wheels", f"macosx_10_9_{self.machine}"
        elif not 10 <= self.major <= _LAST_MINOR:  # noqa: PLR2004 Mac OS X
            problem = f"there is no macOS {self.major}"
        elif self.major > 10 and self.minor:  # noqa: PLR2004 Mac OS X
            problem = "since macOS 11 a wheel's tag names the release alone, and its second number is 0"
            nearest = f"macosx_{self.major}_0_{self.machine}"
        if problem:
            raise UsageError(f"{self} is impossible", why=problem, hint=f"the nearest possible is {nearest}")

    @property
    def architecture(self) -> Architecture:
        """The machine's architecture, by its Linux name.

        Raises:
            UsageError: there are two, in universal2.
        """
        if self.machine == "universal2":
            raise UsageError(f"{self} has no single architecture", why="universal2 is code for arm64 and for x86_64")
        return architecture_named("aarch64" if self.machine == "arm64" else self.machine)

    def accepted_tags(self) -> tuple[str, ...]:
        """Return the platform tags that pip accepts on such a machine, best first.

        What is for universal2 must run on both machines: it accepts universal2 alone.
        """
        from packaging.tags import mac_platforms

        if self.machine != "universal2":
            return tuple(mac_platforms((self.major, self.minor), self.machine))
        return tuple(tag for tag in mac_platforms((self.major, self.minor), "x86_64") if tag.endswith("universal2"))

    def wheel_tag(self) -> str:
        """Return what is written into a wheel's name."""
        return str(self)

    def triplet(self, python: tuple[int, int]) -> str:
        """Return the platform's word in a SOABI, the same for every machine.

        Arguments:
            python: X and Y of X.Y.
        """
        del python
        return "darwin"

    @property
    def zig_triple(self) -> str:
        """Target of zig's compilers.

        Raises:
            UsageError: universal2 is two targets.
        """
        return f"{self.architecture.zig}-macos.{self.major}.{self.minor}"

    def markers(self) -> dict[str, str]:
        """Return the PEP 508 variables that the platform decides; of universal2, those on Apple silicon."""
        return {**_MARKERS_MACOS, "platform_machine": "x86_64" if self.machine == "x86_64" else "arm64"}

    def __str__(self) -> str:
        return f"macosx_{self.major}_{self.minor}_{self.machine}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Windows.

    Arguments:
        tag: "win32", "win_amd64" or "win_arm64".

    Raises:
        UsageError: there is no such tag.
    """

    tag: str
    names: ClassVar[Mapping[str, tuple[str, str]]] = {
        "win_amd64": ("x86_64", "AMD64"),
        "win32": ("i686", "x86"),
        "win_arm64": ("aarch64", "ARM64"),
    }

    def __post_init__(self) -> None:
        if self.tag not in self.names:
            raise UsageError(f"{self.tag} is no platform", why=f"wheels for Windows are for {', '.join(self.names)}")

    @property
    def architecture(self) -> Architecture:
        """The machine's architecture, by its Linux name."""
        return architecture_named(self.names[self.tag][0])

    def accepted_tags(self) -> tuple[str, ...]:
        """Return the one platform tag that pip accepts there."""
        return (self.tag,)

    def wheel_tag(self) -> str:
        """Return what is written into a wheel's name."""
        return self.tag

    def triplet(self, python: tuple[int, int]) -> str:
        """Return the platform's word in the suffix of an extension module.

        Arguments:
            python: X and Y of X.Y.
        """
        del python
        return self.tag

    @property
    def zig_triple(self) -> str:
        """Target of zig's compilers."""
        return f"{self.architecture.zig}-windows-gnu"

    def markers(self) -> dict[str, str]:
        """Return the PEP 508 variables that the platform decides."""
        return {**_MARKERS_WINDOWS, "platform_machine": self.names[self.tag][1]}

    def __str__(self) -> str:
        return self.tag


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyPlatform:
    """No platform: what runs wherever the Python does."""

    @property
    def architecture(self) -> Architecture:
        """There is none.

        Raises:
            UsageError: always.
        """
        raise UsageError("platform 'any' has no architecture", why="it is for wheels without machine code")

    def accepted_tags(self) -> tuple[str, ...]:
        """Return "any"."""
        return ("any",)

    def wheel_tag(self) -> str:
        """Return what is written into a wheel's name."""
        return "any"

    def triplet(self, python: tuple[int, int]) -> str:
        """Return nothing: there are no extension modules.

        Arguments:
            python: X and Y of X.Y.
        """
        del python
        return ""

    @property
    def zig_triple(self) -> str:
        """There is none.

        Raises:
            UsageError: always.
        """
        return self.architecture.zig

    def markers(self) -> dict[str, str]:
        """Return the PEP 508 variables that a platform decides, all empty: "cannot be determined"."""
        return dict.fromkeys(("os_name", "sys_platform", "platform_system", "platform_machine"), "")

    def __str__(self) -> str:
        return "any"


Platform = Manylinux | Musllinux | Macos | Windows | AnyPlatform
