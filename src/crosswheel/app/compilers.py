"""Which versions those compilers have that only some projects use, so that an upgrade of one is another build."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from crosswheel.errors import CrosswheelError
from crosswheel.targets import Target

if TYPE_CHECKING:
    from crosswheel.app.workshop import Workshop

FORTRAN, OPENMP, RUST = "gfortran", "libomp", "rustc"


def compiler_versions(
    workshop: "Workshop", target: Target, *, fortran: bool = False, openmp: bool = False, rust: bool = False
) -> Mapping[str, str]:
    """Return name → version of compilers, as a build would take them now.

    Arguments:
        workshop: the run's parts.
        target: what is built for.
        fortran: whether GNU Fortran, or its runtime, is asked for.
        openmp: whether LLVM's OpenMP runtime is.
        rust: whether Rust is.

    Raises:
        LackError: one is not to be had.
        RefusedError: the archive has something else than it promises.
    """
    # A kept result that used none of them waits for none of their modules.
    from crosswheel.app.fortran import fortran_version
    from crosswheel.app.rust import rust_version
    from crosswheel.toolchains.openmp import OPENMP_SOURCE

    found: dict[str, str] = {}
    if fortran:
        found[FORTRAN] = fortran_version(workshop, target)
    if openmp:
        found[OPENMP] = OPENMP_SOURCE.version
    if rust:
        found[RUST] = rust_version(workshop, target)
    return found


def have_changed(workshop: "Workshop", target: Target, known: Mapping[str, str]) -> bool:
    """Return whether a build would take other versions now; not where that cannot be told, without a network say.

    Arguments:
        workshop: the run's parts.
        target: what is built for.
        known: what `compiler_versions` returned then.
    """
    if not known:
        return False
    asked = {"fortran": FORTRAN in known, "openmp": OPENMP in known, "rust": RUST in known}
    try:
        return compiler_versions(workshop, target, **asked) != dict(known)
    except CrosswheelError:
        return False
