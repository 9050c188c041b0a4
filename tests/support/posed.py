"""Pythons of this machine that pose as a target's, and true Pythons of targets to compare them with."""

import contextlib
import functools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from crosswheel.app.cross import host_python
from crosswheel.app.workshop import Workshop
from crosswheel.emulator import find_emulator
from crosswheel.process import Command, Processes, this_host
from crosswheel.pythons import Environment, TargetPython, make_environment, pose_python
from crosswheel.store import Store
from crosswheel.targets import Target
from crosswheel.toolchains import zig_toolchain
from real_archive import host_packages, released_package

# The releases of Debian that have a CPython, and their glibc.
RELEASES = {
    "3.9": ("bullseye", (2, 31), ("x86_64", "aarch64", "i686", "armv7l")),
    "3.11": ("bookworm", (2, 36), ("x86_64", "aarch64", "i686", "armv7l", "ppc64le", "s390x")),
    "3.13": ("trixie", (2, 41), ("x86_64", "aarch64", "i686", "armv7l", "ppc64le", "s390x", "riscv64")),
    "3.14": ("sid", (2, 42), ("x86_64", "aarch64", "i686", "armv7l", "ppc64le", "s390x", "riscv64", "loongarch64")),
    "3.15": ("sid", (2, 42), ("x86_64", "aarch64", "i686", "armv7l", "ppc64le", "s390x", "riscv64", "loongarch64")),
}

_PARTS = ("{python}-minimal", "lib{python}-minimal", "lib{python}-stdlib", "libc6", "libexpat1", "libgcc-s1", "zlib1g")


@functools.cache
def compiles(target: Target, *includes: Path) -> Callable[[str], bytes]:
    """Return what compiles one C source for a target with zig, with these folders of headers."""
    toolchain = zig_toolchain(target, cache=Path(os.environ["CROSSWHEEL_CACHE"]) / "zig")

    @functools.cache
    def compile_object(source: str) -> bytes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "asked.c").write_text(source)
            argv = (str(toolchain.zig), "cc", "-target", toolchain.triple, "-O1", "-w", "-fno-sanitize=undefined")
            done = Processes().run(
                Command(
                    argv=(*argv, *(f"-I{one}" for one in includes), "-c", "asked.c", "-o", "asked.o"),
                    environment={"PATH": "", "HOME": name, **toolchain.environment},
                    directory=folder,
                ),
                timeout=120,
            )
            assert done.returncode == 0, done.output
            return (folder / "asked.o").read_bytes()

    return compile_object


@contextlib.contextmanager
def workshop() -> Iterator[Workshop]:
    """Give a run's parts, with the cache of the tests."""
    made = Workshop(os.environ)
    try:
        yield made
    finally:
        made.close()


@functools.cache
def installed_python(version: str) -> TargetPython | None:
    """Return this machine's own CPython X.Y with its headers; None where there is none."""
    target = Target.parse(f"cp{version.replace('.', '')}-manylinux_2_39_{this_host().machine}")
    with workshop() as shop:
        return shop.host_python(target)


def debian_host(version: str) -> TargetPython:
    """Return a CPython X.Y that runs here, installed or Debian's."""
    target = Target.parse(f"cp{version.replace('.', '')}-manylinux_2_39_{this_host().machine}")
    with workshop() as shop:
        return host_python(shop, target)


def posed(host: TargetPython, target: Target, root: Path, store: Store) -> Environment:
    """Return an environment whose interpreter poses as the target's."""
    python = pose_python(
        host, target, compile_object=compiles(target), processes=Processes(), store=store, sysroot=None
    )
    return make_environment(root, python)


def true_pyconfig(version: str, architecture: str) -> str:
    """Return the pyconfig.h that Debian's CPython X.Y of an architecture was built with."""
    target = debian_target(version, architecture)
    name = f"python{version}"
    package = released_package(f"lib{name}-dev", suite=RELEASES[version][0], architecture=target.architecture)
    return (package / "usr/include" / target.architecture.triplet / name / "pyconfig.h").read_text()


def true_python(version: str, architecture: str, folder: Path) -> Environment:
    """Return an environment of Debian's CPython X.Y of an architecture, emulated, with what it needs to answer.

    Arguments:
        version: X.Y.
        architecture: not this machine's.
        folder: an empty one, for the interpreter and the environment.
    """
    target = debian_target(version, architecture)
    root = folder / "root"
    for part in (*_PARTS, *(("libzstd1",) if version == "3.15" else ())):
        package = released_package(
            part.format(python=f"python{version}"), suite=RELEASES[version][0], architecture=target.architecture
        )
        shutil.copytree(package / "usr", root / "usr", symlinks=True, dirs_exist_ok=True)
        for name in ("lib", "lib64"):
            if (package / name).is_dir() and not (package / name).is_symlink():  # not all of bullseye has /usr merged
                shutil.copytree(package / name, root / name, symlinks=True, dirs_exist_ok=True)
            elif (package / name).is_symlink() and not (root / name).exists():
                (root / name).symlink_to((package / name).readlink())
    executable = root / "usr/bin" / f"python{version}"
    emulator = find_emulator(
        target.architecture, search_path=os.environ["PATH"], processes=Processes(), host_packages=host_packages
    )
    python = TargetPython(
        version=f"{version}.0",
        executable=executable,
        command=(str(emulator.path), "-L", str(root), str(executable)),
        includes=(),
        sysroot=None,
        origin=f"Debian {RELEASES[version][0]}",
    )
    return make_environment(folder / "env", python)


def debian_target(version: str, architecture: str) -> Target:
    """Return the target that Debian's CPython X.Y of an architecture itself is."""
    glibc = RELEASES[version][1]
    return Target.parse(f"cp{version.replace('.', '')}-manylinux_{glibc[0]}_{glibc[1]}_{architecture}")
