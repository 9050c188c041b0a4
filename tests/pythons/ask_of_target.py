# ruff: noqa: PTH120, T201 for Python 3.6, which prints its answers
# mypy: ignore-errors
"""Prints what a Python says of the target; it runs on CPython 3.6 to 3.15, posing or true."""

import importlib.machinery
import json
import os
import platform
import struct
import subprocess
import sys
import sysconfig

NAMES = (
    *("ALIGNOF_LONG", "DOUBLE_IS_BIG_ENDIAN_IEEE754", "EXT_SUFFIX", "HAVE_CLOCK_GETTIME", "HAVE_FORK", "HAVE_PIPE2"),
    *("HAVE_GCC_ASM_FOR_X64", "HAVE_USABLE_WCHAR_T", "LDVERSION", "MULTIARCH", "Py_DEBUG", "Py_GIL_DISABLED", "SOABI"),
    *("SHLIB_SUFFIX", "SIZEOF_DOUBLE", "SIZEOF_INT", "SIZEOF_LONG", "SIZEOF_LONG_DOUBLE", "SIZEOF_OFF_T", "VERSION"),
    *("SIZEOF_SIZE_T", "SIZEOF_VOID_P", "SIZEOF_WCHAR_T"),
)


def said() -> dict:
    answers = {
        "machine": platform.machine(),
        "uname": [os.uname().sysname, os.uname()[4], platform.uname()[0], platform.uname()[4]],
        "libc": platform.libc_ver()[0],
        "bits": platform.architecture()[0],
        "system": platform.system(),
        "platform": sysconfig.get_platform(),
        "maxsize": sys.maxsize,
        "byteorder": sys.byteorder,
        "abiflags": sys.abiflags,
        "multiarch": sys.implementation._multiarch,
        "sizes": {one: struct.calcsize(one) for one in ("P", "@P", "n", "l", "i", "q", "d", "=l")},
        "suffixes": importlib.machinery.EXTENSION_SUFFIXES,
        "variables": {name: sysconfig.get_config_var(name) for name in NAMES},
        "platform_text": platform.platform().split("-with-")[0].split("-")[-1],
    }
    try:
        import distutils.sysconfig
        import distutils.util
    except ImportError:
        return answers
    answers["distutils"] = [distutils.util.get_platform(), *distutils.sysconfig.get_config_vars("EXT_SUFFIX", "SOABI")]
    return answers


def places() -> list:
    """Of a posing Python: what leads to its headers."""
    found = [sysconfig.get_path("include"), sysconfig.get_path("platinclude"), sysconfig.get_config_var("INCLUDEPY")]
    found.append(os.path.dirname(sysconfig.get_config_h_filename()))
    try:
        import distutils.sysconfig as old
    except ImportError:
        return found
    return [
        *found,
        old.get_python_inc(),
        old.get_python_inc(plat_specific=True),
        os.path.dirname(old.get_config_h_filename()),
    ]


if __name__ == "__main__":
    answers = said()
    if "places" in sys.argv:
        answers["places"] = places()
        answers["makefile"] = sysconfig.get_makefile_filename()
        answers["variables_all"] = sysconfig.get_config_vars()
    if "child" in sys.argv:
        answers["child"] = subprocess.check_output(
            [sys.executable, "-I", "-c", "import platform; print(platform.machine())"], universal_newlines=True
        ).strip()
    print(json.dumps(answers))
