"""Asks Python, the shell, CMake, configure and Meson what they are told; builds an extension with OpenSSL and zlib."""

import json
import os
import platform
import shlex
import shutil
import struct
import subprocess
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
NAMES = (
    *(
        "cc",
        "gcc",
        "clang",
        "c++",
        "ld",
        "ar",
        "python3",
        "cmake",
        "ninja",
        "meson",
        "make",
        "pkg-config",
        "uname",
        "rustc",
    ),
    *("nvcc", "icc", "host-only-tool", "host-only-config"),
)


def said(*command: str) -> str:
    """Return what a program says, or the status that it ended with."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        return f"not started: {error.strerror}"
    return done.stdout.strip() if done.returncode == 0 else f"status {done.returncode}: {done.stderr.strip()}"


def python_report() -> dict[str, object]:
    """Return what Python itself, and programs by name, say."""
    return {
        "machine": platform.machine(),
        "uname": os.uname().machine,
        "bits": 8 * struct.calcsize("P"),
        "platform": sysconfig.get_platform(),
        "suffix": sysconfig.get_config_var("EXT_SUFFIX"),
        "include": sysconfig.get_path("include"),
        "executable": sys.executable,
        "maxsize": sys.maxsize,
        "byteorder": sys.byteorder,
        "path": os.environ["PATH"],
        "variables": sorted(os.environ),
        "which": {name: shutil.which(name) for name in NAMES},
        "said": {
            "uname -m": said("uname", "-m"),
            "uname -p": said("uname", "-p"),
            "arch": said("arch"),
            "dpkg": said("dpkg", "--print-architecture"),
            "dpkg-architecture": said("dpkg-architecture", "-qDEB_HOST_MULTIARCH"),
            "getconf LONG_BIT": said("getconf", "LONG_BIT"),
            "MACHTYPE": said("bash", "-c", "echo $MACHTYPE"),
            "ldconfig": said("ldconfig", "-p"),
            "openssl": said("pkg-config", "--libs", "openssl"),
            "python3.pc": said("pkg-config", "--cflags", "python3"),
            "host-only.pc": said("pkg-config", "--modversion", "host-only"),
            "python3": said("python3", "-c", "import platform; print(platform.machine())"),
            "/usr/bin/env python3": said("/usr/bin/env", "python3", "-c", "import platform; print(platform.machine())"),
            "cc -dumpmachine": said("cc", "-dumpmachine"),
            "host header": said("cc", "-c", str(HERE / "host_header.c"), "-o", os.devnull),
            "rustc": said("rustc", "--version"),
        },
    }


def lines(path: Path) -> dict[str, str]:
    """Return the KEY=VALUE lines of a report."""
    pairs = (line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    return dict(pairs)


def run(command: list[str], folder: Path) -> None:
    """Run a program in a folder of its own; what it prints is in the log."""
    folder.mkdir(parents=True, exist_ok=True)
    print("+", shlex.join(command), flush=True)  # noqa: T201 into the log
    subprocess.run(command, cwd=folder, check=True)


class Report(build_py):
    """Writes the report into the package."""

    def run(self) -> None:
        """Ask everybody."""
        build = HERE / "build"
        run(["cmake", str(HERE / "cmade")], build / "cmake")
        run(["cmake", "--build", "."], build / "cmake")
        run([str(HERE / "configured" / "configure")], build / "configure")
        run(["meson", "setup", str(build / "meson"), str(HERE / "mesoned")], build)
        run(["ninja", "-C", str(build / "meson")], build)
        report = {
            "python": python_report(),
            "cmake": lines(build / "cmake" / "report.txt"),
            "configure": lines(build / "configure" / "report.txt"),
            "meson": lines(build / "meson" / "report.txt"),
        }
        (HERE / "src" / "probe" / "report.json").write_text(json.dumps(report, indent=1, sort_keys=True))
        super().run()


setup(
    cmdclass={"build_py": Report},
    ext_modules=[Extension("probe._core", ["src/probe/_core.c"], libraries=["ssl", "crypto", "z"])],
)
