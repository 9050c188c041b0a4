"""Writes down what the Python that runs it says of its tags, markers and suffixes, as JSON on standard output."""

import importlib.machinery
import json
import sys
import sysconfig

from packaging.markers import default_environment
from packaging.tags import sys_tags


def said() -> dict[str, object]:
    environment = {**default_environment(), "platform_release": "", "platform_version": ""}
    return {
        "tags": [str(tag) for tag in sys_tags()],
        "environment": environment,
        "extension_suffixes": importlib.machinery.EXTENSION_SUFFIXES,
        "soabi": sysconfig.get_config_var("SOABI"),
    }


if __name__ == "__main__":
    json.dump(said(), sys.stdout, indent=0)
    sys.stdout.write("\n")
