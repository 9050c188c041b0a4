# cython: language_level=3
cdef extern from "told.h":
    const char *TOLD_TEXT


def told():
    """Return what the build was told."""
    return TOLD_TEXT.decode("ascii")
