"""The environment of a build, as a value, and what everything in it has to say about the target."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crosswheel.emulator import Emulator
from crosswheel.targets import Musllinux, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Hermetic:
    """An environment in which a build runs.

    Arguments:
        tools: the folder of all programs that it may use; first on PATH.
        variables: the whole environment: nothing else is inherited.
        toolchain_file: what CMake reads (CMAKE_TOOLCHAIN_FILE).
        config_site: what configure scripts read (CONFIG_SITE).
        meson_file: what Meson reads: a native file where programs of the target can be started, a cross file where not.
        wrappers: the compilers and their tools, by name.
    """

    tools: Path
    variables: Mapping[str, str]
    toolchain_file: Path
    config_site: Path
    meson_file: Path
    wrappers: Mapping[str, Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What shims, CMake, Meson and configure are told.

    Arguments:
        target: what is built for.
        sysroot: headers and libraries of the target; None where it is this machine's Python and there are none.
        emulator: what runs programs of the target; None where this machine does.
        executes: whether a program of the target that a build starts runs, as if the machine were the target's.
        release: of the kernel, as uname(1) says it.
        host_triplet: of this machine, such as "x86_64-linux-gnu".
        build_python: interpreter of the build's virtual environment.
        python_version: its full version.
        python_includes: folders of its headers.
        folder: everything of the environment lives in it.
        outside: folders in which a build may have files of its own: sources, temporary files, home.
        jobs: how many things a build does at once.
    """

    target: Target
    sysroot: Path | None
    emulator: Emulator | None
    executes: bool
    release: str
    host_triplet: str
    build_python: Path
    python_version: str
    python_includes: tuple[Path, ...]
    folder: Path
    outside: tuple[Path, ...]
    jobs: int

    @property
    def triplet(self) -> str:
        """The multiarch triplet: libraries of the sysroot are in folders of that name."""
        architecture = self.target.architecture
        return architecture.musl_triplet if self.musl else architecture.triplet

    @property
    def machine(self) -> str:
        """The name that configure and compilers go by; another than the multiarch triplet on i686."""
        name = self.target.architecture.gnu_triplet
        return name.replace("-gnu", "-musl") if self.musl else name

    @property
    def musl(self) -> bool:
        """Whether the C library is musl."""
        return isinstance(self.target.platform, Musllinux)

    @property
    def tools(self) -> Path:
        """The one folder of programs."""
        return self.folder / "bin"

    @property
    def environment_root(self) -> Path:
        """The build's virtual environment."""
        return self.build_python.parent.parent

    @property
    def site(self) -> Path:
        """Site-packages of the build's virtual environment."""
        short = ".".join(self.python_version.split(".")[:2])
        suffix = "t" if self.target.python.free_threaded else ""
        return self.environment_root / "lib" / f"python{short}{suffix}" / "site-packages"

    @property
    def runner(self) -> tuple[str, ...]:
        """Program and options that start a program of the target."""
        if self.emulator is None:
            return ()
        root = ("-L", str(self.sysroot)) if self.sysroot else ()
        return (str(self.emulator.path), *root)
