"""proot: found, or fetched with the libraries that it needs."""

import shutil
import sys
from pathlib import Path

from crosswheel.emulator.find import HostPackages
from crosswheel.errors import LackError

# What keeps system calls from processes that are younger than proot.
_OLDER_CALLS = Path(__file__).parent / "older_calls.py"


def proot_command(search_path: str, host_packages: HostPackages) -> tuple[tuple[str, ...], str]:
    """Return the arguments that start proot, and where it comes from, for people.

    Raises:
        LackError: there is none, and none can be fetched.
    """
    before = (sys.executable, "-I", "-S", str(_OLDER_CALLS))
    if found := shutil.which("proot", path=search_path):
        return (*before, found), f"of this machine ({found})"
    root = host_packages("proot", dependencies=True)
    loaders = sorted(root.glob("usr/lib*/ld-*.so.*")) + sorted(root.glob("usr/lib/*/ld-*.so.*"))
    if not loaders:
        raise LackError("proot cannot be started", why=f"there is no dynamic loader in {root}")
    folders = sorted({str(path.parent) for path in root.glob("usr/lib/**/*.so.*")})
    # Its libraries are named to its own loader: LD_LIBRARY_PATH would reach every program that is started under it.
    command = (str(loaders[0]), "--library-path", ":".join(folders), str(root / "usr/bin/proot"))
    return (*before, *command), "of Debian"
