"""Libraries compiled for other machines, grafted, and loaded where there is an emulator."""

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from crosswheel.app.repair import FailedRepair, RepairedWheel, RepairRequest, repair_all
from crosswheel.app.workshop import Workshop
from crosswheel.elf import parse_elf
from crosswheel.wheel import WheelReader, read_wheel
from made_wheels import make_wheel

TRIPLES = {
    "manylinux-aarch64": "aarch64-linux-gnu.2.17",
    "manylinux-i686": "x86-linux-gnu.2.17",
    "manylinux-s390x": "s390x-linux-gnu.2.17",
    "manylinux-armv7l": "arm-linux-gnueabihf.2.17",
    "musllinux-aarch64": "aarch64-linux-musl",
    "musllinux-x86_64": "x86_64-linux-musl",
}
SUFFIXES = {"i686": "i386", "armv7l": "arm"}
DEEP = "#include <stdlib.h>\nint deep(void) { return rand() ? 40 : 0; }"
MIDDLE = "extern int deep(void); int middle(void) { return deep() + 2; }"
BROKEN = "extern int nowhere(void); int middle(void) { return nowhere(); }"
EXTENSION = """
extern int middle(void);
extern void *PyModule_Create2(void *, int);
__attribute__((visibility("default"))) int answer(void) { return middle(); }
__attribute__((visibility("default"))) void *PyInit__ext(void) { return PyModule_Create2(0, 1013); }
"""


def compiled(folder: Path, triple: str, sources: Mapping[str, str], *options: str) -> Path:
    """Compile libraries, each of which needs the one before it, and return the last."""
    before: list[str] = []
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in sources.items():
        file = folder / f"{name}.c"
        file.write_text(source)
        zig = [sys.executable, "-m", "ziglang", "cc", "-target", triple, "-shared", "-fPIC", "-O1", *options]
        flags = ["-fno-sanitize=undefined", "-Wl,-z,max-page-size=65536", f"-Wl,-soname,{name}", "-s"]
        subprocess.run([*zig, *flags, str(file), *before, "-o", str(folder / name)], check=True)
        before = [str(folder / name)]
    return folder / name


def raw_wheel(folder: Path, kind: str, middle: str = MIDDLE) -> tuple[Path, Path]:
    """A wheel with an extension module that needs libmiddle, which needs libdeep; and the folder of the two."""
    family, _, architecture = kind.partition("-")
    libraries = folder / "libraries"
    triple = TRIPLES[kind]
    extension = compiled(
        libraries,
        triple,
        {"libdeep.so.3": DEEP, "libmiddle.so": middle, "_ext.so": EXTENSION},
        f"-Wl,-rpath,{libraries}",
    )
    libc = "musl" if family == "musllinux" else "gnu"
    suffix = f"cpython-311-{SUFFIXES.get(architecture, architecture)}-linux-{libc}"
    suffix += "eabihf" if architecture == "armv7l" else ""
    name = f"x-1.0-cp311-cp311-linux_{architecture}.whl"
    wheel = folder / name
    files = {"x/__init__.py": b"", f"x/deep/_ext.{suffix}.so": extension.read_bytes()}
    wheel.write_bytes(make_wheel(files, name=name).getvalue())
    extension.unlink()
    return wheel, libraries


def repair(wheel: Path, *library_paths: Path, test: bool = False) -> RepairedWheel | FailedRepair:
    workshop = Workshop(os.environ)
    try:
        out = wheel.parent / "out"
        (result,) = repair_all(
            workshop, RepairRequest(wheels=(wheel,), out=out, library_paths=library_paths, test=test)
        )
    finally:
        workshop.close()
    return result


def needs(reader: WheelReader) -> dict[str, tuple[str, ...]]:
    return {path: parse_elf(reader.read(path)).needed for path in reader.members if ".so" in path}


@pytest.mark.toolchain
@pytest.mark.parametrize("kind", list(TRIPLES))
def test_libraries_of_libraries_come_in(tmp_path: Path, kind: str) -> None:
    wheel, libraries = raw_wheel(tmp_path, kind)

    result = repair(wheel, libraries)

    assert isinstance(result, RepairedWheel), result
    assert result.plan is not None
    assert result.plan.policy.startswith(kind.partition("-")[0])
    deep, middle = (graft.path for graft in result.plan.grafts)
    assert (Path(deep).name[:8], Path(middle).name[:10]) == ("libdeep-", "libmiddle-")
    with result.path.open("rb") as file:
        reader = read_wheel(file, result.path.name)
        found = needs(reader)
        (extension,) = (path for path in found if "_ext" in path)
        assert Path(middle).name in found[extension]
        assert Path(deep).name in found[middle]
        assert parse_elf(reader.read(extension)).rpath == "$ORIGIN/../../x.libs"
        assert parse_elf(reader.read(middle)).rpath == "$ORIGIN"
        assert not parse_elf(reader.read(deep)).rpath


@pytest.mark.toolchain
def test_a_module_that_was_not_linked_with_a_library_is_refused(tmp_path: Path) -> None:
    """As with -fopenmp when one of two modules is compiled and not linked: the other's graft is none of its."""
    wheel, libraries = raw_wheel(tmp_path, "manylinux-aarch64")
    lonely = compiled(tmp_path / "lonely", TRIPLES["manylinux-aarch64"], {"_lonely.so": EXTENSION}).read_bytes()
    suffix = "cpython-311-aarch64-linux-gnu.so"
    files = {
        "x/__init__.py": b"",
        f"x/_ext.{suffix}": read_wheel(io.BytesIO(wheel.read_bytes()), wheel.name).read(f"x/deep/_ext.{suffix}"),
        f"x/_lonely.{suffix}": lonely,
    }
    wheel.write_bytes(make_wheel(files, name=wheel.name).getvalue())

    result = repair(wheel, libraries)

    assert isinstance(result, FailedRepair)
    assert "CW107" in result.error.why
    assert "middle" in result.error.why


@pytest.mark.toolchain
@pytest.mark.emulator
@pytest.mark.network
def test_what_was_edited_is_loaded_in_the_target(tmp_path: Path) -> None:
    wheel, libraries = raw_wheel(tmp_path, "manylinux-aarch64")

    result = repair(wheel, libraries, test=True)

    assert isinstance(result, RepairedWheel), result
    assert result.proof_level == "loaded"
    assert len(result.loaded) == 3
    assert [path.partition("/")[0] for path in result.loaded] == ["x", "x.libs", "x.libs"]
    assert result.python.startswith("3.11")


@pytest.mark.toolchain
@pytest.mark.emulator
@pytest.mark.network
def test_what_cannot_be_loaded_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The audit would tell; here it is kept from it, so that the loader alone speaks.
    from crosswheel.app import loading

    wheel, libraries = raw_wheel(tmp_path, "manylinux-aarch64")
    monkeypatch.setattr(loading, "_LOAD", loading._LOAD.replace("ctypes.CDLL(path", "ctypes.CDLL(path + '.not'"))

    result = repair(wheel, libraries, test=True)

    assert isinstance(result, FailedRepair)
    assert "cannot be loaded by Python 3.11" in result.error.what
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.toolchain
def test_a_symbol_that_nothing_defines_refuses_the_wheel(tmp_path: Path) -> None:
    wheel, libraries = raw_wheel(tmp_path, "manylinux-aarch64", BROKEN)

    result = repair(wheel, libraries)

    assert isinstance(result, FailedRepair)
    assert "nowhere" in result.error.why


@pytest.mark.toolchain
def test_another_machines_libraries_are_passed_over(tmp_path: Path) -> None:
    wheel, _ = raw_wheel(tmp_path / "arm", "manylinux-aarch64")
    _, others = raw_wheel(tmp_path / "other", "manylinux-s390x")
    _, musl = raw_wheel(tmp_path / "musl", "musllinux-aarch64")

    result = repair(wheel, others, musl)

    assert isinstance(result, FailedRepair)
    assert "it is for s390x, not aarch64" in result.error.why
    assert isinstance(repair(wheel, others, musl, tmp_path / "arm/libraries"), RepairedWheel)
