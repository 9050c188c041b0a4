#include <Python.h>
#include <openssl/ssl.h>
#include <zlib.h>

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_meson", NULL, -1, NULL};

PyMODINIT_FUNC PyInit__meson(void) { return OPENSSL_init_ssl(0, NULL) && zlibVersion() ? PyModule_Create(&module) : NULL; }
