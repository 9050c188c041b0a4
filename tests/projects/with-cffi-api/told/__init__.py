"""What cffi and the compiler were told, and whether cffi agrees with the compiler about a struct."""

from told._core import ffi, lib


def told():
    """Return it."""
    third = ffi.cast("double", lib.third())
    if not 0.33 < float(third) < 0.34 or ffi.sizeof("struct mixed") < ffi.sizeof("long double") + 2:
        raise ValueError("cffi was told of another machine")
    return ffi.string(lib.told()).decode("ascii")
