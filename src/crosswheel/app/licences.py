"""Where the licence texts of a target's libraries are that no sysroot of ours holds."""

from functools import cached_property

from crosswheel.app.workshop import Workshop
from crosswheel.errors import CrosswheelError
from crosswheel.repair import COMMON_LICENCES, Tree, common_licence
from crosswheel.store import Sysroot


class CommonLicences:
    """Licence texts that many packages refer to, from the Debian release of a sysroot.

    They are fetched when the first is asked for, into a folder of their own: no package depends on the one that has
    them, and with it in the sysroot every sysroot, and every build, would be another.

    Arguments:
        workshop: the run's parts.
        sysroot: whose release.
    """

    def __init__(self, workshop: Workshop, sysroot: Sysroot) -> None:
        self._workshop = workshop
        self._sysroot = sysroot

    def __call__(self, name: str) -> bytes | None:
        """Return a text by its file name, such as "GPL-3"; None where it cannot be had."""
        return None if self._tree is None else common_licence(self._tree, name)

    @cached_property
    def _tree(self) -> Tree | None:
        suite = self._sysroot.suite
        try:
            found = self._workshop.archive.sysroot(
                [COMMON_LICENCES], suite=suite, architecture=self._sysroot.architecture, dependencies=False
            )
        except CrosswheelError as error:
            # A wheel without them can be used; what it lacks is told with the wheel.
            self._workshop.reporter.warn(f"{COMMON_LICENCES} of Debian {suite} cannot be had: {error}")
            return None
        return Tree(root=found.path.resolve())
