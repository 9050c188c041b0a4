"""An extension module in C++ that links Debian's libzmq.a, which was compiled with libstdc++."""

from setuptools import Extension, setup

setup(
    packages=["told_queue"],
    ext_modules=[
        Extension(
            "told_queue._core",
            ["core.cc"],
            libraries=["zmq", "sodium", "pgm", "norm", "protokit", "bsd", "md", "gssapi_krb5"],
            extra_compile_args=["-std=c++17"],
        )
    ],
)
