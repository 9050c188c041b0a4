"""A Python of this machine that poses as the target's: its headers, its sysconfig data, and what it answers."""

from collections.abc import Callable

from crosswheel.process import Processes
from crosswheel.pythons.value import TargetPython
from crosswheel.store import Store, Sysroot
from crosswheel.targets import Target


def pose_python(
    host: TargetPython,
    target: Target,
    *,
    compile_object: Callable[[str], bytes],
    processes: Processes,
    store: Store,
    sysroot: Sysroot | None,
) -> TargetPython:
    """Return a Python of this machine that poses as the target's.

    Arguments:
        host: a CPython of the target's X.Y with its headers.
        target: whom it poses as.
        compile_object: compiles one C source for the target and returns the object file; nothing of it is run.
        processes: starts the host's Python, which is asked for its sysconfig variables.
        store: where headers and modules are kept.
        sysroot: libraries of the target, where there are any.

    Raises:
        RefusedError: the host's Python cannot pose as this target's.
    """
    raise NotImplementedError
