"""A module that cffi writes and setuptools compiles."""

from setuptools import setup

setup(packages=["told"], cffi_modules=["describe.py:ffi"])
