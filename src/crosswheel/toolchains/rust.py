"""Rust for a target: cargo and rustc that run here, the target's standard library, and the scripts that call them."""

import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from crosswheel.errors import LackError
from crosswheel.process import Command, Processes
from crosswheel.store import atomic_write
from crosswheel.targets import Musllinux, Target

# The first part of Rust's triples (`rustc --print target-list`), where it is not the architecture's own name.
_CPUS = {"armv7l": "armv7", "ppc64le": "powerpc64le", "riscv64": "riscv64gc"}

_ASKING = 60.0  # seconds; rustup's programs may wait for a lock


@dataclass(frozen=True, slots=True, kw_only=True)
class RustToolchain:
    """Rust's compilers for one target.

    Arguments:
        triple: of the target, such as "aarch64-unknown-linux-gnu".
        host: triple of this machine, for which build scripts and procedural macros are compiled.
        version: of rustc, such as "1.85.1".
        rustc: what it is started with.
        cargo: the same.
        sysroot: folder with the standard libraries (`lib/rustlib/TRIPLE`); None where rustc knows its own.
        origin: where it came from, for people.
    """

    triple: str
    host: str
    version: str
    rustc: tuple[str, ...]
    cargo: tuple[str, ...]
    sysroot: Path | None
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledRust:
    """The Rust of this machine.

    Arguments:
        host: its own triple.
        version: of rustc.
        rustc: the program itself: rustup's stand-ins need the person's home.
        cargo: the same.
        has_target: whether the target's standard library is installed.
        rustup: whether rustup manages it, which can add one.
    """

    host: str
    version: str
    rustc: Path
    cargo: Path
    has_target: bool
    rustup: bool

    def toolchain(self, triple: str) -> RustToolchain:
        """Return it as the toolchain of a target."""
        return RustToolchain(
            triple=triple,
            host=self.host,
            version=self.version,
            rustc=(str(self.rustc),),
            cargo=(str(self.cargo),),
            sysroot=None,
            origin="this machine's",
        )


def rust_triple(target: Target) -> str:
    """Return Rust's name of a target, such as "armv7-unknown-linux-gnueabihf".

    Arguments:
        target: a Linux one.

    Raises:
        UsageError: there is no one machine code (any).
    """
    architecture = target.architecture
    cpu = _CPUS.get(architecture.name, architecture.name)
    libc = "musl" if isinstance(target.platform, Musllinux) else "gnu"
    return f"{cpu}-unknown-linux-{libc}{architecture.abi_suffix}"


def find_installed_rust(
    triple: str, *, search_path: str, processes: Processes, environment: Mapping[str, str]
) -> InstalledRust | None:
    """Return the Rust of this machine; None where there is none, or rustup has no toolchain in use.

    Nothing is downloaded, which rustup else does for a toolchain that is not there.

    Arguments:
        triple: of the target.
        search_path: folders of this machine's programs.
        processes: starts rustc.
        environment: the person's own, in which rustup finds its settings.
    """
    program = shutil.which("rustc", path=search_path)
    if program is None:
        return None
    variables = {**environment, "RUSTUP_AUTO_INSTALL": "0", "RUSTC_WRAPPER": ""}

    def ask(*arguments: str) -> str:
        command = Command(argv=(program, *arguments), environment=variables, directory=Path("/"))
        done = processes.run(command, timeout=_ASKING)
        return done.output if done.returncode == 0 else ""

    facts = dict(line.split(": ", 1) for line in ask("-vV").splitlines() if ": " in line)
    root = Path(ask("--print", "sysroot").strip() or "/nonexistent")
    rustc = root / "bin/rustc"
    cargo = root / "bin/cargo" if (root / "bin/cargo").is_file() else shutil.which("cargo", path=search_path)
    if not {"host", "release"} <= facts.keys() or not rustc.is_file() or cargo is None:
        return None
    return InstalledRust(
        host=facts["host"],
        version=facts["release"],
        rustc=rustc,
        cargo=Path(cargo),
        has_target=any((root / "lib/rustlib" / triple / "lib").glob("libstd-*.rlib")),
        rustup=(root / "lib/rustlib/multirust-channel-manifest.toml").is_file(),
    )


def unpacked_rust(root: Path, *, triple: str, host: str, sysroot: Path, version: str, origin: str) -> RustToolchain:
    """Return the Rust of a distribution that is unpacked in a folder, and started with that folder's own C library.

    Arguments:
        root: the folder, laid out as a file system.
        triple: of the target.
        host: triple of this machine.
        sysroot: folder with `lib/rustlib/TRIPLE` of both.
        version: of rustc.
        origin: for people.

    Raises:
        LackError: something that should be in the folder is not.
    """
    linker = next(iter(sorted(root.glob("lib*/ld-linux*.so.*"))), None)
    programs = {name: root / "usr/bin" / name for name in ("rustc", "cargo")}
    if linker is None or not all(program.is_file() for program in programs.values()):
        raise LackError(
            "rustc cannot be started",
            why=f"{root} has no dynamic linker, rustc or cargo in the places where Debian has them",
            hint="install Rust on this machine (rustup)",
        )
    folders = ":".join(str(path) for path in sorted(root.glob("usr/lib/*-linux-gnu*")) if path.is_dir())
    start = {
        name: (str(linker), "--library-path", folders, "--argv0", name, str(program))
        for name, program in programs.items()
    }
    return RustToolchain(
        triple=triple,
        host=host,
        version=version,
        rustc=start["rustc"],
        cargo=start["cargo"],
        sysroot=sysroot,
        origin=origin,
    )


def write_rust(
    folder: Path, rust: RustToolchain, *, renamed: Mapping[Path, str], hidden: Mapping[str, str]
) -> Mapping[str, Path]:
    """Write rustc and cargo into a build's folder of programs.

    Arguments:
        folder: is there.
        rust: what they start.
        renamed: folder of this machine → what stands for it in panic messages and debug information.
        hidden: variable → value; a build script sees none of them that still has that value.

    Returns:
        "rustc" and "cargo" to their scripts.
    """
    own = ["--sysroot", str(rust.sysroot)] if rust.sysroot else []
    own += [f"--remap-path-prefix={path}={name}" for path, name in renamed.items()]
    script = (files("crosswheel.toolchains") / "shell" / "rustc.sh").read_text(encoding="utf-8")
    bodies = {
        "rustc": script.replace("@RUSTC@", shlex.join(rust.rustc)).replace("@OWN@", shlex.join(own)),
        "cargo": "".join(
            f'if [ "${{{name}-}}" = {shlex.quote(value)} ]; then unset {name}; fi\n' for name, value in hidden.items()
        )
        + f'exec {shlex.join(rust.cargo)} "$@"\n',
    }
    written: dict[str, Path] = {}
    for name, body in bodies.items():
        path = written[name] = folder / name
        with atomic_write(path) as file:
            file.write(f"#!/bin/sh\n{body}".encode())
        path.chmod(0o755)
    return written
