"""Compilers for targets, as values, and the wrappers that stand for them in a build."""

from crosswheel.toolchains.wrappers import HOST_FOLDERS, WrapperRules, write_wrappers
from crosswheel.toolchains.zig import Toolchain, zig_toolchain

__all__ = ["HOST_FOLDERS", "Toolchain", "WrapperRules", "write_wrappers", "zig_toolchain"]
