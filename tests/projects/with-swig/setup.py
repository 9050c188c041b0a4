"""SWIG, called by distutils' own build_ext."""

import sysconfig

from setuptools import Extension, setup
from setuptools.command.build_py import build_py


class Later(build_py):
    """Packs the Python half of the module, which SWIG writes, after build_ext."""

    def run(self):
        """Compile first."""
        self.run_command("build_ext")
        super().run()


MACROS = [("TOLD_SUFFIX", '"%s"' % sysconfig.get_config_var("EXT_SUFFIX"))]
setup(
    packages=["told"],
    ext_modules=[Extension("told._swigged", ["told/swigged.i"], define_macros=MACROS, include_dirs=["told"])],
    cmdclass={"build_py": Later},
)
