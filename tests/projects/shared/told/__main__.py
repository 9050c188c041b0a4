"""Print, as one line of JSON, what the build was told, and what the Python that runs it says of itself."""

import json
import platform
import struct
import sys
import sysconfig

import told

try:
    from told import _core

    module = _core.__file__
except ImportError:  # a wheel for any platform has none
    module = None
print(
    "told "
    + json.dumps(
        {
            "told": told.told(),
            "module": module,
            "machine": platform.machine(),
            "byte_order": sys.byteorder,
            "pointer": struct.calcsize("P"),
            "suffix": sysconfig.get_config_var("EXT_SUFFIX"),
            "version": platform.python_version(),
        }
    )
)
