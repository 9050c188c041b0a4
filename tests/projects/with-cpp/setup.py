"""C++ with threads and exceptions, and its runtime."""

import sysconfig

from setuptools import Extension, setup

MACROS = [
    ("TOLD_SUFFIX", '"%s"' % sysconfig.get_config_var("EXT_SUFFIX")),
    ("TOLD_PLATFORM", '"%s"' % sysconfig.get_platform()),
]
module = Extension(
    "told._core", ["told/threads.cpp"], language="c++", extra_compile_args=["-std=c++17"], define_macros=MACROS
)
setup(packages=["told"], ext_modules=[module])
