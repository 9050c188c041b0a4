"""An extension module in Rust that needs no crate: it declares what it calls of CPython itself."""

from setuptools import setup
from setuptools_rust import Binding, RustExtension

setup(
    packages=["told"],
    rust_extensions=[RustExtension("told._core", binding=Binding.NoBinding, debug=False)],
)
