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
    if python.implementation == "py":
        found = frozenset[str]().union(
            *(section.names for section in read_sections("python.txt") if _has_major(section.words, major))
        )
    elif python.implementation == "cp":
        version = f"{major}.{minor}{'t' if python.abi.endswith('t') else ''}"
        found = frozenset[str]().union(
            *(section.names for section in read_sections("python.txt") if version in section.words)
        )
    else:
        return None
    return found or None


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
    versions = {word for section in read_sections("python.txt") for word in section.words}
    known = (Python.parse(f"cp{version.replace('.', '')}") for version in versions)
    return tuple(
        sorted(
            (
                one
                for one in known
                if one and one.version >= python.version and one.version[0] == python.version[0]
                if python.abi == "abi3t" or not one.free_threaded
            ),
            key=lambda one: (one.version, one.abi),
        )
    )


def limited_api(version: tuple[int, int], *, free_threaded: bool) -> frozenset[str]:
    """Return the symbols that an extension module for the stable ABI of a version may use on Linux.

    Arguments:
        version: X and Y of X.Y, of the oldest Python that it serves.
        free_threaded: of abi3t (PEP 803) rather than abi3.
    """
    return frozenset[str]().union(
        *(
            section.names
            for section in read_sections("limited_api.txt")
            if _number(section.words[0]) <= version and not (free_threaded and "abi3" in section.words)
        )
    )


def _has_major(versions: tuple[str, ...], major: int) -> bool:
    return any(version.startswith(f"{major}.") for version in versions)


def _number(version: str) -> tuple[int, int]:
    major, minor = version.split(".")
    return int(major), int(minor)
