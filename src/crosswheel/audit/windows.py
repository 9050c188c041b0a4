"""Wheels for Windows: machines, Pythons, minimum versions of PE files, and the tags that they may carry."""

import re
from collections.abc import Iterator, Mapping

from crosswheel.audit.beside import names_its_machine
from crosswheel.audit.claims import Claims
from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.pe import PeFile
from crosswheel.targets import Python, Windows

# Which libraries a process of each platform loads, and which programs the system starts (x86 and amd64 are emulated).
_LOADS = {"win_amd64": ("win_amd64",), "win32": ("win32",), "win_arm64": ("win_arm64", "win_arm64x")}
_STARTS = {
    "win_amd64": ("win_amd64", "win32"),
    "win32": ("win32",),
    "win_arm64": ("win_arm64", "win_arm64x", "win_arm64ec", "win_amd64", "win32"),
}
_PYTHON = re.compile(r"(?:python\d+t?(?:_d)?|libpypy[\d.]*-c)\.dll", re.ASCII | re.IGNORECASE)
# The oldest Windows that CPython of each version, and of later ones, runs on (PEP 11): XP x64, Vista, 8.1, 10.
_OLDEST = (((3, 13), (10, 0)), ((3, 9), (6, 3)), ((3, 5), (6, 0)), ((2, 7), (5, 2)))
_FIRST_ARM = (10, 0)


def windows_findings(facts: WheelFacts, claims: Claims) -> Iterator[Finding]:
    """Yield what is wrong with the PE files of a wheel; nothing of a wheel that has none.

    Code of .NET for any machine is passed over.

    Arguments:
        facts: of the wheel.
        claims: of the wheel.
    """
    files = {path: file for path, file in facts.pe_files.items() if not file.is_managed}
    wanted = tuple(platform.tag for platform in claims.platforms if isinstance(platform, Windows))
    if not wanted:
        # Where the tag says "any", another finding speaks.
        if claims.platforms and not facts.name.is_any:
            yield from _foreign(files, ", ".join(map(str, claims.platforms)))
        return
    for path, file in files.items():
        yield from _machine(path, file, wanted)
        yield from _python(path, file, claims)
        yield from _version(path, file, claims, wanted)


def windows_tags(facts: WheelFacts) -> tuple[str, ...]:
    """Return the platform tags that the PE files of a wheel may truly carry, best first; () where none is true.

    Arguments:
        facts: of the wheel.
    """
    files = {path: file for path, file in facts.pe_files.items() if not file.is_managed and not names_its_machine(path)}
    libraries = [file for file in files.values() if file.is_library]
    deciding = libraries or list(files.values())
    if not deciding:
        return ()
    return tuple(tag for tag, loads in _LOADS.items() if all(file.architecture in loads for file in deciding))


def runs_on(file: PeFile, tag: str) -> bool:
    """Return whether Windows loads, or starts, a file on a platform.

    Arguments:
        file: of the wheel.
        tag: such as "win_amd64".
    """
    return file.is_managed or file.architecture in (_LOADS if file.is_library else _STARTS)[tag]


def _foreign(files: Mapping[str, PeFile], platforms: str) -> Iterator[Finding]:
    for path, file in files.items():
        # Programs are data where nobody can start them: launchers that installers copy.
        if file.is_library:
            yield Finding(code="CW101", file=path, reason=f"it is a PE file, which {platforms} does not load")


def _machine(path: str, file: PeFile, wanted: tuple[str, ...]) -> Iterator[Finding]:
    if names_its_machine(path):
        return
    if not any(runs_on(file, tag) for tag in wanted):
        reason = f"it is for {file.architecture}, not for {' or '.join(wanted)}"
        yield Finding(code="CW101", file=path, subject=file.architecture, reason=reason)


def _python(path: str, file: PeFile, claims: Claims) -> Iterator[Finding]:
    if not file.initializers and not path.lower().endswith(".pyd"):
        return
    pythons = [python for python in claims.pythons if python.abi != "none"]
    for name in (*file.needed, *file.delayed):
        if pythons and _PYTHON.fullmatch(name) and not any(name.lower() in _own_names(python) for python in pythons):
            wanted = " or ".join(dict.fromkeys(name for python in pythons for name in _own_names(python)))
            reason = f"it is linked with {name}, and the Python of the tag has {wanted}"
            yield Finding(code="CW125", file=path, subject=name, reason=reason)


def _own_names(python: Python) -> tuple[str, ...]:
    """Return the names of the DLLs that an extension module for a Python may be linked with."""
    major, minor = python.version
    if python.implementation == "pp":
        # PyPy 3.8 and later have the version in it.
        return (f"libpypy{major}.{minor}-c.dll", "libpypy3-c.dll" if major > 2 else "libpypy-c.dll")  # noqa: PLR2004
    threads = "t" if python.free_threaded else ""
    stable = f"python{major}{threads}.dll"
    if python.stable_abi:
        return (stable,)
    own = f"python{major}{minor}{threads}.dll"
    return (own, stable) if python.version >= (3, 2) else (own,)


def _version(path: str, file: PeFile, claims: Claims, wanted: tuple[str, ...]) -> Iterator[Finding]:
    """Yield a minimum Windows above the oldest that the Python of the tag runs on: the platform tag names none."""
    oldest = [
        next(version for first, version in _OLDEST if python.version >= first)
        for python in claims.pythons
        if python.implementation == "cp"
    ]
    if not oldest:
        return
    promised = min(oldest)
    if set(wanted) == {"win_arm64"}:
        promised = max(promised, _FIRST_ARM)
    if file.minimum_os > promised:
        told = ".".join(map(str, file.minimum_os))
        reason = f"it is for Windows {told} and later, and the Python of the tag runs on {'.'.join(map(str, promised))}"
        yield Finding(code="CW131", file=path, subject=told, reason=reason)
