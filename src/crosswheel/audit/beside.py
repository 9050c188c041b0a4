"""Files that a wheel holds for several machines on purpose, and chooses from when it runs."""

import re
from pathlib import PurePosixPath

# As in attach_x86.dll, runtimes/win-arm64/native/loader.dll, libhelper-x86_64.dylib.
_MACHINE = re.compile(
    r"(?<![a-z0-9])(?:win|darwin|macos|osx)?[-_]?"
    r"(?:x86[-_]64|x86|x64|amd64|i[36]86|ia32|win32|win64|arm64(?:e|ec|x)?|aarch64|arm|ppc(?:64)?)(?![a-z0-9])"
)


def names_its_machine(path: str) -> bool:
    """Tell whether a library, which is no extension module, says by its path which machine it is for.

    Such a one lies beside its likes for other machines, and is opened by name.

    Arguments:
        path: in the wheel.
    """
    file = PurePosixPath(path.lower())
    if file.suffix in (".pyd", ".so"):
        return False
    # The folders at the top are the wheel's own names.
    return any(_MACHINE.search(part) for part in (*file.parts[1:-1], file.stem))
