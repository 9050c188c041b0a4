#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include "configured.h"
#include "told.h"

_Static_assert(CONFIGURED_POINTER == sizeof(void *), "configure was told of another machine");
_Static_assert(CONFIGURED_LONG_DOUBLE == sizeof(long double), "configure was told of another machine");
#undef TOLD_CONFIGURED_PLATFORM
#define TOLD_CONFIGURED_PLATFORM ";configure_cpu=" CONFIGURED_HOST ";configure_byte_order=" CONFIGURED_ORDER

#include "module.c"
