#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include "told.h"

int asked_pointer(void);
double asked_sum(int count, const double *values);

static PyObject *told(PyObject *self, PyObject *unused) {
  const double values[] = {1, 2, 3.5};
  if (asked_pointer() != sizeof(void *) || asked_sum(3, values) != 6.5)
    return PyErr_Format(PyExc_RuntimeError, "Fortran and C do not agree");
  return PyUnicode_FromString(TOLD_TEXT);
}

static PyMethodDef methods[] = {{"told", told, METH_NOARGS, "What the build was told."}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_core", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__core(void) { return PyModule_Create(&module); }
