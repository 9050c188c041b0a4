"""Cython inside setup.py."""

import sysconfig

from Cython.Build import cythonize
from setuptools import Extension, setup

MACROS = [
    ("TOLD_SUFFIX", '"%s"' % sysconfig.get_config_var("EXT_SUFFIX")),
    ("TOLD_PLATFORM", '"%s"' % sysconfig.get_platform()),
]
module = Extension("told._core", ["told/_core.pyx"], define_macros=MACROS, include_dirs=["told"])
setup(packages=["told"], ext_modules=cythonize([module]))
