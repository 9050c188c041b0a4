"""What cargo, rustc and the crates that ask for a Python are told."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crosswheel.hermetic.shims import runner_script
from crosswheel.hermetic.value import Facts
from crosswheel.toolchains import Toolchain, WrapperRules, write_wrappers
from crosswheel.toolchains.rust import RustToolchain, write_rust

# A person's settings of cargo (The Cargo Book, "Cargo Home" and "Configuration"): where crates come from, and what is
# already here. Programs that they have installed with it (bin) are no part of a build.
_SETTINGS = ("config.toml", "config", "credentials.toml", "credentials")
_CRATES = ("registry", "git")
_LOCKS = (".package-cache", ".package-cache-mutate", ".global-cache")

# Variables of a person that say how crates are fetched.
_INHERITED = ("CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTRIES_", "CARGO_REGISTRY_DEFAULT", "CARGO_REGISTRY_GLOBAL_")


@dataclass(frozen=True, slots=True, kw_only=True)
class RustParts:
    """What builds of Rust need besides the target's C compiler.

    Arguments:
        toolchain: cargo and rustc.
        host: C compiler and linker of this machine; None where the target's serves.
        shared: folder for crates, for a person who has no folder of cargo.
    """

    toolchain: RustToolchain
    host: Toolchain | None
    shared: Path


def write_cargo(
    facts: Facts,
    rust: RustParts,
    wrappers: Mapping[str, Path],
    *,
    home: Path,
    environment: Mapping[str, str],
) -> dict[str, str]:
    """Write cargo, rustc and their settings into the environment of a build, and return its variables.

    Arguments:
        facts: what they say.
        rust: what they start.
        wrappers: the target's compilers and their tools, by name.
        home: the build's private HOME.
        environment: the person's own variables.
    """
    cargo_home = facts.folder / "cargo"
    _link_settings(cargo_home, rust.shared, environment)
    renamed = dict.fromkeys(facts.outside, ".") | {cargo_home: "cargo"}
    triple, host = rust.toolchain.triple, rust.toolchain.host
    config = facts.folder / "pyo3.txt"
    config.write_text(_maturin_python(facts), encoding="utf-8")
    # For maturin alone: PyO3's build script would take it as it is, without what the abi3 features change (0.22).
    hidden = {"PYO3_CONFIG_FILE": str(config)}
    programs = write_rust(facts.tools, rust.toolchain, renamed=renamed, hidden=hidden)
    variables = {name: value for name, value in environment.items() if name.startswith(_INHERITED)}
    variables |= {
        "CARGO": str(programs["cargo"]),
        "RUSTC": str(programs["rustc"]),
        # A person's own wrapper (sccache) is none of the build's programs.
        "RUSTC_WRAPPER": "",
        "RUSTC_WORKSPACE_WRAPPER": "",
        "CARGO_HOME": str(cargo_home),
        "CARGO_BUILD_TARGET": triple,
        "CARGO_INCREMENTAL": "0",
        "CARGO_TERM_COLOR": "never",
        "CARGO_TERM_PROGRESS_WHEN": "never",
        **_compilers(triple, wrappers),
        # The crate pkg-config refuses to ask for another machine, unless it is told that the answer is right.
        "PKG_CONFIG_ALLOW_CROSS": "1",
        **hidden,
        "PYO3_CROSS_PYTHON_VERSION": _python_version(facts),
        # maturin would download a toolchain of its own where it finds none.
        "MATURIN_NO_INSTALL_RUST": "1",
    }
    if not facts.executes:
        variables[f"CARGO_TARGET_{_upper(triple)}_RUNNER"] = str(runner_script(facts))
    if rust.host is not None:
        native = _host_wrappers(facts, rust.host, home=home)
        variables |= _compilers(host, native)
        variables |= {"HOST_CC": str(native["cc"]), "HOST_CXX": str(native["c++"]), "HOST_AR": str(native["ar"])}
    return variables


def _python_version(facts: Facts) -> str:
    """The target's Python, such as "3.13t", as PyO3's build script reads it (PyO3's guide, "Cross Compiling")."""
    return ".".join(facts.python_version.split(".")[:2]) + ("t" if facts.target.python.free_threaded else "")


def _maturin_python(facts: Facts) -> str:
    """What maturin would ask a Python, were it not another machine's: it says its tags and its suffix by that."""
    version = _python_version(facts)
    lines = [
        "implementation=CPython",
        f"version={version.removesuffix('t')}",
        "shared=true",
        f"pointer_width={facts.target.architecture.bits}",
        "suppress_build_script_link_lines=false",
    ]
    if version.endswith("t"):
        lines += ["build_flags=Py_GIL_DISABLED", "abiflags=t", f"abi_tag={version.replace('.', '')}"]
    return "".join(f"{line}\n" for line in lines)


def _compilers(triple: str, wrappers: Mapping[str, Path]) -> dict[str, str]:
    """Cargo's linker, and the compilers of the crates cc and cmake."""
    name = triple.replace("-", "_")
    return {
        f"CARGO_TARGET_{_upper(triple)}_LINKER": str(wrappers["cc"]),
        f"CC_{name}": str(wrappers["cc"]),
        f"CXX_{name}": str(wrappers["c++"]),
        f"AR_{name}": str(wrappers["ar"]),
        f"RANLIB_{name}": str(wrappers["ranlib"]),
    }


def _upper(triple: str) -> str:
    return triple.upper().replace("-", "_")


def _host_wrappers(facts: Facts, toolchain: Toolchain, *, home: Path) -> Mapping[str, Path]:
    folder = facts.folder / "host"
    folder.mkdir()
    rules = WrapperRules(sysroot=None, build_folder=facts.folder.parent, own_folders=(facts.folder, home))
    return write_wrappers(folder, toolchain, rules)


def _link_settings(cargo_home: Path, shared: Path, environment: Mapping[str, str]) -> None:
    """Make a folder for cargo with the person's settings and crates in it, by links: no secret of theirs is copied."""
    cargo_home.mkdir(mode=0o700)
    theirs = Path(environment.get("CARGO_HOME") or Path(environment.get("HOME", "/nonexistent"), ".cargo"))
    for name in _SETTINGS:
        if (theirs / name).is_file():
            (cargo_home / name).symlink_to((theirs / name).absolute())
    # With the crates go their locks: cargo run by the person, and by other builds, keeps to them. Where others manage
    # the folder (/usr/local/cargo of an image), it may be there to be read only.
    crates = theirs if (theirs / "registry").is_dir() and os.access(theirs, os.W_OK) else shared
    for name in _CRATES:
        (crates / name).mkdir(parents=True, exist_ok=True)
    for name in (*_CRATES, *_LOCKS):
        (cargo_home / name).symlink_to((crates / name).absolute())
