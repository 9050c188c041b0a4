"""A project from before pyproject.toml."""

import sysconfig

from setuptools import Extension, setup

MACROS = [
    ("TOLD_SUFFIX", '"%s"' % sysconfig.get_config_var("EXT_SUFFIX")),
    ("TOLD_PLATFORM", '"%s"' % sysconfig.get_platform()),
]
setup(
    name="with-setup-py",
    version="1.0",
    packages=["told"],
    ext_modules=[Extension("told._core", ["told/module.c"], define_macros=MACROS)],
)
