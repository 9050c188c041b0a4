#!/usr/bin/env python3
"""What a project's own generator is told; pybind11 is one of the build requirements, which it must see."""

import platform

import pybind11

print(platform.machine() if pybind11.__version__ else "")  # noqa: T201 that is the answer
