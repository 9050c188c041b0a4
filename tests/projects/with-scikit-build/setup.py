"""CMake through the scikit-build of setup.py's days."""

from skbuild import setup

setup(name="with-scikit-build", version="1.0", packages=["told"])
