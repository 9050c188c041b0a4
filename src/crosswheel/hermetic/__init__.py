"""The environment of a build: a closed folder of tools, and variables, that tell whatever it starts of the target."""

from crosswheel.hermetic.cargo import RustParts
from crosswheel.hermetic.make import make_hermetic
from crosswheel.hermetic.value import Hermetic

__all__ = ["Hermetic", "RustParts", "make_hermetic"]
