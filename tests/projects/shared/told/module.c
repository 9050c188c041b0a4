#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include "told.h"

static PyObject *told(PyObject *self, PyObject *unused) { return PyUnicode_FromString(TOLD_TEXT); }

static PyMethodDef methods[] = {{"told", told, METH_NOARGS, "What the build was told."}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_core", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__core(void) { return PyModule_Create(&module); }
