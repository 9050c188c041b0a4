"""The target's own Python, wherever it comes from: to build with, and to try wheels in."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from crosswheel.app.cross import library_release, own_linker, target_libraries
from crosswheel.app.workshop import Workshop
from crosswheel.emulator import Emulator
from crosswheel.errors import LackError, UsageError
from crosswheel.pythons import FoundPython, TargetPython, debian_python, debian_release
from crosswheel.store import Sysroot
from crosswheel.targets import Target


def target_python(
    workshop: Workshop,
    target: Target,
    emulator: Emulator | None,
    *,
    native_packages: Sequence[str] = (),
    development: bool = True,
) -> TargetPython:
    """Return a Python of the target from the first of the places that the person named, or else of Debian or uv.

    Arguments:
        workshop: the run's parts.
        target: whose Python.
        emulator: runs it; None where this machine does.
        native_packages: Debian development packages of the target that are unpacked beside it.
        development: with headers; without, it is what a wheel is tried in.

    Raises:
        UsageError: no place has one.
        LackError: something cannot be had here.
        RefusedError: a place has something else than it promises.
    """
    found = workshop.target_pythons.find(target)
    if found:
        return _started(workshop, target, found, emulator, native_packages)
    start = partial(_emulated, emulator) if emulator else own_linker
    with workshop.reporter.step(f"Python {'.'.join(map(str, target.python.version))} for {target.architecture.name}"):
        return debian_python(
            target,
            workshop.archive,
            workshop.store,
            start=start,
            native_packages=native_packages,
            development=development,
        )


def python_release(workshop: Workshop, target: Target) -> str:
    """Return the Debian release whose libraries stand beside the target's Python.

    Arguments:
        workshop: the run's parts.
        target: whose Python.

    Raises:
        UsageError: no place has a Python for the target.
        LackError: a place cannot be asked here, and no other has one.
    """
    return library_release(target) if workshop.target_pythons.find(target) else debian_release(target)


def _started(
    workshop: Workshop, target: Target, found: FoundPython, emulator: Emulator | None, native_packages: Sequence[str]
) -> TargetPython:
    sysroot = _sysroot(workshop, target, found, native_packages)
    if emulator:
        return found.target_python(target, sysroot=sysroot, command=_emulated(emulator, sysroot, found.root))
    fits = target.glibc is not None and ("glibc", found.glibc) <= workshop.host.libc
    if found.root is None and fits and workshop.host.libc[0] == "glibc":
        command: tuple[str, ...] = ()
    elif found.root and found.loader and sysroot.path == found.root:
        folders = (found.root / name for name in ("usr/lib64", "lib64", "usr/local/lib", "usr/lib", "lib"))
        own = [found.loader.parent, *(folder for folder in folders if folder.is_dir())]
        command = (str(found.loader), "--library-path", ":".join(dict.fromkeys(map(str, own))))
    elif target.glibc is None:
        command = (str(_musl_linker(sysroot)),)
    else:
        command = own_linker(sysroot)
    return found.target_python(target, sysroot=sysroot, command=command)


def _sysroot(workshop: Workshop, target: Target, found: FoundPython, native_packages: Sequence[str]) -> Sysroot:
    """The file system that it came with, where it did and nothing else is asked for; else libraries of Debian."""
    if found.root and not native_packages:
        return Sysroot(
            path=found.root,
            architecture=target.architecture,
            glibc=found.glibc,
            suite=library_release(target),
            packages=(),
        )
    sysroot = target_libraries(workshop, target, native_packages)
    if sysroot is None:
        raise LackError(
            f"the Python of {found.origin} cannot be run",
            why="it brings no C library, and Debian's cannot be had",
            hint="`crosswheel doctor` tells the state of the Debian archive; an image brings a C library",
        )
    if found.root is None and target.glibc and sysroot.glibc < found.glibc:
        raise UsageError(
            f"the Python of {found.origin} cannot be run for {target}",
            why=f"it asks for glibc {_dotted(found.glibc)}, and Debian {sysroot.suite} has {_dotted(sysroot.glibc)}",
            hint=f"build for manylinux_{found.glibc[0]}_{found.glibc[1]}, or take a Python for older systems",
        )
    return sysroot


def _emulated(emulator: Emulator, sysroot: Sysroot, root: Path | None = None) -> tuple[str, ...]:
    return (str(emulator.path), "-L", str(root or sysroot.path))


def _musl_linker(sysroot: Sysroot) -> Path:
    linker = next(iter(sorted((sysroot.path / "lib").glob("ld-musl-*.so.1"))), None)
    if linker is None:
        raise LackError(
            f"{sysroot.path} has no dynamic linker", why="it should have musl's", hint="remove it: it is then made anew"
        )
    return linker


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
