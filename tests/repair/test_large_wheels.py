"""A wheel that is larger than memory may be: what is edited and what is copied passes through in pieces."""

import os
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from made_wheels import record_line

MEGABYTE = 1 << 20
LIMIT = 300 * MEGABYTE
NAME = "x-1.0-cp311-cp311-linux_aarch64.whl"
MODULE = "x/_ext.cpython-311-aarch64-linux-gnu.so"
SOURCE = """
extern int dep(void);
__asm__(".section .rodata\\n.global blob\\nblob: .incbin \\"blob\\"\\n.text");
__attribute__((visibility("default"))) int use(void) { return dep(); }
"""
MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


def blob(path: Path, size: int) -> None:
    """Write bytes of which an eighth cannot be compressed."""
    source = random.Random(7)
    with path.open("wb") as file:
        for _ in range(size // 65536):
            file.write(source.randbytes(8192) + bytes(65536 - 8192))


def compiled(folder: Path, source: str, name: str, *options: str) -> Path:
    (folder / "source.c").write_text(source)
    zig = [sys.executable, "-m", "ziglang", "cc", "-target", "aarch64-linux-gnu.2.17", "-shared", "-fPIC", "-O1", "-s"]
    subprocess.run([*zig, "source.c", *options, f"-Wl,-soname,{name}", "-o", name], check=True, cwd=folder)
    return folder / name


@pytest.mark.slow
@pytest.mark.toolchain
def test_memory_stays_below_300_megabytes(tmp_path: Path) -> None:
    blob(tmp_path / "blob", 320 * MEGABYTE)
    compiled(tmp_path, "int dep(void) { return 1; }", "libdep.so.1")
    module = compiled(tmp_path, SOURCE, "_ext.so", "libdep.so.1")
    blob(tmp_path / "data", 800 * MEGABYTE)
    metadata = {
        "METADATA": b"Metadata-Version: 2.1\nName: x\nVersion: 1.0\n",
        "WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-linux_aarch64\n",
    }
    rows = [f"{path},," for path in (MODULE, "x/data")]  # hashes of what is so large are another test's affair
    rows = [*rows, *(record_line(f"x-1.0.dist-info/{name}", text) for name, text in metadata.items())]
    with zipfile.ZipFile(tmp_path / NAME, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.write(module, MODULE)
        archive.write(tmp_path / "data", "x/data")
        for name, text in metadata.items():
            archive.writestr(f"x-1.0.dist-info/{name}", text)
        archive.writestr("x-1.0.dist-info/RECORD", "\n".join([*rows, "x-1.0.dist-info/RECORD,,\n"]))
    (tmp_path / "data").unlink()
    command = [sys.executable, "-m", "crosswheel", "repair", NAME, "--library-path", ".", "--no-test", "--out", "out"]

    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *command],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    peak = int(done.stdout.splitlines()[-1]) * 1024
    assert peak < LIMIT, f"{peak / MEGABYTE:.0f} MB"
    (wheel,) = (tmp_path / "out").iterdir()
    with zipfile.ZipFile(wheel) as archive:
        assert sum(entry.file_size for entry in archive.infolist()) > 1100 * MEGABYTE
        assert any(name.startswith("x.libs/libdep-") for name in archive.namelist())
