"""Where the Fortran compiler of a build comes from: the Debian archive."""

import hashlib
from typing import TYPE_CHECKING

from crosswheel.store import Sysroot
from crosswheel.targets import Target, architecture_named
from crosswheel.toolchains import Toolchain
from crosswheel.toolchains.fortran import (
    Fortran,
    FortranPackage,
    fortran_package,
    left_out_of_fortran,
    make_fortran_runtime,
)

if TYPE_CHECKING:
    from crosswheel.app.workshop import Workshop

_LAYOUT = 6  # raised when the runtime is made in another way


def prepare_fortran(workshop: "Workshop", toolchain: Toolchain) -> Fortran:
    """Fetch GNU Fortran for a toolchain's target, and make its runtime ready for zig to link.

    Arguments:
        workshop: the run's parts.
        toolchain: what links.

    Raises:
        LackError: there is none for the target, or it cannot be fetched.
        RefusedError: zig failed.
    """
    with workshop.reporter.step(f"Fortran for {toolchain.triple}"):
        package, tree = _unpacked(workshop, toolchain.target)
        key = hashlib.sha256(f"{tree.path} {toolchain.version} {toolchain.triple} {_LAYOUT}".encode()).hexdigest()[:32]
        runtime = workshop.store.folder(
            "fortran",
            key,
            lambda folder: make_fortran_runtime(folder, toolchain, package, tree.path, processes=workshop.processes),
        )
    return Fortran(package=package, root=tree.path, runtime=runtime)


def fortran_version(workshop: "Workshop", target: Target) -> str:
    """Return Debian's version of the compiler that a build takes.

    Arguments:
        workshop: the run's parts.
        target: what is built for.

    Raises:
        LackError: there is none for the target, or it cannot be fetched.
    """
    package, tree = _unpacked(workshop, target)
    return next(one.version for one in tree.packages if one.name == package.name)


def _unpacked(workshop: "Workshop", target: Target) -> tuple[FortranPackage, Sysroot]:
    machine = architecture_named(workshop.host.machine)
    package = fortran_package(target, machine)
    return package, workshop.archive.sysroot(
        [package.name], suite=package.suite, architecture=machine, leave_out=left_out_of_fortran(target)
    )
