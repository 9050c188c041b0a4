"""Wheels for macOS: machines, minimum versions, libraries of Mach-O files, and the tags that they may carry."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from crosswheel.audit.beside import names_its_machine
from crosswheel.audit.claims import Claims
from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.macho import MachFile, MachType
from crosswheel.targets import Macos

_SYSTEM = ("/usr/lib/", "/System/")
_PYTHON = re.compile(r"(?:^|/)(?:Python3?\.framework/|libpython\d[^/]*\.dylib$)")
_LEGACY = re.compile(r"macosx_(\d+)_(\d+)_(\w+)", re.ASCII)
_FIRST_ARM = (11, 0)
_OLDEST = (10, 4)  # that packaging knows
_BIG_SUR_BEFORE = (10, 16)  # what macOS 11 calls itself to programs of before
_WHOLE_RELEASES = 11  # since macOS 11 tags name whole releases
_MACOS = 1  # PLATFORM_MACOS
_PLATFORMS = {2: "iOS", 3: "tvOS", 4: "watchOS", 6: "Mac Catalyst", 7: "the iOS simulator", 11: "visionOS"}
_TWO = ("arm64", "x86_64")
# What the machines of a platform tag stand for (distutils, packaging's _mac_binary_formats).
_MACHINES = {
    "universal2": _TWO,
    "intel": ("i386", "x86_64"),
    "fat": ("i386", "ppc"),
    "fat32": ("i386", "ppc"),
    "fat3": ("i386", "ppc", "x86_64"),
    "fat64": ("ppc64", "x86_64"),
    "universal": ("i386", "ppc", "ppc64", "x86_64"),
}

Version = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """One platform tag: the oldest macOS, and the machines that it has to run on."""

    tag: str
    version: Version
    machines: tuple[str, ...]


def apple_findings(facts: WheelFacts, claims: Claims) -> Iterator[Finding]:
    """Yield what is wrong with the Mach-O files of a wheel; nothing of a wheel that has none.

    Arguments:
        facts: of the wheel.
        claims: of the wheel.
    """
    loaded = {path: slices for path, file in facts.mach_files.items() if (slices := _loaded(file))}
    wanted = tuple(_claims(claims))
    if not wanted:
        # Where the tag says "any", another finding speaks.
        if claims.platforms and not facts.name.is_any:
            yield from _foreign(loaded, ", ".join(map(str, claims.platforms)))
        return
    libraries = _Libraries(loaded)
    for path, slices in loaded.items():
        for claim in wanted:
            yield from _machines(path, slices, claim)
        yield from _versions(path, slices, wanted)
        for part in slices:
            if part.architecture in {machine for claim in wanted for machine in claim.machines}:
                yield from _links(libraries, path, part)
        yield from _run_paths(path, slices)


def apple_tags(facts: WheelFacts) -> tuple[str, ...]:
    """Return the platform tags that the Mach-O files of a wheel may truly carry, best first; () where none is true.

    Arguments:
        facts: of the wheel.
    """
    minimums: dict[str, Version] = {}
    common: set[str] | None = None
    for path, file in facts.mach_files.items():
        slices = _loaded(file)
        if not slices or names_its_machine(path):
            continue
        machines = {part.architecture for part in slices if part.platform in (None, _MACOS)}
        common = machines if common is None else common & machines
        for part in slices:
            minimums[part.architecture] = max(minimums.get(part.architecture, _OLDEST), _minimum(part))
    versions = {machine: minimums[machine] for machine in common or ()}
    return tuple(_tags(versions))


def _tags(versions: Mapping[str, Version]) -> Iterator[str]:
    if set(_TWO) <= set(versions):
        # Everybody knows that arm64 begins at 11.0: macosx_10_9_universal2 says 10.9 of x86_64 alone.
        arm = versions["arm64"]
        yield _tag(versions["x86_64"] if arm <= _FIRST_ARM else max(arm, versions["x86_64"]), "universal2")
    if {"i386", "x86_64"} <= set(versions):
        yield _tag(max(versions["i386"], versions["x86_64"]), "intel")
    for machine in ("arm64", "x86_64", "i386", "ppc64", "ppc"):
        if machine in versions:
            yield _tag(versions[machine], machine)


def _tag(version: Version, machine: str) -> str:
    return f"macosx_{version[0]}_{version[1]}_{machine}"


def _minimum(part: MachFile) -> Version:
    """Return the oldest macOS of one machine's code, as a tag can name it."""
    floor = _FIRST_ARM if part.architecture == "arm64" else _OLDEST
    if part.minimum_os is None:
        return floor
    major, minor, _ = part.minimum_os
    if (major, minor) == _BIG_SUR_BEFORE:
        major, minor = _FIRST_ARM
    if major >= _WHOLE_RELEASES and minor:
        major, minor = major + 1, 0
    return max(floor, (major, minor))


def _loaded(file: Iterable[MachFile]) -> tuple[MachFile, ...]:
    return tuple(part for part in file if part.is_loaded)


def _claims(claims: Claims) -> Iterator[_Claim]:
    for platform in claims.platforms:
        if isinstance(platform, Macos):
            machines = _MACHINES.get(platform.machine, (platform.machine,))
            yield _Claim(tag=str(platform), version=(platform.major, platform.minor), machines=machines)
    for tag in claims.unknown:
        match = _LEGACY.fullmatch(tag)
        if match:
            machines = _MACHINES.get(match[3], (match[3],))
            yield _Claim(tag=tag, version=(int(match[1]), int(match[2])), machines=machines)


def _foreign(loaded: Mapping[str, tuple[MachFile, ...]], platforms: str) -> Iterator[Finding]:
    for path, slices in loaded.items():
        # Programs are started, and chosen, by name.
        if any(part.type != MachType.EXECUTE for part in slices):
            yield Finding(code="CW101", file=path, reason=f"it is a Mach-O file, which {platforms} does not load")


def _machines(path: str, slices: tuple[MachFile, ...], claim: _Claim) -> Iterator[Finding]:
    elsewhere = sorted({_PLATFORMS.get(part.platform, "") for part in slices if part.platform not in (None, _MACOS)})
    for platform in elsewhere:
        name = platform or "another system of Apple"
        yield Finding(code="CW101", file=path, subject=name, reason=f"it is for {name}, not for macOS")
    there = tuple(dict.fromkeys(part.architecture for part in slices))
    missing = [machine for machine in claim.machines if machine not in there]
    if not missing or (len(missing) < len(claim.machines) and names_its_machine(path)):
        return
    for machine in missing:
        reason = f"it has code for {', '.join(there)}, none for {machine}, which {claim.tag} promises"
        yield Finding(code="CW101", file=path, subject=", ".join(there), reason=reason)


def _versions(path: str, slices: tuple[MachFile, ...], wanted: tuple[_Claim, ...]) -> Iterator[Finding]:
    for claim in wanted:
        for part in slices:
            if part.architecture not in claim.machines or part.minimum_os is None:
                continue
            promised = max(claim.version, _FIRST_ARM) if part.architecture == "arm64" else claim.version
            if _minimum(part) > promised:
                told = ".".join(map(str, part.minimum_os[: 3 if part.minimum_os[2] else 2]))
                reason = f"its code for {part.architecture} is for macOS {told} and later, the tag is {claim.tag}"
                yield Finding(code="CW131", file=path, subject=told, reason=reason)


def _links(libraries: "_Libraries", path: str, part: MachFile) -> Iterator[Finding]:
    for name in part.needed:
        if _PYTHON.search(name) and part.type != MachType.EXECUTE:
            if not libraries.found(path, part, name):
                reason = f"it is linked with {name}, which the Python that imports it need not have"
                yield Finding(code="CW125", file=path, subject=name, reason=reason)
        elif name.startswith(_SYSTEM) or name in part.weak or libraries.found(path, part, name):
            continue
        elif not name.startswith("/") and posixpath.basename(name) in libraries.names:
            reason = f"it needs {name}, which is in the wheel, but not where any of its run paths leads"
            yield Finding(code="CW134", file=path, subject=name, reason=reason)
        else:
            reason = f"it needs {name}, which macOS does not promise and the wheel does not hold"
            yield Finding(code="CW104", file=path, subject=name, reason=reason)


def _run_paths(path: str, slices: tuple[MachFile, ...]) -> Iterator[Finding]:
    for folder in sorted({folder for part in slices for folder in part.run_paths}):
        if folder.startswith("/") and not f"{folder}/".startswith(_SYSTEM):
            yield Finding(
                code="CW112", file=path, subject=folder, reason=f"its run path {folder} leads out of the wheel"
            )


@dataclass(frozen=True)
class _Libraries:
    """Where the Mach-O files of a wheel are, once it is installed."""

    files: Mapping[str, tuple[MachFile, ...]]

    @cached_property
    def places(self) -> frozenset[str]:
        """Their paths from site-packages."""
        return frozenset(map(_installed, self.files))

    @cached_property
    def names(self) -> frozenset[str]:
        """Their names without folders."""
        return frozenset(map(posixpath.basename, self.files))

    def found(self, path: str, part: MachFile, name: str) -> bool:
        """Tell whether a name that a file has of a library leads to one in the wheel or of the system."""
        if name.startswith("@rpath/"):
            candidates = [f"{folder.rstrip('/')}/{name.removeprefix('@rpath/')}" for folder in part.run_paths]
        else:
            candidates = [name]
        here = posixpath.dirname(_installed(path))
        for candidate in candidates:
            if candidate.startswith(_SYSTEM):
                return True
            start, slash, rest = candidate.partition("/")
            relative = start == "@loader_path" or (start == "@executable_path" and part.type == MachType.EXECUTE)
            if slash and relative and posixpath.normpath(posixpath.join(here, rest)) in self.places:
                return True
        return False


def _installed(path: str) -> str:
    """Return a path in the wheel as it is after installation, from site-packages (the binary distribution format)."""
    parts = path.split("/", 2)
    root = len(parts) > 2 and parts[0].endswith(".data") and parts[1] in ("platlib", "purelib")  # noqa: PLR2004
    return parts[2] if root else path
