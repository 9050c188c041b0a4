"""Compilers for targets, as values, and the wrappers that stand for them in a build."""

from crosswheel.toolchains.wrappers import WrapperRules, write_wrappers
from crosswheel.toolchains.zig import Toolchain, zig_toolchain

__all__ = ["Toolchain", "WrapperRules", "write_wrappers", "zig_toolchain"]
