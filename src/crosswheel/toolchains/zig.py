"""zig as a cross-compiler: where it is, what it can do, and the libraries that it builds once for each target."""

import importlib.metadata
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from crosswheel.errors import LackError, RefusedError, UsageError
from crosswheel.process import Command, Processes
from crosswheel.store import atomic_write
from crosswheel.targets import Manylinux, Musllinux, Target
from crosswheel.toolchains.processors import baseline_processor

_FIRST_WITH_C99_SCANF = (2, 7)
_FIRST_TIME64 = (1, 2)  # musl, on 32-bit machines
_FIRST_WITH_IEEE128 = (2, 32)  # on ppc64le


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """zig's compilers for one target.

    Arguments:
        target: what they compile for.
        zig: the program, inside the ziglang package.
        version: zig's version, such as "0.17.0".
        cache: folder where zig keeps libc and libc++; shared by all targets and builds.
        objects: folder where it keeps objects, so that what did not change is not compiled again.
    """

    target: Target
    zig: Path
    version: str
    cache: Path
    objects: Path

    @property
    def triple(self) -> str:
        """Name of the target for zig, with the pinned glibc, such as "aarch64-linux-gnu.2.17"."""
        return self.target.zig_triple

    @property
    def target_options(self) -> tuple[str, ...]:
        """What every call of zig needs to compile for the target and its baseline: -target, and -mcpu if need be."""
        processor = "".join(baseline_processor(self.target.architecture.name))
        return ("-target", self.triple, *([f"-mcpu={processor}"] if processor else []), *self.abi_options)

    @property
    def abi_options(self) -> tuple[str, ...]:
        """What makes the calling convention the distributions', where zig's own is another.

        On ppc64le with glibc a long double is a pair of doubles in every manylinux policy, in Debian and in RHEL.
        """
        ppc64le = self.target.architecture.name == "ppc64le" and self.target.glibc is not None
        return ("-mabi=ibmlongdouble",) if ppc64le else ()

    @property
    def environment(self) -> dict[str, str]:
        """The variables that zig needs to be told its cache."""
        return {"ZIG_GLOBAL_CACHE_DIR": str(self.cache), "ZIG_LOCAL_CACHE_DIR": str(self.objects)}

    @property
    def prepared(self) -> Path:
        """Folder of what `warm_up` leaves for this zig and target."""
        processor = "".join(baseline_processor(self.target.architecture.name))
        options = "".join((processor and "-", processor, *self.abi_options))
        return self.cache / "crosswheel" / f"{self.version}-{self.triple}{options}"

    @property
    def cxx_archive(self) -> Path:
        """Archive of what libc++abi has otherwise than several modules of one process want it."""
        return self.prepared / "libcxx-inside.a"

    @property
    def compatibility_archive(self) -> Path | None:
        """Archive of functions that the target's glibc is too old for; None where every one is there."""
        return self.prepared / "libcompat.a" if self._compatibility_source else None

    @property
    def _compatibility_source(self) -> str | None:
        glibc = self.target.glibc
        if glibc is None:
            return None
        if self.target.architecture.name == "ppc64le":
            return "ieee128.c" if glibc < _FIRST_WITH_IEEE128 else None
        return "scanf.c" if glibc < _FIRST_WITH_C99_SCANF else None

    def warm_up(self, processes: Processes, scratch: Path) -> bool:
        """Build the target's libc stubs, compiler runtime and libc++, unless the cache has them: 45 s of one core.

        Arguments:
            processes: starts zig.
            scratch: an existing folder to work in.

        Returns:
            Whether there was something to do.

        Raises:
            RefusedError: zig failed.
            LackError: zig cannot be started, or the cache not be written.
        """
        mark = self.prepared / "warm"
        if mark.is_file() and self.cxx_archive.is_file():
            return False
        (scratch / "warm.c").write_text("int warm(void) { return 1; }\n", encoding="ascii")
        (scratch / "warm.cc").write_text(_CXX, encoding="ascii")
        for driver, source in (("cc", "warm.c"), ("c++", "warm.cc")):
            # A -O level, since zig keeps its libraries apart for builds with and without one.
            for level in ("-O2", "-O0"):
                self._run(
                    processes,
                    scratch,
                    (driver, *self.target_options, "-shared", "-fPIC", level, "-s", source, "-o", "warm.so"),
                )
        self._make_cxx_archive(processes, scratch)
        if self.compatibility_archive:
            self._make_compatibility_archive(processes, scratch)
        with atomic_write(mark) as file:
            file.write(b"")
        return True

    def _make_cxx_archive(self, processes: Processes, scratch: Path) -> None:
        library = self.zig.parent / "lib"
        folders = (library / "libcxxabi/src", library / "libcxx/src", library / "libcxxabi/include")
        options = ("-std=c++23", "-O2", "-fPIC", "-g0", "-fno-sanitize=undefined", "-ffunction-sections")
        definitions = (
            "LIBCPP_BUILDING_LIBRARY",
            "LIBCXXABI_BUILDING_LIBRARY",
            "LIBCXXABI_DISABLE_VISIBILITY_ANNOTATIONS",
        )
        seen = ("-fvisibility=hidden", "-fvisibility-inlines-hidden")
        arguments = (*options, *seen, *(f"-D_{name}" for name in definitions), *(f"-I{folder}" for folder in folders))
        for name, own in (("typeinfo", ()), ("new", ("-fvisibility-global-new-delete=force-hidden",))):
            source = Path(__file__).parent / "shell" / f"{name}.cc"
            output = ("-c", str(source), "-o", f"{name}.o")
            self._run(processes, scratch, ("c++", *self.target_options, *arguments, *own, *output))
        self._run(processes, scratch, ("ar", "rcs", "libcxx-inside.a", "typeinfo.o", "new.o"))
        with atomic_write(self.cxx_archive) as file:
            file.write((scratch / "libcxx-inside.a").read_bytes())

    def _make_compatibility_archive(self, processes: Processes, scratch: Path) -> None:
        assert self.compatibility_archive is not None  # noqa: S101 the caller asked
        assert self._compatibility_source is not None  # noqa: S101 the same
        source = Path(__file__).parent / "shell" / self._compatibility_source
        options = ("-std=gnu89", "-O2", "-fPIC", "-g0", "-fno-sanitize=undefined", "-ffunction-sections")
        self._run(processes, scratch, ("cc", *self.target_options, *options, "-c", str(source), "-o", "compat.o"))
        self._run(processes, scratch, ("ar", "rcs", "libcompat.a", "compat.o"))
        with atomic_write(self.compatibility_archive) as file:
            file.write((scratch / "libcompat.a").read_bytes())

    def _run(self, processes: Processes, scratch: Path, arguments: tuple[str, ...]) -> None:
        environment = {"PATH": "", "HOME": str(scratch), **self.environment}
        done = processes.run(Command(argv=(str(self.zig), *arguments), environment=environment, directory=scratch))
        if done.returncode != 0:
            raise RefusedError(
                f"zig could not build its libraries for {self.triple}",
                why=f"`zig {arguments[0]}` ended with exit status {done.returncode}",
                hint=f"remove {self.cache} if it may be damaged; run `crosswheel doctor` to see the machine's state",
                details=done.output.splitlines()[-10:],
            )


# Exceptions, strings, threads and streams: the parts of libc++, libc++abi and libunwind that a build may need.
_CXX = """\
#include <stdexcept>
#include <string>
extern "C" int warm(int number) {
  if (number > 3) throw std::runtime_error("warm");
  return static_cast<int>(std::to_string(number).size());
}
"""


def zig_toolchain(target: Target, *, cache: Path) -> Toolchain:
    """Return zig's toolchain for a target; nothing is run.

    Arguments:
        target: what to compile for.
        cache: folder for zig's cache; made when zig first writes to it.

    Raises:
        UsageError: zig cannot compile for that target; the hint names the nearest that it can.
        LackError: the ziglang package is not there.
    """
    _ = target.zig_triple  # raises where there is no machine code to compile
    _check_libc(target)
    # The package is only found, not imported: nothing of it is needed but its folder.
    found = importlib.util.find_spec("ziglang")
    zig = Path(found.origin).parent / "zig" if found and found.origin else None
    if zig is None or not zig.is_file():
        raise LackError(
            "the compiler was not found",
            why="the ziglang package is not installed beside crosswheel, or has no zig in it",
            hint="python -m pip install ziglang",
        )
    return Toolchain(target=target, zig=zig, version=importlib.metadata.version("ziglang"), cache=cache, objects=cache)


def _check_libc(target: Target) -> None:
    platform = target.platform
    narrow = target.architecture.bits == 32  # noqa: PLR2004 bits
    if isinstance(platform, Musllinux) and (platform.major, platform.minor) < _FIRST_TIME64 and narrow:
        raise UsageError(
            f"{target} cannot be compiled for",
            why="zig's musl is 1.2, whose functions of time have other names and 64-bit seconds on 32-bit machines",
            hint=f"the nearest that works is {target.python.tag}-musllinux_1_2_{target.architecture}",
        )
    if not isinstance(platform, Manylinux):
        return
    if platform.architecture.name == "ppc64":
        raise UsageError(
            f"{target} cannot be compiled for",
            why="zig has no glibc for big-endian 64-bit PowerPC",
            hint=f"the nearest that works is {target.python.tag}-manylinux_2_19_ppc64le",
        )
