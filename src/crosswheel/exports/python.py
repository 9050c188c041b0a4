"""Which symbols CPython X.Y exports, and which of them are the limited API (PEP 384, 652, 803)."""

from crosswheel.exports.sections import read_sections
from crosswheel.targets.python import Python


def python_exports(python: Python) -> frozenset[str] | None:
    """Return the symbols that a CPython exports to extension modules; None where they are not known.

    A wheel for any Python ("py3") cannot say which: what one CPython of that major version exports counts.

    Arguments:
        python: whose; with a stable ABI, the one of its version: see `served_pythons` for those after it.
    """
    major, minor = python.version
    if python.implementation not in ("cp", "py"):
        return None
    if python.implementation == "py":
        words = {version for version in _known() if version.startswith(f"{major}.")}
    elif python.version == (2, 7):
        # The width of characters, which the ABI tag tells, is in the names of functions; without one it can be either.
        words = {f"2.7{python.abi.removeprefix('cp27')}"} & _known() or {"2.7m", "2.7mu"}
    else:
        words = {f"{major}.{minor}{'t' if python.free_threaded and not python.stable_abi else ''}"}
    names = (section.names for section in read_sections("python.txt") if not words.isdisjoint(section.words))
    return frozenset[str]().union(*names) or None


def python_names() -> frozenset[str]:
    """Return the symbols that any known CPython exports."""
    return frozenset[str]().union(*(section.names for section in read_sections("python.txt")))


def served_pythons(python: Python) -> tuple[Python, ...]:
    """Return the CPythons that load what was made for one, as far as their exports are known.

    Arguments:
        python: with abi3, every later version loads it, free-threaded ones do not; with abi3t, both do (PEP 803). Any
            other is returned alone.
    """
    if not python.stable_abi:
        return (python,)
    known = (Python.parse(f"cp{version.replace('.', '')}") for version in _known() if version.startswith("3."))
    served = (one for one in known if one is not None and one.version >= python.version)
    both = python.abi == "abi3t"
    return tuple(
        sorted(
            (one for one in served if both or not one.free_threaded),
            key=lambda one: (one.version, one.abi),
        )
    )


def limited_api(version: tuple[int, int]) -> frozenset[str]:
    """Return the symbols that an extension module for the stable ABI of a version may use on Linux.

    For abi3t they are the same: what PEP 803 takes from it are fields of structures, not names.

    Arguments:
        version: X and Y of X.Y, of the oldest Python that it serves.
    """
    sections = read_sections("limited_api.txt")
    return frozenset[str]().union(*(one.names for one in sections if _number(one.words[0]) <= version))


def limited_api_since(name: str) -> tuple[int, int] | None:
    """Return the version whose limited API was the first to have a symbol; None where none has it.

    Arguments:
        name: of the symbol.
    """
    found = (one.words[0] for one in read_sections("limited_api.txt") if name in one.names)
    return next(map(_number, found), None)


def _known() -> frozenset[str]:
    return frozenset(word for section in read_sections("python.txt") for word in section.words)


def _number(version: str) -> tuple[int, int]:
    major, minor = version.split(".")
    return int(major), int(minor)
