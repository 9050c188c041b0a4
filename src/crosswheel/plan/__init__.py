"""What is to be built, in which order, and the keys under which results are found again."""

from crosswheel.plan.jobs import BuildInputs, CxxRuntime, Strategy

__all__ = ["BuildInputs", "CxxRuntime", "Strategy"]
