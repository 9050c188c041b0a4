"""Sources, recipes, and the project's build backend in the target's Python."""

from crosswheel.build.backend import Backend, Distribution
from crosswheel.build.fetch import FetchedSource, Sources, SourceTree
from crosswheel.build.fortran import needs_fortran
from crosswheel.build.openmp import needs_openmp
from crosswheel.build.recipes import Recipe, find_recipe
from crosswheel.build.rust import is_program, needs_rust
from crosswheel.build.source import FolderSource, Source, find_source

__all__ = [
    "Backend",
    "Distribution",
    "FetchedSource",
    "FolderSource",
    "Recipe",
    "Source",
    "SourceTree",
    "Sources",
    "find_recipe",
    "find_source",
    "is_program",
    "needs_fortran",
    "needs_openmp",
    "needs_rust",
]
