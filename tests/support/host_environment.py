"""This machine's Python as a target's, for tests that run real programs and need no emulator."""

import os
import sys
import sysconfig
from pathlib import Path

from uv import find_uv_bin

from crosswheel.process import Processes, Reporter, SilentReporter
from crosswheel.pythons import Installer, TargetPython


def host_python() -> TargetPython:
    """Return the Python that runs the tests."""
    executable = Path(os.path.realpath(sys.executable))
    return TargetPython(
        version=".".join(map(str, sys.version_info[:3])),
        executable=executable,
        command=(str(executable),),
        includes=(Path(sysconfig.get_path("include")),),
        sysroot=None,
        origin="this machine",
    )


def offline_installer(cache: Path, reporter: Reporter | None = None, **variables: str) -> Installer:
    """Return an installer that asks no server, unless the variables say so."""
    return Installer(
        uv=Path(find_uv_bin()),
        processes=Processes(),
        variables={"UV_OFFLINE": "1", "UV_CACHE_DIR": str(cache), "UV_NO_PROGRESS": "1", **variables},
        reporter=reporter or SilentReporter(),
    )


def plain_variables(home: Path) -> dict[str, str]:
    """Return an environment with nothing of the person's in it."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8"}
