#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <zlib.h>

static PyObject *versions(PyObject *self, PyObject *unused) {
  return Py_BuildValue("sskk", OpenSSL_version(OPENSSL_VERSION), zlibVersion(), (unsigned long)OPENSSL_VERSION_NUMBER,
                       (unsigned long)OPENSSL_init_ssl(0, NULL));
}

static PyMethodDef methods[] = {{"versions", versions, METH_NOARGS, "Versions of the libraries inside."}, {NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_core", NULL, -1, methods};

PyMODINIT_FUNC PyInit__core(void) { return PyModule_Create(&module); }
