/* numpy's headers are the target's, and numpy.distutils' answers are the target's: else this does not compile. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>
#include "answers.h"

_Static_assert(NPY_SIZEOF_LONGDOUBLE == sizeof(long double), "numpy's headers are of another machine");
_Static_assert(ASKED_POINTER == sizeof(void *), "numpy.distutils was told of another machine");
_Static_assert(ASKED_LONG_DOUBLE == sizeof(long double), "numpy.distutils was told of another machine");

#include "module.c"
