"""From a wheel as a backend made it to one that may be published: a list of edits, made once."""

from crosswheel.repair.plan import AddFile, Edit, RepairPlan, ReplaceFile, plan_repair
from crosswheel.repair.repair import repair_wheel
from crosswheel.repair.sbom import LinkedPackage, build_sbom, sbom_path

__all__ = [
    "AddFile",
    "Edit",
    "LinkedPackage",
    "RepairPlan",
    "ReplaceFile",
    "build_sbom",
    "plan_repair",
    "repair_wheel",
    "sbom_path",
]
