"""Makes the environment in which a build runs."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from crosswheel.emulator import Emulator, ExecMode, HostPackages, Launcher
from crosswheel.hermetic.autotools import config_site
from crosswheel.hermetic.cargo import RustParts, write_cargo
from crosswheel.hermetic.cmake import write_cmake
from crosswheel.hermetic.meson import meson_file, write_meson
from crosswheel.hermetic.native import link_native_tools
from crosswheel.hermetic.pkgconfig import write_pkg_config
from crosswheel.hermetic.shims import write_shims
from crosswheel.hermetic.value import Facts, Hermetic
from crosswheel.hermetic.variables import build_variables, inherited_variables
from crosswheel.process import this_host
from crosswheel.pythons import TargetPython
from crosswheel.targets import Target
from crosswheel.toolchains import Toolchain, WrapperRules, write_wrappers
from crosswheel.toolchains.fortran import Fortran, write_fortran
from crosswheel.toolchains.gnu import GnuCxx

_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


def make_hermetic(
    folder: Path,
    *,
    target: Target,
    toolchain: Toolchain,
    python: TargetPython,
    build_python: Path,
    emulator: Emulator | None,
    launcher: Launcher,
    search_path: str,
    host_packages: HostPackages,
    source_date_epoch: int,
    home: Path,
    build_folder: Path | None = None,
    link_log: Path | None = None,
    environment: Mapping[str, str] = _NO_VARIABLES,
    rust: RustParts | None = None,
    fortran: Fortran | None = None,
    openmp: Path | None = None,
    gnu_cxx: GnuCxx | None = None,
    relinked: Path | None = None,
) -> Hermetic:
    """Write the environment of a build into a folder.

    Arguments:
        folder: takes it; made if need be, and its path is written into what is made.
        target: what is built for.
        toolchain: its compilers.
        python: the target's.
        build_python: interpreter of the build's virtual environment, which need not be there yet.
        emulator: of the target's programs; None where this machine runs them, or nothing does.
        launcher: how programs of the target that a build starts are run.
        search_path: folders of this machine's programs, as PATH has them.
        host_packages: gives a program that every build needs where this machine does not have it.
        source_date_epoch: seconds since 1970.
        home: a private folder for HOME and temporary files; made if need be.
        build_folder: where sources and everything else of the build are; by default what `folder` is in.
        link_log: file in which the compilers note what was linked.
        environment: the person's own variables, of which proxies and certificates are passed on.
        rust: for what needs it.
        fortran: for what has Fortran sources.
        openmp: folder of the OpenMP runtime, for what asks for it.
        gnu_cxx: GCC's C++ runtime, where it is wanted in place of zig's.
        relinked: folder of shared libraries that stand for those of the sysroot.

    Raises:
        LackError: a program that every build needs is not to be had.
    """
    folder, home, build_folder = folder.absolute(), home.absolute(), (build_folder or folder.parent).absolute()
    facts = Facts(
        target=target,
        sysroot=python.sysroot.path.absolute() if python.sysroot else None,
        emulator=emulator,
        executes=launcher.mode is not ExecMode.NONE or (emulator is None and _runs_here(target)),
        release=".".join(map(str, (*this_host().kernel, 0))),
        host_triplet=f"{this_host().machine}-linux-gnu",
        build_python=build_python.absolute(),
        python_version=python.version,
        python_includes=python.includes,
        folder=folder,
        # A build in the root folder would make the whole machine a place of its own files.
        outside=tuple(path for path in dict.fromkeys((build_folder, home)) if path != Path("/")),
        jobs=len(os.sched_getaffinity(0)),
    )
    for made in (facts.tools, home / "tmp"):
        made.mkdir(parents=True, exist_ok=True)
    link_native_tools(facts.tools, search_path=search_path, host_packages=host_packages)
    rules = _rules(facts, build_folder=build_folder, link_log=link_log)
    runtimes = tuple(folder for folder in (fortran.runtime if fortran else None, openmp, relinked) if folder)
    rules = replace(rules, runtimes=runtimes, openmp=openmp, gnu_cxx=gnu_cxx, relinked=relinked)
    wrappers = dict(write_wrappers(facts.tools, toolchain, rules))
    write_pkg_config(facts)
    write_shims(facts)
    if fortran is not None:
        wrappers |= write_fortran(facts.tools, toolchain, fortran, rules)
    toolchain_file = write_cmake(facts, wrappers)
    site_file, machine_file = folder / "config.site", folder / "meson.ini"
    site_file.write_text(config_site(facts), encoding="utf-8")
    machine_file.write_text(meson_file(facts, wrappers), encoding="utf-8")
    write_meson(facts, machine_file)
    variables = {
        **inherited_variables(environment),
        **build_variables(
            facts,
            toolchain_file=toolchain_file,
            config_site=site_file,
            home=home,
            source_date_epoch=source_date_epoch,
        ),
        **launcher.environment,
    }
    if fortran is not None:
        # F77 and F90 are numpy.distutils', FC is everybody's (CMake, Meson, autoconf).
        compiler = f"{target.architecture.triplet}-gfortran"
        variables |= dict.fromkeys(("FC", "F77", "F90"), compiler)
    if rust is not None:
        variables |= write_cargo(facts, rust, wrappers, home=home, environment=environment)
    return Hermetic(
        tools=facts.tools,
        variables=MappingProxyType(variables),
        toolchain_file=toolchain_file,
        config_site=site_file,
        meson_file=machine_file,
        wrappers=MappingProxyType(dict(wrappers)),
    )


def _runs_here(target: Target) -> bool:
    host = this_host()
    libc = "" if target.glibc is None else "glibc"
    return host.machine == target.architecture.name and host.libc[0] == libc


def _rules(facts: Facts, *, build_folder: Path, link_log: Path | None) -> WrapperRules:
    return WrapperRules(
        sysroot=facts.sysroot,
        python_includes=facts.python_includes,
        build_folder=build_folder,
        extension_suffixes=facts.target.extension_suffixes,
        link_log=link_log,
        # One processor has nothing to spare.
        ahead=facts.jobs if facts.jobs > 1 else 0,
        # A cache or a folder for temporary files may lie below a folder that else is the host's, such as /opt.
        own_folders=tuple(
            dict.fromkeys(
                (
                    *facts.outside,
                    facts.folder,
                    facts.environment_root,
                    *facts.python_includes,
                    *([facts.sysroot] if facts.sysroot else []),
                )
            )
        ),
    )
