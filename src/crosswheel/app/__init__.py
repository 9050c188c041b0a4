"""The one place that puts the parts together."""

from crosswheel.app.build import build_all
from crosswheel.app.request import BuildRequest, BuiltWheel, FailedBuild, Outcome
from crosswheel.app.workshop import Workshop

__all__ = ["BuildRequest", "BuiltWheel", "FailedBuild", "Outcome", "Workshop", "build_all"]
