"""What cffi makes a module of, out of line, in ABI mode: plain Python, for any machine."""

import cffi

ffi = cffi.FFI()
ffi.cdef("double cos(double); struct mixed { char c; long double d; void *p; };")
ffi.set_source("told._described", None)
