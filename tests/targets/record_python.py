"""Writes down what the Python that runs it says of its tags, markers and suffixes, as JSON on standard output."""

import hashlib
import importlib.machinery
import json
import sys
import sysconfig
from collections.abc import Sequence

from packaging.markers import default_environment
from packaging.tags import sys_tags


def said() -> dict[str, object]:
    environment = {**default_environment(), "platform_release": "", "platform_version": ""}
    return {
        **summary([str(tag) for tag in sys_tags()]),
        "environment": environment,
        "extension_suffixes": importlib.machinery.EXTENSION_SUFFIXES,
        "soabi": sysconfig.get_config_var("SOABI"),
    }


def summary(tags: Sequence[str]) -> dict[str, object]:
    """Return what tells lists of tags apart in a form that can be read: hundreds of tags say the same few things."""
    return {
        "pythons": list(dict.fromkeys(tag.rpartition("-")[0] for tag in tags)),
        "platforms": list(dict.fromkeys(tag.rpartition("-")[2] for tag in tags)),
        "sha256_of_tags": hashlib.sha256("\n".join(tags).encode()).hexdigest(),
    }


if __name__ == "__main__":
    json.dump(said(), sys.stdout, indent=1)
    sys.stdout.write("\n")
