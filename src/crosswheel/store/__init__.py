"""The content-addressed cache: fetched files, sysroots, environments, built wheels."""

from crosswheel.store.files import atomic_write, cannot_write, sha256_of
from crosswheel.store.store import Store, remove_tree
from crosswheel.store.sysroot import Sysroot, SysrootPackage

__all__ = ["Store", "Sysroot", "SysrootPackage", "atomic_write", "cannot_write", "remove_tree", "sha256_of"]
