"""One extension module, described by setuptools."""

import sysconfig

from setuptools import Extension, setup

MACROS = [
    ("TOLD_SUFFIX", '"%s"' % sysconfig.get_config_var("EXT_SUFFIX")),
    ("TOLD_PLATFORM", '"%s"' % sysconfig.get_platform()),
]
setup(packages=["told"], ext_modules=[Extension("told._core", ["told/module.c"], define_macros=MACROS)])
