"""A module that cffi writes; nothing is compiled."""

from setuptools import setup

setup(packages=["told"], cffi_modules=["describe.py:ffi"])
