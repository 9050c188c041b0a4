"""Asks the compiler through numpy.distutils, as scipy did for twenty years, and writes a header of the answers."""

import os

from numpy.distutils.core import setup
from numpy.distutils.misc_util import Configuration


def configuration(parent_package="", top_path=None):
    """Return what numpy.distutils builds."""
    config = Configuration("told", parent_package, top_path, package_path="told")

    def answers(extension, folder):
        """Write the header, and return its path."""
        asking = config.get_config_cmd()
        pointer, doubled = asking.check_type_size("void *"), asking.check_type_size("long double")
        if not asking.check_func("cos", libraries=["m"], decl=True):
            raise SystemExit("no cos() in libm")
        path = os.path.join(folder, "answers.h")
        os.makedirs(folder, exist_ok=True)
        with open(path, "w") as header:
            header.write("#define ASKED_POINTER %d\n#define ASKED_LONG_DOUBLE %d\n" % (pointer, doubled))
        extension.include_dirs.append(folder)
        return path

    config.add_extension("_core", sources=[answers, "told/numpyish.c"])
    return config


setup(version="1.0", **dict(configuration(top_path="").todict(), name="with-numpy-distutils"))
