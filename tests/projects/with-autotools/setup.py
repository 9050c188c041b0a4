"""A configure script, called as uvloop and others call it for the library that they bring, decides what is compiled."""

import os
import subprocess
import sysconfig

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext


class Configured(build_ext):
    """Runs configure first."""

    def run(self):
        """Make a header of what configure found out, and build."""
        folder = os.path.abspath(os.path.join(self.build_temp, "configured"))
        os.makedirs(folder, exist_ok=True)
        subprocess.check_call([os.path.abspath("configured/configure")], cwd=folder)
        with open(os.path.join(folder, "report.txt")) as report:
            found = dict(line.rstrip("\n").split("=", 1) for line in report)
        if found["runs"] == "no":
            raise SystemExit("configure says that programs of the target do not run")
        with open("told/configured.h", "w") as header:
            for name in ("pointer", "long_double"):
                header.write("#define CONFIGURED_%s %s\n" % (name.upper(), found[name]))
            header.write('#define CONFIGURED_HOST "%s"\n' % found["host_cpu"])
            header.write('#define CONFIGURED_ORDER "%s"\n' % ("big" if found["big_endian"] == "yes" else "little"))
        super().run()


MACROS = [("TOLD_SUFFIX", '"%s"' % sysconfig.get_config_var("EXT_SUFFIX"))]
setup(
    packages=["told"],
    ext_modules=[Extension("told._core", ["told/_configured.c"], define_macros=MACROS)],
    cmdclass={"build_ext": Configured},
)
