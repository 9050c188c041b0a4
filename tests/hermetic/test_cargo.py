"""What a build of Rust is told, and what of the person's own cargo it sees."""

import json
import sys
from pathlib import Path

from crosswheel.emulator import ExecMode, Launcher
from crosswheel.hermetic import RustParts, make_hermetic
from crosswheel.pythons import TargetPython
from crosswheel.targets import parse_target
from crosswheel.toolchains import zig_toolchain
from crosswheel.toolchains.rust import RustToolchain
from made_environment import Made

# Says what it was started with, and what it sees of its environment.
PROGRAM = f"""#!{sys.executable} -IS
import json, os, sys
print(json.dumps([sys.argv[1:], dict(os.environ)]))
"""


def made(tmp_path: Path, name: str = "cp311-manylinux2014_aarch64", **environment: str) -> Made:
    """Return the environment of a build of Rust whose rustc and cargo only say what they are given."""
    target, host = parse_target(name), parse_target("cp311-manylinux2014_x86_64")
    for program in ("rustc", "cargo", "make", "m4", "perl"):
        (tmp_path / program).write_text(PROGRAM, encoding="utf-8")
        (tmp_path / program).chmod(0o755)
    rust = RustToolchain(
        triple="aarch64-unknown-linux-gnu",
        host="x86_64-unknown-linux-gnu",
        version="1.85.1",
        rustc=(str(tmp_path / "rustc"),),
        cargo=(str(tmp_path / "cargo"),),
        sysroot=tmp_path / "rust",
        origin="a test",
    )
    folder = tmp_path / "build"
    hermetic = make_hermetic(
        folder / "hermetic",
        target=target,
        toolchain=zig_toolchain(target, cache=tmp_path / "zig"),
        python=TargetPython(
            version="3.13.5" if "313" in name else "3.11.2",
            executable=Path("/nowhere/python3"),
            command=("/nowhere/python3",),
            includes=(),
            sysroot=None,
            origin="a test",
        ),
        build_python=folder / "env/bin/python",
        emulator=None,
        launcher=Launcher(mode=ExecMode.NONE, environment={}),
        search_path=f"{tmp_path}:/usr/local/bin:/usr/bin:/bin",
        host_packages=lambda *_, **__: tmp_path,
        source_date_epoch=315532800,
        home=folder / "home",
        environment=environment,
        rust=RustParts(toolchain=rust, host=zig_toolchain(host, cache=tmp_path / "zig"), shared=tmp_path / "shared"),
    )
    return Made(hermetic, None, folder)


def test_target_and_host_have_each_their_linker_and_c_compiler(tmp_path: Path) -> None:
    variables = made(tmp_path).hermetic.variables
    tools = tmp_path / "build/hermetic"
    assert variables["CARGO_BUILD_TARGET"] == "aarch64-unknown-linux-gnu"
    assert variables["CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER"] == str(tools / "bin/cc")
    assert variables["CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER"] == str(tools / "host/cc")
    assert variables["CC_aarch64_unknown_linux_gnu"] == str(tools / "bin/cc")
    assert variables["CXX_x86_64_unknown_linux_gnu"] == variables["HOST_CXX"] == str(tools / "host/c++")
    assert "aarch64-linux-gnu.2.17" in (tools / "bin/cc").read_text(encoding="utf-8")
    assert "x86_64-linux-gnu.2.17" in (tools / "host/cc").read_text(encoding="utf-8")


def test_rustc_knows_the_standard_libraries_and_names_no_folder_of_this_machine(tmp_path: Path) -> None:
    arguments = json.loads(made(tmp_path).ask("rustc", "--crate-name", "x"))[0]
    assert arguments[:2] == ["--sysroot", str(tmp_path / "rust")]
    assert f"--remap-path-prefix={tmp_path / 'build'}=." in arguments
    assert arguments[-4:] == ["--crate-name", "x", "-C", "default-linker-libraries=yes"]


def test_an_extension_module_of_musl_is_no_static_program(tmp_path: Path) -> None:
    environment = made(tmp_path)
    for argument in (("--target", "aarch64-unknown-linux-musl"), ("--target=x86_64-unknown-linux-musl",)):
        assert "target-feature=-crt-static" in json.loads(environment.ask("rustc", *argument))[0]
    glibc = json.loads(environment.ask("rustc", "--target", "aarch64-unknown-linux-gnu"))[0]
    assert "target-feature=-crt-static" not in glibc


def test_code_for_the_processor_of_this_machine_is_refused(tmp_path: Path) -> None:
    environment = made(tmp_path)
    for option in (("-C", "target-cpu=native"), ("-Ctarget-cpu=native",), ("--codegen", "target-cpu=native")):
        assert "target-cpu=native asks for the processor of this machine" in environment.ask("rustc", *option, status=1)
    environment.ask("rustc", "-C", "target-cpu=neoverse-n1")


def test_maturin_and_pyo3_are_told_of_the_python_each_in_its_way(tmp_path: Path) -> None:
    environment = made(tmp_path)
    file = Path(environment.hermetic.variables["PYO3_CONFIG_FILE"])
    assert "version=3.11\n" in file.read_text(encoding="utf-8")
    seen = json.loads(environment.ask("cargo", "build"))[1]
    assert seen["PYO3_CROSS_PYTHON_VERSION"] == "3.11"
    assert "PYO3_CONFIG_FILE" not in seen
    own = json.loads(environment.ask("cargo", "build", PYO3_CONFIG_FILE="/the/project's own"))[1]
    assert own["PYO3_CONFIG_FILE"] == "/the/project's own"


def test_a_free_threaded_python_is_told_as_one(tmp_path: Path) -> None:
    variables = made(tmp_path, "cp313t-manylinux2014_aarch64").hermetic.variables
    assert variables["PYO3_CROSS_PYTHON_VERSION"] == "3.13t"
    text = Path(variables["PYO3_CONFIG_FILE"]).read_text(encoding="utf-8")
    assert "version=3.13\n" in text
    assert "build_flags=Py_GIL_DISABLED\n" in text
    assert "abi_tag=313t\n" in text


def test_registries_and_crates_of_the_person_serve_and_their_programs_do_not(tmp_path: Path) -> None:
    theirs = tmp_path / "person/.cargo"
    (theirs / "registry").mkdir(parents=True)
    (theirs / "bin").mkdir()
    for name in ("config.toml", "credentials.toml"):
        (theirs / name).write_text("x", encoding="utf-8")
    environment = made(
        tmp_path,
        HOME=str(tmp_path / "person"),
        CARGO_REGISTRIES_OURS_INDEX="sparse+https://index.example/",
        CARGO_REGISTRY_TOKEN="secret",  # noqa: S106 a test's own
        CARGO_BUILD_RUSTFLAGS="-Ctarget-cpu=native",
    )
    home = Path(environment.hermetic.variables["CARGO_HOME"])
    assert not home.is_relative_to(tmp_path / "person")
    for name in ("config.toml", "credentials.toml", "registry", "git", ".package-cache"):
        assert (home / name).readlink() == theirs / name
    assert not (home / "bin").exists()
    variables = environment.hermetic.variables
    assert variables["CARGO_REGISTRIES_OURS_INDEX"] == "sparse+https://index.example/"
    assert not {"CARGO_REGISTRY_TOKEN", "CARGO_BUILD_RUSTFLAGS"} & variables.keys()


def test_crates_are_kept_in_the_cache_for_those_without_cargo(tmp_path: Path) -> None:
    environment = made(tmp_path, HOME=str(tmp_path / "person"))
    home = Path(environment.hermetic.variables["CARGO_HOME"])
    assert (home / "registry").readlink() == tmp_path / "shared/registry"
    assert not (tmp_path / "person").exists()
