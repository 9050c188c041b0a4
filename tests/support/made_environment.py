"""A sysroot of a few files, and a way to ask the programs of the environment that is made of it."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crosswheel.hermetic import Hermetic
from crosswheel.targets import Target

ZLIB_PC = """prefix=/usr
libdir=${prefix}/lib/aarch64-linux-gnu
includedir=/usr/include/zlib-ng
Name: zlib
Description: zlib compression library
Version: 1.2.13
Libs: -L${libdir} -lz
Libs.private: -lm
Cflags: -I${includedir}
"""
FOO_PC = """prefix=/usr
Name: foo
Description: has a private requirement of which there is no file
Version: 1
Requires.private: nowhere >= 1.0, zlib > 1 , elsewhere
Libs: -lfoo
Libs.private: -labsent -lm -pthread -lbar
Cflags: -I${prefix}/include
"""
FOO_CONFIG = """#!/bin/sh
prefix=/usr
case $1 in
  --cflags) echo "-I$prefix/include/foo -DROOT=/usrlocal" ;;
  --libs) echo "-L$prefix/lib/aarch64-linux-gnu -lfoo" ;;
  --prefix) echo $prefix ;;
  *) exit 3 ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Made:
    """An environment, and a way to ask its programs."""

    hermetic: Hermetic
    sysroot: Path | None
    folder: Path

    def ask(self, *command: str, status: int = 0, **variables: str) -> str:
        environment = {**self.hermetic.variables, **variables}
        program = shutil.which(command[0], path=environment["PATH"]) or command[0]
        done = subprocess.run(
            [program, *command[1:]], env=environment, capture_output=True, text=True, check=False, cwd=self.folder
        )
        assert done.returncode == status, done.stderr
        return done.stdout.strip() if status == 0 else done.stderr.strip()


Maker = Callable[..., Made]


def write_sysroot(root: Path, target: Target) -> Path:
    """Write the few files that the environment reads."""
    triplet = target.architecture.triplet
    files = {
        f"usr/lib/{triplet}/pkgconfig/zlib.pc": ZLIB_PC,
        f"usr/lib/{triplet}/pkgconfig/foo.pc": FOO_PC,
        f"usr/lib/{triplet}/libz.so.1": "",
        "usr/share/pkgconfig/data.pc": "Name: data\nDescription: x\nVersion: 7\ndatadir=/usr/share/data\n",
        f"usr/lib/{triplet}/libbar.a": "",
        "usr/bin/foo-config": FOO_CONFIG,
        f"usr/bin/{triplet}-python3.11-config": "#!/bin/sh\necho -I/usr/include/python3.11\n",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / "lib").symlink_to("usr/lib")
    return root
