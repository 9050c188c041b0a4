#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "caught.hpp"

static PyObject *tell(PyObject *, PyObject *) { return PyUnicode_FromString(story().c_str()); }
static PyMethodDef methods[] = {{"tell", tell, METH_NOARGS, nullptr}, {nullptr, nullptr, 0, nullptr}};
static PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_core", nullptr, -1, methods, nullptr, nullptr, nullptr, nullptr};
PyMODINIT_FUNC PyInit__core(void) { return PyModule_Create(&definition); }
