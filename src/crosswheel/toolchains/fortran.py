"""GNU Fortran for a target: Debian's compiler, which runs on this machine, and its runtime, to be linked statically.

The programs come from the Debian archive, the link is zig's. libgfortran.a goes into what is linked, so that a wheel
asks for no newer glibc than its C code does: of Debian's shared one bookworm's asks for 2.34. Measured for all eight
architectures at the oldest glibc that each can be built for (bookworm's GCC 12.2, trixie's 14.2 for loongarch64).
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from crosswheel.errors import LackError, RefusedError
from crosswheel.process import Command, Processes
from crosswheel.store import atomic_write
from crosswheel.targets import Architecture, Target
from crosswheel.toolchains.origins import write_origins
from crosswheel.toolchains.wrappers import WrapperRules
from crosswheel.toolchains.zig import Toolchain

NAMES = ("gfortran", "f77", "f90", "f95", "fort77")
"""What a Fortran compiler is called."""

# GCC's names of targets where they are not the ones of Debian's libraries.
_GNU_NAMES = {"i686": "i686-linux-gnu"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FortranPackage:
    """Where Debian has a compiler.

    Arguments:
        suite: release.
        name: of the package.
        version: GCC's major version.
        prefix: GCC's name of the target, such as "aarch64-linux-gnu".
    """

    suite: str
    name: str
    version: str
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fortran:
    """A compiler that is there.

    Arguments:
        package: what it is.
        root: folder in which it is unpacked with what it needs.
        runtime: folder of libgfortran.a, and of libquadmath.a where the architecture has one.
    """

    package: FortranPackage
    root: Path
    runtime: Path

    @property
    def programs(self) -> "DebianPrograms":
        """The compiler and what belongs to it."""
        return DebianPrograms(root=self.root)

    @property
    def program(self) -> Path:
        """The compiler itself."""
        return self.root / "usr/bin" / f"{self.package.prefix}-gfortran-{self.package.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DebianPrograms:
    """Programs of this machine that run on the C library beside them: this machine's own may be older, or another.

    Arguments:
        root: folder in which Debian's packages are unpacked.
    """

    root: Path

    @property
    def loader(self) -> Path:
        """The dynamic linker.

        Raises:
            LackError: there is none.
        """
        patterns = ("usr/lib*/ld-linux*.so.*", "usr/lib/*/ld-linux*.so.*", "usr/lib*/ld*.so.*")
        found = next((path for pattern in patterns for path in sorted(self.root.glob(pattern))), None)
        if found is None:
            raise LackError(
                "Debian's programs cannot be started",
                why=f"{self.root} has no dynamic linker",
                hint="remove that folder of the cache if it may be damaged",
            )
        return found

    @property
    def libraries(self) -> str:
        """Folders of their libraries, as --library-path takes them."""
        patterns = ("usr/lib/*-linux-*", "usr/lib")
        return ":".join(str(path) for pattern in patterns for path in sorted(self.root.glob(pattern)))

    def command(self, program: Path, *arguments: str) -> tuple[str, ...]:
        """Return what starts one of them with arguments."""
        return (str(self.loader), "--library-path", self.libraries, str(program), *arguments)


def fortran_package(target: Target, host: Architecture) -> FortranPackage:
    """Return which of Debian's packages compiles for a target on a host.

    The oldest release that has it, since what its runtime asks of glibc grows with every one.

    Raises:
        LackError: none does.
    """
    architecture = target.architecture
    if target.glibc is None:
        raise LackError(
            f"there is no Fortran for {target}",
            why="GCC's Fortran runtime of Debian is for glibc: its thread-local variables cannot be loaded by musl",
            hint=f"build for a glibc target of {architecture.name} (manylinux)",
        )
    suite, version = ("trixie", "14") if architecture.name == "loongarch64" else ("bookworm", "12")
    prefix = _GNU_NAMES.get(architecture.name, architecture.triplet)
    name = f"gfortran-{version}" if architecture == host else f"gfortran-{version}-{prefix}"
    return FortranPackage(suite=suite, name=name, version=version, prefix=prefix)


def left_out_of_fortran(target: Target) -> frozenset[str]:
    """Return what the package depends on and a build does not need: another C library, and shared runtimes."""
    debian = target.architecture.debian
    shared = "libasan8 libtsan2 liblsan0 libubsan1 libitm1 libatomic1 libhwasan0 libgomp1 libquadmath0 libgfortran5"
    libraries = ("libc6", "libc6-dev", "linux-libc-dev", "libgcc-s1", "libstdc++6")
    cross = {f"{name}-{debian}-cross" for name in (*shared.split(), *libraries)}
    return frozenset({*cross, *shared.split(), "libc6-dev", "libc-dev", "linux-libc-dev", "libcc1-0"})


def make_fortran_runtime(
    folder: Path, toolchain: Toolchain, package: FortranPackage, root: Path, *, processes: Processes
) -> None:
    """Write GCC's Fortran runtime as archives that shared objects for an old glibc can have in them.

    Arguments:
        folder: where to; empty.
        toolchain: compiles what stands for the few functions that are not as they should be.
        package: what is unpacked in root.
        root: Debian's packages.
        processes: starts zig.

    Raises:
        RefusedError: zig failed.
        LackError: the packages have no such runtime.
    """
    places = [root / "usr/lib" / name / package.prefix / package.version for name in ("gcc-cross", "gcc")]
    place = next((one for one in places if (one / "libgfortran.a").is_file()), None)
    if place is None:
        raise LackError(
            f"Debian's {package.name} has no Fortran runtime",
            why=f"there is no libgfortran.a in {places[0]}",
            hint="remove that folder of the cache if it may be damaged, or give another mirror",
        )
    source = Path(str(files("crosswheel.toolchains") / "shell" / "fortran.c"))
    options = ("-O2", "-fPIC", "-g0", "-fno-sanitize=undefined", "-fno-builtin", "-ffunction-sections")
    zig = _Zig(toolchain=toolchain, folder=folder, processes=processes)
    zig.run("cc", *toolchain.target_options, *options, "-c", str(source), "-o", "support.o")
    parts = [place / name for name in ("libgfortran.a", "libquadmath.a", "libgcc.a") if (place / name).is_file()]
    # Debian's objects are for executables, which have copies of the C library's variables. And for powerpc64le libgcc.a
    # chooses functions by the processor, as ld.so alone can (float128-ifunc.o): zig has all but these two itself.
    renamed = [f"{name}=crosswheel_{name}" for name in ("stdin", "stdout", "stderr")]
    renamed += [f"{name}_sw={name}" for name in ("__extendkftf2", "__trunctfkf2")]
    names = tuple(f"--redefine-sym={pair}" for pair in renamed)
    objcopy = root / "usr/bin" / f"{package.prefix}-objcopy"
    for part in parts:
        zig.start(DebianPrograms(root=root).command(objcopy, *names, str(part), f"renamed-{part.name}"))
    # One archive: whoever names -lgfortran, be it a C compiler, gets all that belongs to it.
    zig.run("ar", "qcLs", "libgfortran.a", "support.o", *(f"renamed-{part.name}" for part in parts))
    zig.run("ar", "d", "libgfortran.a", "async.o", "float128-ifunc.o")
    for part in parts[1:]:
        (folder / part.name).symlink_to(part)
    for name in ("support.o", *(f"renamed-{part.name}" for part in parts)):
        (folder / name).unlink()
    write_origins(folder, {"libgfortran.a": parts, **{part.name: [part] for part in parts[1:]}})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Zig:
    toolchain: Toolchain
    folder: Path
    processes: Processes

    def run(self, *arguments: str) -> None:
        self.start((str(self.toolchain.zig), *arguments))

    def start(self, argv: tuple[str, ...]) -> None:
        environment = {"PATH": "", "HOME": str(self.folder), **self.toolchain.environment}
        done = self.processes.run(Command(argv=argv, environment=environment, directory=self.folder))
        if done.returncode != 0:
            raise RefusedError(
                f"the Fortran runtime for {self.toolchain.triple} could not be made",
                why=f"`{' '.join(argv)}` ended with exit status {done.returncode}",
                details=done.output.splitlines()[-10:],
            )


def write_fortran(folder: Path, toolchain: Toolchain, fortran: Fortran, rules: WrapperRules) -> Mapping[str, Path]:
    """Write the scripts that stand for Fortran compilers, beside the compiler wrappers of `write_wrappers`.

    Arguments:
        folder: of the wrappers.
        toolchain: whose wrapper links.
        fortran: what compiles.
        rules: of this build.

    Returns:
        Name of each to its script.

    Raises:
        LackError: the folder cannot be written to.
    """
    target = toolchain.target
    triplet = target.platform.triplet(target.python.version)
    fixed = " ".join(shlex.quote(f"-ffile-prefix-map={place}=.") for place in (*rules.own_folders, rules.build_folder))
    values = {
        "loader": str(fortran.programs.loader),
        "libraries": fortran.programs.libraries,
        "program": str(fortran.program),
        "programs": str(fortran.root / "usr/bin"),
        "sysroot": str(rules.sysroot or ""),
        "runtime": str(fortran.runtime),
        "tools": str(folder),
        "triplet": triplet,
        "compiler": str(folder / f"{triplet}-gcc"),
        "fixed": fixed,
    }
    lines = "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
    body = _resource("fortran.sh").replace("@RESPONSE_FILES@", _resource("response.sh"))
    prefixes = dict.fromkeys(("", f"{triplet}-", f"{fortran.package.prefix}-"))
    names = [prefix + name for prefix in prefixes for name in NAMES]
    return {name: _write(folder / name, f"#!/bin/sh\n{lines}{body}") for name in names}


def _resource(name: str) -> str:
    return (files("crosswheel.toolchains") / "shell" / name).read_text(encoding="utf-8")


def _write(path: Path, text: str) -> Path:
    with atomic_write(path) as file:
        file.write(text.encode())
    path.chmod(0o755)
    return path
