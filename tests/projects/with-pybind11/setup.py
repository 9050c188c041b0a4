"""pybind11 through its helper for setuptools."""

import sysconfig

from pybind11.setup_helpers import Pybind11Extension
from setuptools import setup

MACROS = [("TOLD_SUFFIX", '"%s"' % sysconfig.get_config_var("EXT_SUFFIX"))]
setup(packages=["told"], ext_modules=[Pybind11Extension("told._core", ["told/bound.cpp"], define_macros=MACROS)])
