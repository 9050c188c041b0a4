#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <omp.h>

static PyObject *count(PyObject *self, PyObject *args) {
  int wanted, threads = 0;
  long rounds = 0;
  if (!PyArg_ParseTuple(args, "i", &wanted)) return NULL;
  Py_BEGIN_ALLOW_THREADS
#pragma omp parallel num_threads(wanted)
  {
#pragma omp single
    threads = omp_get_num_threads();
#pragma omp for reduction(+ : rounds) schedule(dynamic, 1000)
    for (long number = 0; number < 1000000; number++) rounds += 1;
  }
  Py_END_ALLOW_THREADS
  return Py_BuildValue("il", threads, rounds);
}

static PyMethodDef methods[] = {{"count", count, METH_VARARGS, "Threads and rounds of a parallel loop."}, {NULL}};
#define MODULE(name)                                                                        \
  static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, #name, NULL, -1, methods}; \
  PyMODINIT_FUNC PyInit_##name(void) { return PyModule_Create(&definition); }
