"""From a wheel as a backend made it to one that may be published: a list of edits, made once."""

from crosswheel.repair.plan import Edit, RepairPlan, plan_repair
from crosswheel.repair.repair import repair_wheel
from crosswheel.repair.sbom import LinkedPackage, build_sbom, sbom_path

__all__ = [
    "Edit",
    "LinkedPackage",
    "RepairPlan",
    "build_sbom",
    "plan_repair",
    "repair_wheel",
    "sbom_path",
]
