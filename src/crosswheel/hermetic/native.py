"""Programs of this machine that a build may use, found by name; what is missing and needed is fetched."""

import importlib.metadata
import os
import shlex
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from crosswheel.emulator import HostPackages
from crosswheel.errors import LackError


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeTools:
    """The names that a build may find.

    Arguments:
        essential: Debian package → names that every build has.
        packages: Debian package → names that a build has when the machine has them.
        refused: name → why it is answered with a sentence and nothing else.
    """

    essential: Mapping[str, tuple[str, ...]]
    packages: Mapping[str, tuple[str, ...]]
    refused: Mapping[str, str]


def read_native_tools() -> NativeTools:
    """Return the list that ships with crosswheel (`native_tools.toml`)."""
    table = tomllib.loads((files("crosswheel.hermetic") / "native_tools.toml").read_text(encoding="utf-8"))
    return NativeTools(
        essential={package: tuple(names) for package, names in table["essential"].items()},
        packages={package: tuple(names) for package, names in table["packages"].items()},
        refused=dict(table["refused"]),
    )


def link_native_tools(folder: Path, *, search_path: str, host_packages: HostPackages) -> None:
    """Put the programs of this machine that a build may use into a folder, by absolute links.

    Arguments:
        folder: takes a link, or a small script, for each.
        search_path: folders of this machine, as PATH has them.
        host_packages: gives the essential ones that are missing.

    Raises:
        LackError: an essential one is neither there nor to be had.
    """
    tools = read_native_tools()
    for names in tools.packages.values():
        for name in names:
            found = shutil.which(name, path=search_path)
            if found:
                (folder / name).symlink_to(Path(found).absolute())
    for package, names in tools.essential.items():
        for name in names:
            found = shutil.which(name, path=search_path)
            if found:
                (folder / name).symlink_to(Path(found).absolute())
            else:
                script = folder / name
                script.write_text(_starter(name, host_packages(package, dependencies=True)), encoding="utf-8")
                script.chmod(0o755)
    for name, path in _python_packages():
        (folder / name).symlink_to(path)
    for alias in ("ninja-build", "samu"):
        (folder / alias).symlink_to("ninja")


def pkgconf_program() -> Path:
    """Return the pkgconf that the package of that name brings."""
    return _installed("pkgconf", "pkgconf/.bin/pkgconf")


def _python_packages() -> Iterator[tuple[str, Path]]:
    """CMake's programs and Ninja: the binaries themselves, not the Python scripts that would start them."""
    for name in ("cmake", "ctest", "cpack"):
        yield name, _installed("cmake", f"cmake/data/bin/{name}")
    yield "ninja", _installed("ninja", "ninja/data/bin/ninja", "../../../bin/ninja")


def _installed(package: str, *candidates: str) -> Path:
    try:
        distribution = importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError:
        distribution = None
    for candidate in candidates if distribution else ():
        path = Path(os.path.normpath(str(distribution.locate_file(candidate)))) if distribution else None
        if path and path.is_file():
            return path
    raise LackError(
        f"{package} is not where it should be",
        why=f"the package {package}, which crosswheel needs, is not installed or is laid out in another way",
        hint=f"install it again: pip install --force-reinstall {package}",
    )


def _starter(name: str, root: Path) -> str:
    """By the dynamic linker beside it: this machine's own libc may be older, or another."""
    program = next((path for path in (root / "usr/bin" / name, root / "bin" / name) if path.exists()), None)
    linkers = sorted(
        path
        for pattern in ("lib*/ld-linux*.so.*", "usr/lib*/ld-linux*.so.*", "usr/lib/*/ld-linux*.so.*")
        for path in root.glob(pattern)
        if path.is_file()
    )
    if program is None or not linkers:
        raise LackError(
            f"{name} is not on this machine, and the Debian package that should have it does not",
            why=f"{root} has no {'program of that name' if program is None else 'dynamic linker'}",
            hint=f"install {name} with this machine's package manager",
        )
    folders = [
        str(path)
        for pattern in ("lib/*-linux-*", "usr/lib/*-linux-*", "lib", "usr/lib")
        for path in sorted(root.glob(pattern))
        if path.is_dir()
    ]
    # make starts itself again by the name that it was started by: the script is found by that name too.
    command = (str(linkers[0]), "--library-path", ":".join(folders), "--argv0", name, str(program.resolve()))
    modules = "usr/share/perl/*", "usr/lib/*/perl/*", "usr/lib/*/perl-base", "usr/share/perl5"
    perl = ":".join(str(path) for pattern in modules for path in sorted(root.glob(pattern))) if name == "perl" else ""
    setting = f"PERL5LIB={shlex.quote(perl)}${{PERL5LIB:+:$PERL5LIB}}\nexport PERL5LIB\n" if perl else ""
    return f'#!/bin/sh\n{setting}exec {shlex.join(command)} "$@"\n'
