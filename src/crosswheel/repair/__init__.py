"""From a wheel as it was built to one that may be published: a plan of changes, made once, and its proof."""

from crosswheel.repair.carry import Proof, prove_repaired, read_again, write_repaired
from crosswheel.repair.choose import machine_of
from crosswheel.repair.folders import Libc
from crosswheel.repair.foreign import Foreign, Origin, foreign_archives, origin_of
from crosswheel.repair.packages import COMMON_LICENCES, PackageRecords, SystemPackage, common_licence
from crosswheel.repair.places import installed_path
from crosswheel.repair.plan import Graft, RepairPlan
from crosswheel.repair.repair import Wish, plan_repair
from crosswheel.repair.sbom import Component, Linkage, build_sbom, sbom_path
from crosswheel.repair.search import LibrarySearch
from crosswheel.repair.tree import Tree

__all__ = [
    "COMMON_LICENCES",
    "Component",
    "Foreign",
    "Graft",
    "Libc",
    "LibrarySearch",
    "Linkage",
    "Origin",
    "PackageRecords",
    "Proof",
    "RepairPlan",
    "SystemPackage",
    "Tree",
    "Wish",
    "build_sbom",
    "common_licence",
    "foreign_archives",
    "installed_path",
    "machine_of",
    "origin_of",
    "plan_repair",
    "prove_repaired",
    "read_again",
    "sbom_path",
    "write_repaired",
]
