"""What Meson is told, and how it runs: on this machine's Python, which is much faster than an emulated one."""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from crosswheel.hermetic.pkgconfig import pkg_config_folder
from crosswheel.hermetic.shims import runner_script
from crosswheel.hermetic.value import Facts

# Meson's reference tables: CPU families.
_FAMILIES = {"i686": "x86", "armv7l": "arm", "ppc64le": "ppc64"}

# What numpy and scipy call the formats of long double, by architecture; they cannot find out in a cross build.
_LONG_DOUBLES = {
    "x86_64": "INTEL_EXTENDED_16_BYTES_LE",
    "i686": "INTEL_EXTENDED_12_BYTES_LE",
    "armv7l": "IEEE_DOUBLE_LE",
    "ppc64le": "IBM_DOUBLE_DOUBLE_LE",
    "s390x": "IEEE_QUAD_BE",
    "aarch64": "IEEE_QUAD_LE",
    "riscv64": "IEEE_QUAD_LE",
    "loongarch64": "IEEE_QUAD_LE",
}


def meson_file(facts: Facts, wrappers: Mapping[str, Path]) -> str:
    """Return a machine file: a native one where programs of the target can be started, a cross file where not.

    Arguments:
        facts: what it says.
        wrappers: compilers and their tools, by name.
    """
    architecture = facts.target.architecture
    binaries: dict[str, Sequence[str]] = {
        "c": [str(wrappers["cc"])],
        "cpp": [str(wrappers["c++"])],
        **({"fortran": [str(wrappers["gfortran"])]} if "gfortran" in wrappers else {}),
        **{name: [str(wrappers[name])] for name in ("ar", "strip", "objcopy")},
        "pkg-config": [str(facts.tools / "pkg-config")],
        "cmake": [str(facts.tools / "cmake")],
        # import('python').find_installation() looks here, whatever Python runs Meson.
        "python": [str(facts.build_python)],
    }
    properties: dict[str, str] = {}
    # musl's powerpc64 has no pairs of doubles.
    pairs = facts.musl and architecture.name == "ppc64le"
    long_double = "IEEE_DOUBLE_LE" if pairs else _LONG_DOUBLES.get(architecture.name)
    if long_double:
        properties["longdouble_format"] = _literal(long_double)
    lines = []
    if not facts.executes:
        binaries["exe_wrapper"] = [str(runner_script(facts))]
        # Where a cross build would not look for them by itself (Meson's ConfigToolDependency).
        binaries |= {name: [str(facts.environment_root / "bin" / name)] for name in ("numpy-config", "pybind11-config")}
        properties["needs_exe_wrapper"] = "true"
        properties["pkg_config_libdir"] = _literal(str(pkg_config_folder(facts)))
        if facts.sysroot:
            properties["sys_root"] = _literal(str(facts.sysroot))
        lines += [
            "[host_machine]",
            "system = 'linux'",
            f"cpu_family = {_literal(_FAMILIES.get(architecture.name, architecture.name))}",
            f"cpu = {_literal(architecture.name)}",
            f"endian = {_literal(architecture.byte_order.name.lower())}",
            "",
        ]
    lines += ["[binaries]", *(f"{name} = [{', '.join(map(_literal, words))}]" for name, words in binaries.items()), ""]
    lines += ["[properties]", *(f"{name} = {value}" for name, value in properties.items()), ""]
    return "\n".join(lines)


def write_meson(facts: Facts, machine_file: Path) -> None:
    """Write the `meson` of the folder of tools.

    It runs the Meson of the build's own environment, and sees nothing else of that environment: a link leads to it.

    Arguments:
        facts: what it says.
        machine_file: where the machine file is.
    """
    private = facts.folder / "meson"
    private.mkdir()
    (private / "mesonbuild").symlink_to(facts.site / "mesonbuild")
    shim = facts.tools / "meson"
    settings = {
        "shim": str(shim),
        "path": str(private),
        "bytecode": str(private / "bytecode"),
        "python": str(facts.build_python),
        "machine": facts.target.architecture.name if facts.executes else None,
        "byte_order": facts.target.architecture.byte_order.value,
        "option": f"--{'native' if facts.executes else 'cross'}-file={machine_file}",
    }
    settings_file = private / "settings.json"
    settings_file.write_text(json.dumps(settings, indent=1), encoding="utf-8")
    program = str(files("crosswheel.hermetic") / "meson_main.py")
    words = shlex.join([sys.executable, "-I", "-S", program, str(settings_file)])
    shim.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
    shim.chmod(0o755)


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
