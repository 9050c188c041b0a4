"""CMake, called as many projects call it: from a build_ext of their own, with the module's name from distutils."""

import os
import subprocess
import sys

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext


class CMakeBuild(build_ext):
    """Configures and builds with CMake."""

    def build_extension(self, ext):
        """Build one module where distutils wants it."""
        path = os.path.abspath(self.get_ext_fullpath(ext.name))
        folder = os.path.join(self.build_temp, "cmake")
        os.makedirs(folder, exist_ok=True)
        options = [
            "-DMODULE_FOLDER=" + os.path.dirname(path),
            "-DMODULE_FILE=" + os.path.basename(path),
            "-DPYTHON_EXECUTABLE=" + sys.executable,
            "-DCMAKE_BUILD_TYPE=Release",
        ]
        subprocess.check_call(["cmake", os.getcwd(), *options], cwd=folder)
        subprocess.check_call(["cmake", "--build", ".", "--config", "Release"], cwd=folder)


setup(packages=["told"], ext_modules=[Extension("told._core", [])], cmdclass={"build_ext": CMakeBuild})
