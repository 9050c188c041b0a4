"""Folders and libraries that compiler wrappers are given: this machine's, the sysroot's, the package's own."""

from pathlib import Path

import pytest

from printing_wrappers import Maker, given_to_zig, version_scripts

HOST_INCLUDES = [
    "/usr/include",
    "/usr/include/",
    "/usr/local/include",
    "/opt/x/include",
    "/usr/include/x86_64-linux-gnu",
    "/usr//include",
    "/usr/lib/../include",
]


@pytest.mark.parametrize("place", HOST_INCLUDES)
@pytest.mark.parametrize("option", ["-I", "-isystem", "-iquote", "-idirafter"])
def test_include_folders_of_the_host_are_left_out(make: Maker, option: str, place: str) -> None:
    wrappers = make()
    for form in ((option, place), (option + place,)):
        said = wrappers("cc", *form, "-c", "a.c")
        assert given_to_zig(said) == ("-c", "a.c")
        assert said.errors.count("\n") == 1
        assert "left out" in said.errors


def test_a_relative_way_to_the_host_is_seen(make: Maker) -> None:
    wrappers = make()
    up = "../" * len(wrappers.directory.parts)
    assert given_to_zig(wrappers("cc", f"-I{up}usr/include", "-c", "a.c")) == ("-c", "a.c")
    assert given_to_zig(make()("cc", "-I../include", "-c", "a.c")) == ("-I", "../include", "-c", "a.c")


@pytest.mark.parametrize(
    "form",
    [
        ("-L/usr/lib",),
        ("-L", "/usr/lib/x86_64-linux-gnu"),
        ("-Wl,-L/usr/local/lib",),
        ("-Wl,-rpath,/usr/lib",),
        ("-Wl,-rpath", "-Wl,/opt/lib"),
        ("-Wl,-R/usr/lib",),
    ],
)
def test_library_folders_of_the_host_are_left_out(make: Maker, form: tuple[str, ...]) -> None:
    said = make()("cc", "-shared", "a.o", *form)
    assert given_to_zig(said) == ("-shared", "a.o", "-s", "-lc++")
    assert "left out" in said.errors


@pytest.mark.parametrize(
    "file", ["/usr/lib/x86_64-linux-gnu/libssl.so", "/usr/lib/libz.a", "/lib/libm.so.6", "/usr/local/lib/x.o"]
)
def test_files_of_the_host_are_refused(make: Maker, file: str) -> None:
    said = make()("cc", "-shared", "a.o", file)
    assert (said.status, said.output) == (1, "")
    assert file in said.errors
    assert "--native" in said.errors


def test_own_folders_below_a_host_folder_are_own(make: Maker) -> None:
    said = make(own_folders=(Path("/opt/build env"),))("cc", "-I/opt/build env/include", "-I/opt/other", "-c", "a.c")
    assert given_to_zig(said) == ("-I", "/opt/build env/include", "-c", "a.c")


# --- the sysroot


@pytest.fixture
def sysroot(tmp_path: Path) -> Path:
    root = tmp_path / "sys root"
    libraries = root / "usr/lib/aarch64-linux-gnu"
    for path in (libraries, root / "usr/include/libxml2", root / "usr/include/aarch64-linux-gnu"):
        path.mkdir(parents=True)
    for name in ("libssl.a", "libssl.so", "libcrypto.a", "libshared.so", "libm.so", "libc.a", "libpython3.11.so"):
        (libraries / name).write_bytes(b"")
    return root


def test_host_folders_become_the_sysroots(make: Maker, sysroot: Path) -> None:
    zig = given_to_zig(
        make(sysroot=sysroot)("cc", "-I/usr/include/libxml2", "-I/usr/include", "-I/usr/include/x", "-c", "a.c")
    )
    includes = sysroot / "usr/include"
    system = ("-idirafter", f"{includes}/aarch64-linux-gnu", "-idirafter", str(includes))
    assert zig == ("-I", f"{includes}/libxml2", "-idirafter", str(includes), "-c", "a.c", *system)


@pytest.mark.parametrize("folder", ["usr/include", "usr/include/", "usr/include/aarch64-linux-gnu"])
def test_the_sysroots_libc_never_stands_before_zigs(make: Maker, sysroot: Path, folder: str) -> None:
    zig = given_to_zig(make(sysroot=sysroot)("cc", f"-isystem{sysroot}/{folder}", "-c", "a.c"))
    assert zig[:2] == ("-idirafter", f"{sysroot}/{folder}")


def test_static_archives_of_the_sysroot_come_first_and_are_noted(make: Maker, sysroot: Path, tmp_path: Path) -> None:
    log = tmp_path / "linked libraries"
    libraries = sysroot / "usr/lib/aarch64-linux-gnu"
    wrappers = make(sysroot=sysroot, link_log=log)
    zig = given_to_zig(
        wrappers("cc", "-shared", "a.o", "-lssl", "-l", "crypto", "-lshared", "-lm", "-lother", "-o", "liba.so")
    )
    expected = (
        "-shared",
        "a.o",
        f"{libraries}/libssl.a",
        f"{libraries}/libcrypto.a",
        f"{libraries}/libshared.so",
        "-lm",
        "-lother",
    )
    assert zig[:7] == expected
    assert zig[7:] == ("-o", "liba.so", "-s", "-lc++", f"-L{libraries}")
    names = ("libssl.a", "libcrypto.a", "libshared.so")
    assert log.read_text(encoding="utf-8").splitlines() == [f"{libraries}/{name}" for name in names]


def test_libraries_with_fortran_in_them_are_linked_shared(make: Maker, sysroot: Path, tmp_path: Path) -> None:
    log = tmp_path / "linked libraries"
    libraries = sysroot / "usr/lib/aarch64-linux-gnu"
    for name in ("libopenblas.a", "libopenblas.so", "libblas.a"):
        (libraries / name).write_bytes(b"")
    wrappers = make(sysroot=sysroot, link_log=log)
    zig = given_to_zig(wrappers("cc", "-shared", "-lopenblas", "-lblas", f"{libraries}/libopenblas.a", "-o", "a.so"))
    linked = [str(libraries / name) for name in ("libopenblas.so", "libblas.a", "libopenblas.so")]
    assert list(zig[1:4]) == linked
    assert sorted(log.read_text(encoding="utf-8").splitlines()) == sorted(linked)


def test_what_was_linked_again_stands_for_the_sysroots(make: Maker, sysroot: Path, tmp_path: Path) -> None:
    log, libraries, made = tmp_path / "log", sysroot / "usr/lib/aarch64-linux-gnu", tmp_path / "made"
    made.mkdir()
    for folder, name in ((libraries, "libopenblas.a"), (libraries, "libopenblas.so"), (made, "libopenblas.so")):
        (folder / name).write_bytes(b"")
    wrappers = make(sysroot=sysroot, link_log=log, relinked=made, runtimes=(made,))
    named = (f"-L{libraries}", "-lopenblas", f"{libraries}/libopenblas.so", f"{made}/libopenblas.so")
    zig = given_to_zig(wrappers("cc", "-shared", *named, "-o", "a.so"))
    linked = [f"{made}/libopenblas.so"] * 3
    assert [argument for argument in zig if "openblas" in argument] == linked
    assert log.read_text(encoding="utf-8").splitlines() == linked


@pytest.mark.parametrize(
    ("file", "linked"),
    [
        ("libssl.so", "libssl.a"),
        ("libm.so", "-lm"),
        ("libc.a", "-lc"),
        ("libshared.so", "libshared.so"),
        ("libpython3.11.so", None),
    ],
)
@pytest.mark.parametrize("prefix", ["", "sysroot"])
def test_files_of_the_sysroot_by_name(make: Maker, sysroot: Path, file: str, linked: str | None, prefix: str) -> None:
    libraries = sysroot / "usr/lib/aarch64-linux-gnu"
    named = f"{sysroot if prefix else ''}/usr/lib/aarch64-linux-gnu/{file}"
    zig = given_to_zig(make(sysroot=sysroot)("cc", "-shared", named, "-o", "libx.so"))
    expected = [] if linked is None else [linked if linked.startswith("-") else f"{libraries}/{linked}"]
    assert list(zig[1:-5]) == expected


def test_the_packages_own_library_wins_over_the_sysroots(make: Maker, sysroot: Path) -> None:
    wrappers = make(sysroot=sysroot)
    (wrappers.directory / "libssl.a").write_bytes(b"")
    zig = given_to_zig(wrappers("cc", "-lssl", "a.o", "-L", "."))
    assert zig[:3] == ("-lssl", "a.o", "-L.")


@pytest.mark.parametrize(
    ("output", "extension"),
    [
        ("a.cpython-311-aarch64-linux-gnu.so", True),
        ("a.abi3.so", True),
        ("a.so", True),
        ("libhelp.so", False),
        ("a.out", False),
    ],
)
def test_what_a_module_exports(make: Maker, sysroot: Path, output: str, extension: bool) -> None:
    wrappers = make(sysroot=sysroot)
    with_archive = wrappers("cc", "-shared", "a.o", "-lssl", "-o", f"x/{output}")
    assert version_scripts(with_archive) == ((".archives.map",) if extension else (".library.map",))
    without = wrappers("cc", "-shared", "a.o", "-o", output)
    assert version_scripts(without) == ((".extension.map",) if extension else (".library.map",))
    own = wrappers("cc", "-shared", "a.o", "-lssl", "-o", output, "-Wl,--version-script=own.map")
    assert version_scripts(own) == ("own.map",)
    assert version_scripts(wrappers("cc", "a.o", "-o", output)) == ()
