"""A function of the C library, called without a compiler."""

from told._described import ffi


def told():
    """Return nothing that a build was told; fail where cffi does not work."""
    if ffi.dlopen("libm.so.6").cos(0.0) != 1.0:
        raise ValueError("cos(0) is 1")
    return ""
