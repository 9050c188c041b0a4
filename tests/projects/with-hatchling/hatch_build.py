"""A build hook that compiles."""

import os
import shlex
import subprocess
import sysconfig

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Compile(BuildHookInterface):
    """Calls the compiler itself."""

    def initialize(self, version, build_data):
        """Compile the module and say that the wheel is of one platform."""
        suffix = sysconfig.get_config_var("EXT_SUFFIX")
        module = "told/_core" + suffix
        subprocess.check_call(
            [
                *shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC")),
                *("-O2", "-fPIC", "-shared", '-DTOLD_SUFFIX="%s"' % suffix),
                *("-I", sysconfig.get_path("include"), "told/module.c", "-o", module),
            ],
            cwd=self.root,
        )
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["artifacts"].append(module)
