#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <zmq.h>

namespace {

std::string sent_through(const std::string &text) {
  std::shared_ptr<void> context(zmq_ctx_new(), zmq_ctx_term);
  std::shared_ptr<void> taker(zmq_socket(context.get(), ZMQ_PULL), zmq_close);
  if (zmq_bind(taker.get(), "inproc://told") != 0) throw std::runtime_error(zmq_strerror(zmq_errno()));
  std::thread giver([&] {
    std::shared_ptr<void> socket(zmq_socket(context.get(), ZMQ_PUSH), zmq_close);
    zmq_connect(socket.get(), "inproc://told");
    zmq_send(socket.get(), text.data(), text.size(), 0);
  });
  std::vector<char> buffer(100);
  int size = zmq_recv(taker.get(), buffer.data(), buffer.size(), 0);
  giver.join();
  if (size < 0) throw std::runtime_error(zmq_strerror(zmq_errno()));
  return std::string(buffer.data(), static_cast<size_t>(size));
}

PyObject *through(PyObject *, PyObject *argument) {
  const char *text = PyUnicode_AsUTF8(argument);
  if (!text) return nullptr;
  try {
    return PyUnicode_FromString(sent_through(text).c_str());
  } catch (const std::exception &error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
    return nullptr;
  }
}

PyObject *caught(PyObject *, PyObject *argument) {
  const char *text = PyUnicode_AsUTF8(argument);
  if (!text) return nullptr;
  std::mutex mutex;
  std::condition_variable condition;
  std::unique_lock<std::mutex> lock(mutex);
  condition.wait_for(lock, std::chrono::milliseconds(2));
  try {
    throw std::out_of_range(std::string(text) + ": " + std::to_string(3));
  } catch (const std::logic_error &error) {
    return PyUnicode_FromString(error.what());
  }
}

PyMethodDef methods[] = {
    {"through", through, METH_O, "What came out of a queue."},
    {"caught", caught, METH_O, "What an exception says."},
    {nullptr, nullptr, 0, nullptr},
};
PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_core", nullptr, -1, methods, nullptr, nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit__core() { return PyModule_Create(&definition); }
