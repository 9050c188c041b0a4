"""What cffi makes a module of, out of line, in API mode."""

import sysconfig

import cffi

SOURCE = """
#include "told.h"
static const char *told(void) { return TOLD_TEXT; }
static long double third(void) { return 1.0L / 3; }
struct mixed { char c; long double d; void *p; };
"""
ffi = cffi.FFI()
ffi.cdef("const char *told(void); struct mixed { char c; long double d; void *p; }; long double third(void);")
ffi.set_source(
    "told._core",
    SOURCE,
    include_dirs=["told"],
    define_macros=[("TOLD_PLATFORM", '"%s"' % sysconfig.get_platform())],
)
