"""Small scripts that answer for the target where the host's programs would answer for the host."""

import shlex
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

from crosswheel.hermetic.native import pkgconf_program, read_native_tools
from crosswheel.hermetic.pkgconfig import pkg_config_folder
from crosswheel.hermetic.value import Facts
from crosswheel.targets import ByteOrder

# As ldconfig -p of the GNU C library names the kinds of libraries (elf/cache.c).
_LDCONFIG_KINDS = {
    "x86_64": "libc6,x86-64",
    "i686": "libc6",
    "aarch64": "libc6,AArch64",
    "armv7l": "libc6,hard-float",
    "ppc64le": "libc6,64bit",
    "s390x": "libc6,64bit",
    "riscv64": "libc6,double-float",
    "loongarch64": "libc6,double-float",
}

# The GNU C library's dynamic linkers, by architecture.
_LOADERS = {
    "x86_64": "lib64/ld-linux-x86-64.so.2",
    "i686": "lib/ld-linux.so.2",
    "aarch64": "lib/ld-linux-aarch64.so.1",
    "armv7l": "lib/ld-linux-armhf.so.3",
    "ppc64le": "lib64/ld64.so.2",
    "s390x": "lib/ld64.so.1",
    "riscv64": "lib/ld-linux-riscv64-lp64d.so.1",
    "loongarch64": "lib64/ld-linux-loongarch-lp64d.so.1",
}

# What musl's own dynamic linker calls an architecture, where it is not what Alpine's soname of the library says.
_MUSL_NAMES = {"i686": "i386", "armv7l": "armhf"}

# dpkg-architecture's DEB_HOST_ARCH_CPU, where it is not the architecture's own name.
_DEBIAN_CPUS = {"armhf": "arm"}
_DEBIAN_ABIS = {"armhf": "eabihf"}

_PLAIN = ("uname", "arch", "dpkg", "dpkg-architecture", "ldconfig", "getconf", "lscpu", "ldd")


def write_shims(facts: Facts) -> None:
    """Write the shims into the folder of tools.

    Arguments:
        facts: what they say.
    """
    header = _header(facts)
    for name in _PLAIN:
        _write(facts.tools / name, name, header)
    prefixes = dict.fromkeys(("", f"{facts.triplet}-", f"{facts.machine}-"))
    for name in (f"{prefix}{program}" for prefix in prefixes for program in ("pkg-config", "pkgconf")):
        _write(
            facts.tools / name,
            "pkg-config",
            header | {"pkgconf": str(pkgconf_program()), "libdir": str(pkg_config_folder(facts))},
        )
    for name, reason in read_native_tools().refused.items():
        _write(facts.tools / name, "refuse", {"reason": reason})
    for name, script, interpreter in _config_scripts(facts):
        _write(facts.tools / name, "config-script", header | {"script": str(script), "interpreter": interpreter})
    _write(runner_script(facts), "run-target", header)
    _write_pythons(facts)


def runner_script(facts: Facts) -> Path:
    """Return the path of the script that starts a program of the target by whatever means there is."""
    return facts.folder / "run-target"


def _header(facts: Facts) -> dict[str, str]:
    architecture = facts.target.architecture
    glibc = facts.target.glibc
    musl = _MUSL_NAMES.get(architecture.name, architecture.musl)
    loader = f"lib/ld-musl-{musl}.so.1" if facts.musl else _LOADERS.get(architecture.name, "")
    return {
        "machine": architecture.name,
        "release": facts.release,
        "debian": architecture.debian,
        "debian_abi": _DEBIAN_ABIS.get(architecture.debian, "base"),
        "debian_cpu": _DEBIAN_CPUS.get(architecture.debian, architecture.debian),
        "gnu_cpu": facts.machine.partition("-")[0],
        "gnu_type": facts.machine,
        "triplet": facts.triplet,
        "libc": "musl" if facts.musl else "gnu",
        "musl_name": musl,
        "bits": str(architecture.bits),
        "endian": "little" if architecture.byte_order is ByteOrder.LITTLE else "big",
        "page_size": str(architecture.page_size),
        "glibc": f"{glibc[0]}.{glibc[1]}" if glibc else "",
        "ldconfig_kind": _LDCONFIG_KINDS.get(architecture.name, "libc6"),
        "sysroot": str(facts.sysroot or ""),
        "loader": str((facts.sysroot or Path("/")) / loader) if loader else "",
        "runner": shlex.join(facts.runner),
    }


def _write(path: Path, body: str, values: Mapping[str, str]) -> None:
    text = (files("crosswheel.hermetic") / "shims" / f"{body}.sh").read_text(encoding="utf-8")
    used = {name: value for name, value in values.items() if f"${name}" in text or f"${{{name}" in text}
    assignments = "".join(f"{name}={shlex.quote(value)}\n" for name, value in used.items())
    path.write_text(f"#!/bin/sh\n{assignments}{text}", encoding="utf-8")
    path.chmod(0o755)


def _config_scripts(facts: Facts) -> Iterator[tuple[str, Path, str]]:
    """Each `*-config` of the sysroot: the names that it is to have, its path and what runs it."""
    if facts.sysroot is None:
        return
    triplet = facts.triplet
    short = ".".join(facts.python_version.split(".")[:2])
    seen: set[str] = set()
    found = sorted({*facts.sysroot.glob("usr/bin/*-config"), *facts.sysroot.glob("usr/bin/*_config")})
    for script in found:
        if not script.is_file():
            continue
        with script.open("rb") as file:
            first = file.readline(200)
        if first.startswith(b"#!"):
            interpreter = Path(first[2:].decode(errors="replace").split()[0]).name
        elif first.startswith(b"\x7fELF"):
            interpreter = shlex.join(facts.runner)
        else:
            continue
        plain = script.name.removeprefix(f"{triplet}-")
        names = [script.name, plain, f"{triplet}-{plain}"]
        if plain == f"python{short}-config":
            names += ["python3-config", "python-config"]
        for name in names:
            if name not in seen:
                seen.add(name)
                yield name, script, interpreter


def _write_pythons(facts: Facts) -> None:
    """`python` is the build environment's: whatever a build starts by that name tells the truth about the target."""
    short = ".".join(facts.python_version.split(".")[:2])
    for name in ("python", "python3", f"python{short}"):
        script = facts.tools / name
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(str(facts.build_python))} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
