"""Where the Rust of a build comes from: this machine, else the Debian archive."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from crosswheel.errors import LackError, RefusedError
from crosswheel.hermetic import RustParts
from crosswheel.targets import Architecture, Musllinux, Target, architecture_named, parse_target
from crosswheel.toolchains import Toolchain, zig_toolchain
from crosswheel.toolchains.rust import (
    InstalledRust,
    RustToolchain,
    find_installed_rust,
    rust_triple,
    unpacked_rust,
)

if TYPE_CHECKING:
    from crosswheel.app.workshop import Workshop

# The release that Rust is taken from: the newest stable one. Unstable has what no stable release has.
_SUITE = "trixie"
_UNSTABLE = {"loongarch64": "sid"}

# What rustc of Debian depends on to link; zig does.
_LINKERS = frozenset({"gcc", "c-compiler", "libc-dev", "libc6-dev", "binutils"})

# Rust's own for musl, as rustup has them (tier 2 of "Platform Support" in the rustc book, 1.95).
_RUSTUP_MUSL = frozenset({"x86_64", "i686", "aarch64", "armv7l", "ppc64le", "riscv64", "loongarch64"})

# What std of Rust needs (since 1.64), and what most wheels are built for: its libraries are compiled once for both.
_GLIBC = (2, 17)


def prepare_rust(workshop: "Workshop", target: Target) -> RustParts:
    """Find Rust for a target on this machine, or fetch Debian's.

    Arguments:
        workshop: the run's parts.
        target: what is built for.

    Raises:
        LackError: there is none for the target, here or in Debian.
        RefusedError: Debian's packages do not fit together.
    """
    triple = rust_triple(target)
    with workshop.reporter.step(f"Rust for {triple}"):
        installed, toolchain = _found(workshop, target, triple)
        if installed and not installed.has_target:
            _tell(workshop, installed, toolchain)
    host = None if toolchain.host == triple else _host_compilers(workshop)
    return RustParts(toolchain=toolchain, host=host, shared=workshop.store.root / "cargo")


def rust_version(workshop: "Workshop", target: Target) -> str:
    """Return the version of rustc that a build takes, and where it is from.

    Arguments:
        workshop: the run's parts.
        target: what is built for.

    Raises:
        LackError: there is none for the target, here or in Debian.
        RefusedError: Debian's packages do not fit together.
    """
    _, toolchain = _found(workshop, target, rust_triple(target))
    return f"{toolchain.version} ({toolchain.origin})"


def _found(workshop: "Workshop", target: Target, triple: str) -> tuple[InstalledRust | None, RustToolchain]:
    """This machine's Rust, if it has one, and the toolchain to take, which may be another."""
    installed = find_installed_rust(
        triple, search_path=workshop.search_path, processes=workshop.processes, environment=workshop.environ
    )
    if installed and installed.has_target:
        return installed, installed.toolchain(triple)
    _check_in_debian(target, triple, installed)
    return installed, _debian_rust(workshop, target, triple)


def _check_in_debian(target: Target, triple: str, installed: InstalledRust | None) -> None:
    if not isinstance(target.platform, Musllinux):
        return
    mine = f"this machine's Rust {installed.version} has none either" if installed else "this machine has no Rust"
    if target.architecture.name not in _RUSTUP_MUSL:
        raise LackError(
            f"no Rust standard library for {triple} is to be had",
            why=f"neither rustup nor Debian has one, and {mine}",
            hint="build for a glibc target (manylinux) of this architecture",
        )
    add = f"rustup target add {triple}"
    raise LackError(
        f"no Rust standard library for {triple} is to be had",
        why=f"Debian has none for musl, and {mine}",
        hint=add if installed and installed.rustup else f"install Rust with rustup, then: {add}",
    )


def _tell(workshop: "Workshop", installed: InstalledRust, taken: RustToolchain) -> None:
    add = f"; `rustup target add {taken.triple}` adds one" if installed.rustup else ""
    workshop.reporter.note(
        f"Rust {taken.version} of {taken.origin}: this machine's Rust {installed.version} has no standard library for "
        f"{taken.triple}{add}"
    )


def _debian_rust(workshop: "Workshop", target: Target, triple: str) -> RustToolchain:
    suite = _UNSTABLE.get(target.architecture.name, _SUITE)
    machine = architecture_named(workshop.host.machine)
    host = rust_triple(_glibc_target(machine))
    try:
        programs = workshop.archive.sysroot(["rustc", "cargo"], suite=suite, architecture=machine, leave_out=_LINKERS)
        library = workshop.archive.sysroot(
            ["libstd-rust-dev"], suite=suite, architecture=target.architecture, dependencies=False
        )
    except LackError as error:
        raise LackError(
            f"no Rust for {triple} is to be had",
            why=f"this machine has none with its standard library, and Debian's cannot be fetched: {error}",
            hint=f"with rustup: rustup target add {triple}; else {error.hint}",
            details=error.details,
        ) from error
    versions = {
        package.version: package
        for tree in (programs, library)
        for package in tree.packages
        if package.name in {"rustc", "libstd-rust-dev"}
    }
    if len(versions) > 1:
        raise RefusedError(
            f"Debian's Rust for {triple} does not fit together",
            why=f"{suite} has {' and '.join(sorted(versions))}: rustc reads a standard library of its own version only",
            hint="wait until the mirror has both, or give another (CROSSWHEEL_DEBIAN_MIRROR)",
        )
    (version,) = versions
    trees = {host: programs.path, triple: library.path}
    return unpacked_rust(
        programs.path,
        triple=triple,
        host=host,
        sysroot=_joined(workshop, trees),
        version=version.partition("+")[0].partition("-")[0],
        origin=f"Debian {suite}",
    )


def _joined(workshop: "Workshop", trees: Mapping[str, Path]) -> Path:
    """Return one folder with the standard libraries of both machines, as rustc's --sysroot has them."""
    places = {triple: tree / "usr/lib/rustlib" / triple for triple, tree in trees.items()}

    def make(folder: Path) -> None:
        (folder / "lib/rustlib").mkdir(parents=True)
        for triple, place in places.items():
            (folder / "lib/rustlib" / triple).symlink_to(place)

    for triple, place in places.items():
        if not place.is_dir():
            raise LackError(
                f"Debian's Rust has no standard library for {triple}",
                why=f"{place} is not there",
                hint=f"with rustup: rustup target add {triple}",
            )
    key = hashlib.sha256("\n".join(map(str, places.values())).encode()).hexdigest()[:32]
    return workshop.store.folder("rust", key, make)


def _host_compilers(workshop: "Workshop") -> Toolchain:
    """Return compilers for build scripts and procedural macros, which run on this machine."""
    machine = architecture_named(workshop.host.machine)
    if workshop.host.libc[0] == "glibc":
        target = _glibc_target(machine)
    else:
        target = parse_target(f"cp311-musllinux_1_2_{machine.name}")
    toolchain = zig_toolchain(target, cache=workshop.store.root / "zig")
    with (
        workshop.reporter.step(f"compilers for {toolchain.triple}"),
        workshop.store.scratch("warm-up") as scratch,
    ):
        toolchain.warm_up(workshop.processes, scratch)
    return toolchain


def _glibc_target(machine: Architecture) -> Target:
    major, minor = max(_GLIBC, machine.oldest_glibc)
    return parse_target(f"cp311-manylinux_{major}_{minor}_{machine.name}")
