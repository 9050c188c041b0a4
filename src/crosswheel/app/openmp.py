"""Where the OpenMP runtime of a build comes from: LLVM's source in the Debian archive."""

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from crosswheel.toolchains import Toolchain
from crosswheel.toolchains.openmp import OPENMP_SOURCE, make_openmp, unpack_openmp

if TYPE_CHECKING:
    from crosswheel.app.workshop import Workshop

_LAYOUT = 2  # raised when it is made in another way
_SOURCE_LAYOUT = 1  # and its source unpacked


def prepare_openmp(workshop: "Workshop", toolchain: Toolchain) -> Path:
    """Return the folder of libomp.so and omp.h for a toolchain's target; they are made where they are not there yet.

    Arguments:
        workshop: the run's parts.
        toolchain: what compiles.

    Raises:
        LackError: the source cannot be fetched.
        RefusedError: it is another than is known, or zig failed.
    """
    source = OPENMP_SOURCE

    def unpack(folder: Path) -> None:
        with workshop.reporter.step(f"source of LLVM {source.version} ({source.size / 1e6:.0f} MB, once)"):
            archive = workshop.archive.pool_file(source.path, sha256=source.sha256, size=source.size)
            unpack_openmp(archive, folder)
            archive.unlink(missing_ok=True)  # a hundred times what is used of it

    def make(folder: Path) -> None:
        tree = workshop.store.folder("openmp", f"{source.version}-{_SOURCE_LAYOUT}", unpack)
        make_openmp(folder, tree, toolchain, processes=workshop.processes, jobs=len(os.sched_getaffinity(0)))

    names = (source.sha256, toolchain.version, *toolchain.target_options, _LAYOUT)
    key = hashlib.sha256(" ".join(map(str, names)).encode()).hexdigest()[:32]
    with workshop.reporter.step(f"OpenMP for {toolchain.triple}"):
        return workshop.store.folder("openmp", key, make)
