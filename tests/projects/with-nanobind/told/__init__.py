"""What a build was told; an exception of C++ has to reach Python on the way."""

from told import _core


def told():
    """Return it."""
    try:
        _core.fail("on purpose")
    except ValueError as error:
        if str(error) != "on purpose":
            raise
    return _core.told()
