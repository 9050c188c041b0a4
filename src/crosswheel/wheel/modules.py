"""Which modules a wheel gives."""

from collections.abc import Iterable

# Not what the project is for, and not made to be imported without their own requirements.
_COMPANIONS = frozenset({"test", "tests", "testing", "doc", "docs", "example", "examples", "benchmark", "benchmarks"})
_NO_MODULES = frozenset({"setup", "conftest", "__main__", "__pycache__"})
_ROOTS = ("purelib", "platlib")


def top_level_modules(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the names that a wheel's user would import, sorted.

    Packages, single modules and extension modules at the top (also of `.data/purelib` and `.data/platlib`). Of a
    namespace package (a folder without `__init__`) the first real modules below it, with their dotted names. Folders
    such as `tests` are left out, unless there is nothing else.

    Arguments:
        paths: of the files in the wheel.
    """
    tree: dict[str, object] = {}
    for path in paths:
        parts = _from_site_packages(path.split("/"))
        if not parts:
            continue
        folder = tree
        for part in parts[:-1]:
            below = folder.setdefault(part, {})
            folder = below if isinstance(below, dict) else {}
        folder.setdefault(parts[-1], None)
    found = set(_modules(tree, ""))
    own = {name for name in found if name.partition(".")[0] not in _COMPANIONS}
    return tuple(sorted(own or found))


def _from_site_packages(parts: list[str]) -> list[str]:
    if parts[0].endswith(".data"):
        return parts[2:] if len(parts) > 2 and parts[1] in _ROOTS else []  # noqa: PLR2004 NAME.data/ROOT/REST
    return [] if parts[0].endswith((".dist-info", ".libs")) else parts


def _modules(folder: dict[str, object], prefix: str) -> Iterable[str]:
    for name, below in folder.items():
        module = _module_name(name) if below is None else name
        if not module.isidentifier() or module in _NO_MODULES:
            continue
        if not isinstance(below, dict) or any(_module_name(inner) == "__init__" for inner in below):
            if module != "__init__":
                yield prefix + module
        else:
            yield from _modules(below, f"{prefix}{module}.")


def _module_name(file: str) -> str:
    """Return the name under which a file is imported; "" where it cannot be."""
    stem, _, suffix = file.partition(".")
    if suffix in ("py", "pyc"):
        return stem
    if suffix == "so" and stem.startswith("lib"):  # a plain library, by its name
        return ""
    return stem if suffix.endswith(("so", "pyd")) and suffix.split(".")[-1] in ("so", "pyd") else ""
