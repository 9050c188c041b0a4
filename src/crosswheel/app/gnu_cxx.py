"""Where libstdc++ comes from, for builds that want it: the Debian release of the target's libraries."""

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from crosswheel.app.cross import library_release
from crosswheel.app.target_pythons import python_release
from crosswheel.errors import LackError, UsageError
from crosswheel.plan import Strategy
from crosswheel.targets import Target
from crosswheel.toolchains import Toolchain
from crosswheel.toolchains.gnu import GnuCxx, find_gnu_cxx, make_gnu_cxx

if TYPE_CHECKING:
    from crosswheel.app.workshop import Workshop

_LAYOUT = 2  # raised when it is made in another way


def gnu_cxx_package(workshop: "Workshop", target: Target, strategy: Strategy) -> str:
    """Return the Debian package of the libstdc++ that a release's own C++ archives were compiled with.

    Arguments:
        workshop: the run's parts.
        target: whose.
        strategy: how it is built, which decides what the release is.

    Raises:
        UsageError: the target's C library is musl.
        LackError: the release has none, or the archive cannot be reached.
    """
    if target.glibc is None:
        raise UsageError(
            f"there is no libstdc++ for {target}",
            why="Debian's is made for glibc, and the target's C library is musl",
            hint="take --cxx-runtime libc++, which is the default",
        )
    suite = library_release(target) if strategy is Strategy.CROSS else python_release(workshop, target)
    compiler = workshop.archive.find("g++", suite=suite, architecture=target.architecture)
    version = re.match(r"(?:\d+:)?(\d+)\.", compiler.version) if compiler else None
    if version is None:
        raise LackError(f"Debian {suite} has no g++ for {target.architecture.name}", why="its version is not listed")
    return f"libstdc++-{version[1]}-dev"


def prepare_gnu_cxx(workshop: "Workshop", toolchain: Toolchain, sysroot: Path) -> GnuCxx:
    """Return the libstdc++ of a sysroot, made ready for a toolchain's target.

    Arguments:
        workshop: the run's parts.
        toolchain: compiles and links.
        sysroot: with the package that `gnu_cxx_package` names.

    Raises:
        LackError: it is not in there.
        RefusedError: zig failed.
    """
    archive, includes = find_gnu_cxx(sysroot, toolchain.target.architecture.triplet)
    names = (archive, toolchain.version, *toolchain.target_options, _LAYOUT)
    key = hashlib.sha256(" ".join(map(str, names)).encode()).hexdigest()[:32]
    runtime = workshop.store.folder(
        "gnu-cxx", key, lambda folder: make_gnu_cxx(folder, toolchain, archive, processes=workshop.processes)
    )
    return GnuCxx(includes=(runtime / "include", *includes), runtime=runtime)
