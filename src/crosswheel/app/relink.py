"""Shared libraries of the target's Debian that ask for a newer glibc than the target has, made again without that."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from crosswheel.app.fortran import prepare_fortran
from crosswheel.store import Sysroot
from crosswheel.toolchains import Toolchain
from crosswheel.toolchains.relink import find_relinkable, relink

if TYPE_CHECKING:
    from crosswheel.app.workshop import Workshop

_LAYOUT = 1  # raised when they are made in another way


def prepare_relinked(workshop: "Workshop", toolchain: Toolchain, sysroot: Sysroot | None) -> Path | None:
    """Return a folder of shared libraries that stand for those of a sysroot; None where its own can be taken.

    Arguments:
        workshop: the run's parts.
        toolchain: what links.
        sysroot: the target's libraries; None where there are none.

    Raises:
        LackError: the Fortran runtime that belongs to it cannot be had.
        RefusedError: zig failed.
    """
    glibc = toolchain.target.glibc
    if sysroot is None or glibc is None or sysroot.glibc <= glibc:
        return None
    library = find_relinkable(sysroot.path / "usr/lib" / toolchain.target.architecture.triplet)
    if library is None:
        return None
    runtime = prepare_fortran(workshop, toolchain).runtime
    names = (library.archive, runtime, toolchain.version, *toolchain.target_options, _LAYOUT)
    key = hashlib.sha256(" ".join(map(str, names)).encode()).hexdigest()[:32]
    with workshop.reporter.step(f"{library.archive.name} for {toolchain.triple}"):
        return workshop.store.folder(
            "relinked",
            key,
            lambda folder: relink(folder, toolchain, library, runtime, processes=workshop.processes),
        )
