"""An extension module, and beside it a shared library that throws what the module catches; each has a C++ runtime."""

import os

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext


class BuildBoth(build_ext):
    def build_extension(self, ext):
        folder = os.path.dirname(self.get_ext_fullpath(ext.name))
        self.mkpath(folder)
        objects = self.compiler.compile(
            ["thrown/shapes.cpp"], output_dir=self.build_temp, extra_postargs=["-std=c++17"]
        )
        self.compiler.link_shared_object(
            objects,
            os.path.join(folder, "libshapes.so"),
            extra_postargs=["-Wl,-soname,libshapes.so"],
            target_lang="c++",
        )
        ext.library_dirs.append(folder)
        super().build_extension(ext)


module = Extension(
    "thrown._core",
    ["thrown/module.cpp"],
    libraries=["shapes"],
    language="c++",
    extra_compile_args=["-std=c++17"],
    extra_link_args=["-Wl,-rpath,$ORIGIN"],
)
setup(packages=["thrown"], ext_modules=[module], cmdclass={"build_ext": BuildBoth})
