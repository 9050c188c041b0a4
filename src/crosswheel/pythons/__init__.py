"""Where a target Python comes from, and virtual environments of it."""

from crosswheel.pythons.debian import (
    LEFT_OUT,
    PROMISED,
    SysrootSource,
    debian_python,
    debian_release,
    debian_versions,
    has_debian_python,
)
from crosswheel.pythons.environment import Environment, Installer, install, make_environment, planned_python
from crosswheel.pythons.host import InstalledPython, find_host_python, list_host_pythons, list_pyenv_pythons
from crosswheel.pythons.places import PythonPlaces
from crosswheel.pythons.pose import pose_python
from crosswheel.pythons.prefix import FoundPython
from crosswheel.pythons.sources import PythonSource, SourceKind, parse_sources
from crosswheel.pythons.value import Pose, TargetPython

__all__ = [
    "LEFT_OUT",
    "PROMISED",
    "Environment",
    "FoundPython",
    "InstalledPython",
    "Installer",
    "Pose",
    "PythonPlaces",
    "PythonSource",
    "SourceKind",
    "SysrootSource",
    "TargetPython",
    "debian_python",
    "debian_release",
    "debian_versions",
    "find_host_python",
    "has_debian_python",
    "install",
    "list_host_pythons",
    "list_pyenv_pythons",
    "make_environment",
    "parse_sources",
    "planned_python",
    "pose_python",
]
