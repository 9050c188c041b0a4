"""What others export: CPython of each version, its limited API, and the libraries that a policy promises."""

from crosswheel.exports.python import limited_api, limited_api_since, python_exports, python_names, served_pythons
from crosswheel.exports.system import Offer, SystemLibraries

__all__ = [
    "Offer",
    "SystemLibraries",
    "limited_api",
    "limited_api_since",
    "python_exports",
    "python_names",
    "served_pythons",
]
