"""GCC's C++ runtime in place of zig's: for C++ archives that were compiled with it, such as Debian's.

zig compiles against Debian's libstdc++ headers, and libstdc++.a goes into what is linked, hidden as every archive is,
so that a wheel asks for no libstdc++.so. There is one unwinder, zig's: its calls are those of libgcc (Itanium C++ ABI).
"""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from crosswheel.errors import LackError, RefusedError
from crosswheel.process import Command, Processes
from crosswheel.toolchains.origins import write_origins
from crosswheel.toolchains.zig import Toolchain

_FIRST_WITH_SINGLE_THREADED = (2, 32)


@dataclass(frozen=True, slots=True, kw_only=True)
class GnuCxx:
    """A libstdc++ for a target.

    Arguments:
        includes: folders of its headers, in the order in which they are looked into.
        runtime: folder of the archive that is linked, which has all that belongs to it.
    """

    includes: tuple[Path, ...]
    runtime: Path


def find_gnu_cxx(sysroot: Path, triplet: str) -> tuple[Path, tuple[Path, ...]]:
    """Return libstdc++.a of a sysroot, and the folders of its headers.

    Arguments:
        sysroot: with Debian's libstdc++-NN-dev.
        triplet: of the target, as its libraries' folders are called.

    Raises:
        LackError: there is none.
    """
    archive = next(iter(sorted(sysroot.glob("usr/lib/gcc/*/*/libstdc++.a"))), None)
    if archive is None:
        raise LackError(
            "the target has no libstdc++",
            why=f"{sysroot} has no libstdc++.a",
            hint="take --cxx-runtime libc++, or another target",
        )
    version, headers = archive.parent.name, sysroot / "usr/include"
    return archive, (
        headers / "c++" / version,
        headers / triplet / "c++" / version,
        headers / "c++" / version / "backward",
    )


def make_gnu_cxx(folder: Path, toolchain: Toolchain, archive: Path, *, processes: Processes) -> None:
    """Write a libstdc++.a that links for the toolchain's C library, and headers that its own ask of a newer one.

    Arguments:
        folder: where to; empty.
        toolchain: compiles what the C library lacks.
        archive: Debian's.
        processes: starts zig.

    Raises:
        RefusedError: zig failed.
    """
    glibc = toolchain.target.glibc
    if glibc is not None and glibc < _FIRST_WITH_SINGLE_THREADED:
        (folder / "include/sys").mkdir(parents=True)
        (folder / "include/sys/single_threaded.h").write_text(
            '#ifdef __cplusplus\nextern "C"\n#else\nextern\n#endif\nchar __libc_single_threaded;\n', encoding="ascii"
        )
    source = files("crosswheel.toolchains") / "shell" / "gnu_cxx.c"
    options = ("-O2", "-fPIC", "-g0", "-fno-sanitize=undefined", "-ffunction-sections")
    libgcc = archive.parent / "libgcc.a"
    parts = (str(archive), *([str(libgcc)] if libgcc.is_file() else []))
    for words in (
        ("cc", *toolchain.target_options, *options, "-c", str(source), "-o", "support.o"),
        ("ar", "qcLs", "libstdc++.a", "support.o", *parts),
        # Left out of libgcc.a for powerpc64le: a choice by the processor that only ld.so can make.
        ("ar", "d", "libstdc++.a", "float128-ifunc.o"),
    ):
        environment = {"PATH": "", "HOME": str(folder), **toolchain.environment}
        done = processes.run(Command(argv=(str(toolchain.zig), *words), environment=environment, directory=folder))
        if done.returncode != 0:
            raise RefusedError(
                f"libstdc++ for {toolchain.triple} could not be made ready",
                why=f"`zig {words[0]}` ended with exit status {done.returncode}",
                details=done.output.splitlines()[-10:],
            )
    (folder / "support.o").unlink()
    write_origins(folder, {"libstdc++.a": [Path(part) for part in parts]})
