"""A target Python out of the Debian archive."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from crosswheel.errors import UsageError
from crosswheel.pythons.value import TargetPython
from crosswheel.store import Store, Sysroot
from crosswheel.targets import Architecture, Target

_ALWAYS = frozenset({"amd64", "arm64", "armhf", "i386"})

# Which release has which CPython for which architectures (as the archive's indexes say, checked on 2026-11-20 and -21);
# of several, the first is taken: the one with the oldest glibc. None of them has a free-threaded one.
_RELEASES: dict[tuple[int, int], dict[str, frozenset[str]]] = {
    (3, 9): {"bullseye": _ALWAYS},
    (3, 11): {"bookworm": _ALWAYS | {"ppc64el", "s390x"}},
    (3, 13): {"trixie": _ALWAYS | {"ppc64el", "riscv64", "s390x"}, "sid": frozenset({"loong64"})},
    (3, 14): {"sid": _ALWAYS | {"loong64", "ppc64el", "riscv64", "s390x"}},
    (3, 15): {"sid": _ALWAYS | {"loong64", "ppc64el", "riscv64", "s390x"}},
}

# Debian took distutils out of the standard library's package, until CPython itself dropped it in 3.12.
_LAST_WITH_DISTUTILS = (3, 11)

# Python.h of Debian includes <crypt.h> until then, which zig does not bring: it is libxcrypt's, not glibc's.
_LAST_WITH_CRYPT = (3, 9)

# Libraries that every manylinux policy lets a wheel expect, and that wheels among the requirements do expect.
PROMISED = ("libgcc-s1", "libstdc++6", "zlib1g")

# What zig brings itself; a second set of libc headers would only be in its way.
LEFT_OUT = frozenset(
    {
        "libc6-dev",
        "libc-dev",
        "linux-libc-dev",
        "libcrypt-dev",
        "libnsl-dev",
        "libtirpc-dev",
        "rpcsvc-proto",
        "libc-dev-bin",
    }
)


class SysrootSource(Protocol):
    """What this room needs of an archive: packages, unpacked with everything that they depend on."""

    def sysroot(
        self,
        packages: Sequence[str],
        *,
        suite: str,
        architecture: Architecture,
        leave_out: frozenset[str] = frozenset(),
    ) -> Sysroot:
        """Return a folder in which the packages and their dependencies are unpacked."""
        ...


def debian_versions(architecture: Architecture) -> tuple[tuple[int, int], ...]:
    """Return the CPython versions (major, minor) that Debian has for an architecture."""
    return tuple(
        version
        for version, releases in _RELEASES.items()
        if any(architecture.debian in names for names in releases.values())
    )


def debian_release(target: Target) -> str:
    """Return the name of the Debian release whose Python serves the target.

    Raises:
        UsageError: no release has it.
    """
    if release := _release(target):
        return release
    had = ", ".join(f"cp{major}{minor}" for major, minor in debian_versions(target.architecture))
    why = f"the Debian archive has {had} for {target.architecture.name}"
    if target.glibc is None:
        why = "the Debian archive has Pythons for glibc only"
    elif target.python.free_threaded:
        why += ", none of them free-threaded"
    hint = f"take one of {had}, or name a place that has it with --target-python (uv, an image, a folder)"
    raise UsageError(f"Debian has no Python for {target}", why=why, hint=hint)


def has_debian_python(target: Target) -> bool:
    """Return whether a release of Debian has a Python for the target."""
    return _release(target) is not None


def _release(target: Target) -> str | None:
    if target.glibc is None or target.python.free_threaded:
        return None
    releases = _RELEASES.get(target.python.version, {})
    return next((name for name, names in releases.items() if target.architecture.debian in names), None)


def debian_python(
    target: Target,
    source: SysrootSource,
    store: Store,
    *,
    start: Callable[[Sysroot], tuple[str, ...]],
    native_packages: Sequence[str] = (),
    development: bool = True,
) -> TargetPython:
    """Return the target's Python out of the Debian archive, unpacked.

    Arguments:
        target: whose Python.
        source: the archive.
        store: where the folder of header links is kept.
        start: given the sysroot, what a program of it is started with here (the emulator, or its own dynamic linker).
        native_packages: development packages of the target that are unpacked beside it.
        development: with headers; without, it is what a wheel is tried in.

    Raises:
        UsageError: Debian has no such Python.
    """
    release = debian_release(target)
    major, minor = target.python.version
    name = f"python{major}.{minor}"
    packages = [name, *PROMISED]
    if target.python.version <= _LAST_WITH_DISTUTILS:
        packages.append("python3-distutils")
    if development:
        packages += [f"lib{name}-dev", *native_packages]
        if target.python.version <= _LAST_WITH_CRYPT:
            packages.append("libcrypt-dev")
    sysroot = source.sysroot(packages, suite=release, architecture=target.architecture, leave_out=LEFT_OUT)
    executable = sysroot.path / "usr/bin" / name
    version = next(package.version for package in sysroot.packages if package.name == f"lib{name}-minimal")
    return TargetPython(
        version=upstream_version(version),
        executable=executable,
        command=(*start(sysroot), str(executable)),
        includes=(_includes(sysroot, name, store) if development else ()),
        sysroot=sysroot,
        origin=f"Debian {release}",
    )


def upstream_version(debian_version: str) -> str:
    """Return the upstream part of a Debian version: "3.11.2" of "3.11.2-6+deb12u6", "3.15.0rc1" of "3.15.0~rc1-1"."""
    return debian_version.rpartition(":")[2].partition("-")[0].partition("+")[0].replace("~", "")


def _includes(sysroot: Sysroot, name: str, store: Store) -> tuple[Path, ...]:
    """Python.h, and the folder that <TRIPLET/python3.X/pyconfig.h> is found under, without the rest of /usr/include."""
    triplet = sysroot.architecture.triplet
    headers = sysroot.path / "usr/include"

    def link(folder: Path) -> None:
        (folder / triplet).mkdir()
        (folder / triplet / name).symlink_to(headers / triplet / name)

    key = hashlib.sha256(str(headers / triplet / name).encode()).hexdigest()[:32]
    links = store.folder("python-headers", key, link)
    return (headers / name, links)
