"""Where the loader looks for the libraries of a wheel: RPATH, RUNPATH, and whether that leads to them."""

from collections.abc import Iterator, Mapping

from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.audit.machine import is_program
from crosswheel.elf import ElfFile

_ORIGINS = ("${ORIGIN}", "$ORIGIN")
# Where the folders of NAME.data are installed, from the folder that bounds them: site-packages, or the whole prefix.
_SCHEMES = {"platlib": (), "purelib": (), "scripts": ("bin",), "data": ()}


def folder_findings(facts: WheelFacts) -> Iterator[Finding]:
    """Yield run paths that lead outside, and libraries of the wheel that no run path leads to."""
    for path, file in facts.elf_files.items():
        for kind, value in (("RPATH", file.rpath), ("RUNPATH", file.runpath)):
            # An empty text is none; an empty part of one is the current folder.
            for folder in value.split(":") if value else ():
                if why := _why_outside(path, folder):
                    reason = f"its {kind} has {folder!r}, which {why}"
                    yield Finding(code="CW112", file=path, subject=folder, reason=reason)
    yield from _lost_libraries(facts)


def installed_folder(path: str) -> str:
    """Return the folder in which a file of a wheel is installed, from the folder that bounds it.

    Arguments:
        path: in the wheel; NAME.data/SCHEME/… is where that scheme leads (binary distribution format).
    """
    parts = path.split("/")[:-1]
    if len(parts) > 1 and parts[0].endswith(".data") and parts[1] in _SCHEMES:
        parts = [*_SCHEMES[parts[1]], *parts[2:]]
    return "/".join(parts)


def resolved(path: str, folder: str) -> str | None:
    """Return where a part of a run path leads, from the folder that bounds the wheel; None for outside.

    Arguments:
        path: of the file in the wheel.
        folder: part of its RPATH or RUNPATH.
    """
    rest = next((folder.removeprefix(origin) for origin in _ORIGINS if folder.startswith(origin)), None)
    if rest is None or (rest and not rest.startswith("/")):
        return None
    found = [part for part in installed_folder(path).split("/") if part]
    for part in rest.split("/"):
        if part == "..":
            if not found:
                return None
            found.pop()
        elif part not in ("", "."):
            found.append(part)
    return "/".join(found)


def _why_outside(path: str, folder: str) -> str:
    if not folder:
        return "stands for the folder that the process happens to be in"
    if not folder.startswith(_ORIGINS):
        return "is an absolute folder" if folder.startswith("/") else "does not begin at $ORIGIN"
    return "" if resolved(path, folder) is not None else "leads above the folder that wheels are installed to"


def _lost_libraries(facts: WheelFacts) -> Iterator[Finding]:
    """Yield the libraries of the wheel that an import or a program asks for, and the loader does not find.

    A file that nothing here asks for, and that is neither module nor program, is loaded by name, by somebody who may
    have loaded what it needs before: it is not looked at.
    """
    places = _places(facts)
    loaders: dict[str, set[str]] = {}
    for path, file in facts.elf_files.items():
        for library in file.needed:
            if library in places:
                loaders.setdefault(facts.libraries[library], set()).add(path)
    for path, file in facts.elf_files.items():
        if not (path in loaders or is_program(file) or _is_module(path, file)):
            continue
        for library in file.needed:
            if library in places and not _finds(facts, loaders, path, library, places[library]):
                reason = f"it needs {library}, which is in the wheel, and none of its run paths leads there"
                yield Finding(code="CW134", file=path, subject=library, reason=reason)


def _places(facts: WheelFacts) -> Mapping[str, set[str]]:
    """Return the folders in which the wheel has a library, by the names that others may call it."""
    places: dict[str, set[str]] = {}
    for path, file in facts.elf_files.items():
        for name in {path.rpartition("/")[2], file.soname}:
            if name:
                places.setdefault(name, set()).add(installed_folder(path))
    return places


def _finds(facts: WheelFacts, loaders: Mapping[str, set[str]], path: str, library: str, folders: set[str]) -> bool:
    """Return whether a file finds a library, by itself or because what loads it brings the library along."""
    if folders & _searched(path, facts.elf_files[path]):
        return True
    inherits = facts.elf_files[path].runpath is None
    seen, waiting = {path}, list(loaders.get(path, ()))
    while waiting:
        loader = waiting.pop()
        if loader in seen:
            continue
        seen.add(loader)
        file = facts.elf_files[loader]
        # What the loader of a file needs itself is in memory before, and its DT_RPATH holds for what it loads.
        reaches = bool(folders & _searched(loader, file))
        if reaches and (library in file.needed or (inherits and file.runpath is None)):
            return True
        waiting += loaders.get(loader, ())
    return False


def _searched(path: str, file: ElfFile) -> set[str]:
    value = file.rpath if file.runpath is None else file.runpath
    folders = (resolved(path, folder) for folder in (value or "").split(":"))
    return {folder for folder in folders if folder is not None}


def _is_module(path: str, file: ElfFile) -> bool:
    python2 = f"init{path.rpartition('/')[2].partition('.')[0]}"
    return path.endswith(".so") and any(
        symbol.name.startswith("PyInit") or symbol.name == python2 for symbol in file.exports
    )
