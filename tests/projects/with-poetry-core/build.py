"""poetry-core's build script: setuptools compiles in place, poetry-core packs."""

import sysconfig

from setuptools import Distribution, Extension

MACROS = [("TOLD_SUFFIX", '"%s"' % sysconfig.get_config_var("EXT_SUFFIX"))]
distribution = Distribution({"ext_modules": [Extension("told._core", ["told/module.c"], define_macros=MACROS)]})
command = distribution.get_command_obj("build_ext")
command.inplace = True
command.ensure_finalized()
command.run()
