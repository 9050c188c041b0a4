"""Sources, recipes, and the project's build backend in the target's Python."""

from crosswheel.build.backend import Backend, Distribution
from crosswheel.build.recipes import Recipe, find_recipe

__all__ = ["Backend", "Distribution", "Recipe", "find_recipe"]
