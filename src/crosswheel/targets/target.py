"""A target: what a wheel is for, and everything that follows from that alone."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from crosswheel.errors import UsageError
from crosswheel.targets.architecture import Architecture
from crosswheel.targets.platforms import AnyPlatform, Manylinux, Musllinux, Platform, Windows
from crosswheel.targets.python import Python

if TYPE_CHECKING:
    from packaging.tags import Tag

_TWO_SUFFIXES_SINCE = (3, 15)
_PLATFORM_IN_SUFFIX_SINCE = (3, 5)  # bpo-22980; before, only Linux had suffixes of its own (PEP 3149)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A Python and a platform that a wheel is for.

    Arguments:
        python: implementation, version, ABI.
        platform: what it runs on.

    Raises:
        UsageError: an ABI of machine code on no platform.
    """

    python: Python
    platform: Platform

    def __post_init__(self) -> None:
        if isinstance(self.platform, AnyPlatform) and self.python.abi != "none":
            raise UsageError(
                f"{self} is impossible",
                why=f"the ABI {self.python.abi} belongs to machine code, and that to a platform",
                hint=f"the nearest possible is {self.python.tag}-none-any",
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the target that a person wrote.

        Arguments:
            text: PYTHON-PLATFORM or PYTHON-ABI-PLATFORM, such as "cp311-manylinux2014_aarch64", "cp311-abi3-win_amd64",
                or cibuildwheel's "cp311-manylinux_aarch64".

        Raises:
            UsageError: it has no such form, or the target is impossible; the message says why and what is nearest.
        """
        from crosswheel.targets.parse import parse_parts

        python, platform = parse_parts(text)
        return cls(python=python, platform=platform)

    @property
    def architecture(self) -> Architecture:
        """The machine's architecture.

        Raises:
            UsageError: it has none (any), or two (universal2).
        """
        return self.platform.architecture

    @property
    def interpreter(self) -> "Target":
        """The target of the Python that builds: the same with an ABI of its own, where this one's is a stable one."""
        return replace(self, python=self.python.interpreter)

    @property
    def glibc(self) -> tuple[int, int] | None:
        """The oldest glibc that it has, such as (2, 17); None where there is no glibc."""
        return self.platform.glibc if isinstance(self.platform, Manylinux) else None

    @property
    def zig_triple(self) -> str:
        """Target of zig's compilers, such as "aarch64-linux-gnu.2.17".

        Raises:
            UsageError: there is no machine code (any), or that of two machines (universal2).
        """
        return self.platform.zig_triple

    def platform_tags(self) -> tuple[str, ...]:
        """Return the platform tags that the target accepts, best first, without "any"."""
        return self.platform.accepted_tags()

    def wheel_platform_tag(self) -> str:
        """Return what is written into a wheel's name, such as "manylinux_2_17_aarch64.manylinux2014_aarch64"."""
        return self.platform.wheel_tag()

    def wheel_tag(self) -> str:
        """Return python, ABI and platform as in a wheel's name, such as "cp311-cp311-win_amd64"."""
        return f"{self.python.tag}-{self.python.abi}-{self.wheel_platform_tag()}"

    def tags(self) -> tuple["Tag", ...]:
        """Return the tags that the target accepts, best first, as pip has them on such a machine (PEP 425).

        Nothing is asked of the machine that this runs on.
        """
        from packaging import tags

        python, platforms = self.python, self.platform_tags()
        if python.implementation == "py":
            # (3, 0) is any Python 3: of "py3-none-any" and the like, not of py30.
            version = python.version if python.version[1] else python.version[:1]
            return _unique(tags.compatible_tags(version, None, platforms))
        if python.implementation == "pp":
            own = tags.generic_tags(python.tag, [*python.own_abis, "none"], platforms)
            return _unique([*own, *tags.compatible_tags(python.version, f"pp{python.version[0]}", platforms)])
        # packaging knows a free-threaded Python by the first ABI alone, so that a stable one has to have a neighbour.
        neighbour = f"{python.tag}t" if python.free_threaded else python.tag
        own = tags.cpython_tags(python.version, python.own_abis or (neighbour,), platforms)
        wanted = (
            {"none"}
            if python.abi == "none"
            else {*python.own_abis, "none", "abi3t" if python.free_threaded else "abi3"}
        )
        kept = [tag for tag in own if tag.abi in wanted]
        return _unique([*kept, *tags.compatible_tags(python.version, python.tag, platforms)])

    def marker_environment(self, full_version: str | None = None) -> dict[str, str]:
        """Return the variables of PEP 508 markers on the target.

        What only a running machine knows (platform_release, platform_version) is empty, which PEP 508 reads as "cannot
        be determined"; so is all of the platform where that is "any".

        Arguments:
            full_version: of the Python, such as "3.11.2"; None for X.Y.0.

        Raises:
            UsageError: the target's Python is any at all (py3), or the version is not of it.
        """
        python = self.python
        major, minor = python.version
        if python.implementation == "py":
            raise UsageError(f"{self} has no marker environment", why=f"{python.tag} names no interpreter")
        full = full_version or f"{major}.{minor}.0"
        if not full.startswith(f"{major}.{minor}."):
            raise UsageError(f"version {full} is not of {self}", why=f"its Python is {major}.{minor}")
        pypy = python.implementation == "pp"
        environment = {
            "implementation_name": "pypy" if pypy else "cpython",
            # The tag knows PyPy's own version by its first two numbers.
            "implementation_version": _pypy_version(python.abi) if pypy else full,
            "platform_python_implementation": "PyPy" if pypy else "CPython",
            "platform_release": "",
            "platform_version": "",
            "python_full_version": full,
            "python_version": f"{major}.{minor}",
            **self.platform.markers(),
        }
        if major == 2:  # noqa: PLR2004 Python 2
            # It has no sys.implementation, and packaging 20.9, its last, says this then.
            environment |= {"implementation_name": "", "implementation_version": "0"}
            if environment["sys_platform"] == "linux":
                environment["sys_platform"] = "linux2"
        return environment

    @property
    def soabi(self) -> str:
        """The middle of the suffix of this very Python's extension modules, such as "cpython-311-aarch64-linux-gnu".

        Empty where there is none: CPython 2, stable ABIs, no ABI.
        """
        if not self.python.own_abis or (self.python.implementation == "cp" and self.python.version < (3, 3)):
            return ""
        abi, triplet = self.python.abi, self.platform.triplet(self.python.version)
        if self.python.implementation == "pp":
            name = abi.replace("_", "-")
            return f"{name}-{triplet}" if "-pp" in name else name  # "pypy-73" and "pypy3-72" had no triplet
        if self.python.version < _PLATFORM_IN_SUFFIX_SINCE:
            return f"cpython-{abi.removeprefix('cp')}" if isinstance(self.platform, Manylinux | Musllinux) else ""
        if isinstance(self.platform, Windows):
            return f"{abi.removesuffix('m')}-{triplet}"
        return f"cpython-{abi.removeprefix('cp')}-{triplet}"

    @property
    def extension_suffix(self) -> str:
        """The suffix that an extension module for this target should have.

        Raises:
            UsageError: an extension module has to have an ABI, and the target's is "none".
        """
        suffixes = self.extension_suffixes
        if not suffixes:
            raise UsageError(f"{self} has no extension modules", why="its ABI is none")
        return suffixes[0]

    @property
    def extension_suffixes(self) -> tuple[str, ...]:
        """All suffixes of extension modules that this Python imports, best first; none where the ABI is "none".

        Of a stable ABI: those that every Python imports which the target stands for. Read in dynload_shlib.c and
        dynload_win.c of CPython 2.7 to 3.15.
        """
        if self.python.abi == "none":
            return ()
        windows = isinstance(self.platform, Windows)
        end = ".pyd" if windows else ".so"
        own = (f".{self.soabi}{end}",) if self.soabi else ()
        if self.python.implementation == "pp":
            # PyPy imports no bare .so, which might be CPython's.
            return own
        if self.python.version < (3, 3):
            return (end,) if windows else (end, f"module{end}")
        return (*own, *(() if windows else self._stable_suffixes()), end)

    def _stable_suffixes(self) -> tuple[str, ...]:
        python = self.python
        if python.version < _TWO_SUFFIXES_SINCE:
            # Free-threaded 3.13 and 3.14 try to import abi3, although that cannot work (cpython issue 120901).
            return (".abi3.so",)
        # PEP 803, and cpython pull request 152461 for the multiarch form. Only the Python with a lock takes both ABIs.
        both = not python.free_threaded and not python.stable_abi
        abis = ("abi3", "abi3t") if both else ("abi3t",) if python.free_threaded else ("abi3",)
        triplet = self.platform.triplet(python.version)
        return tuple(suffix for abi in abis for suffix in (f".{abi}-{triplet}.so", f".{abi}.so"))

    def __str__(self) -> str:
        linux = isinstance(self.platform, Manylinux | Musllinux)
        return f"{self.python.written(platform_is_linux=linux)}-{self.platform}"


def _pypy_version(abi: str) -> str:
    digits = abi.rpartition("_")[2].removeprefix("pp")
    return f"{digits[0]}.{digits[1:]}"


def _unique(tags: Iterable["Tag"]) -> tuple["Tag", ...]:
    return tuple(dict.fromkeys(tags))
