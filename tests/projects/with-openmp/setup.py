"""Two extension modules that compile OpenMP as GCC's and as clang's users write it."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "told_threads.gcc_style", ["gcc_style.c"], extra_compile_args=["-fopenmp"], extra_link_args=["-fopenmp"]
        ),
        Extension(
            "told_threads.clang_style",
            ["clang_style.c"],
            extra_compile_args=["-Xpreprocessor", "-fopenmp"],
            extra_link_args=["-lomp"],
        ),
    ],
    packages=["told_threads"],
)
