"""The platform tags that a wheel may truly carry, and what stands between it and stricter ones."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from crosswheel.audit.claims import Claims
from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.audit.machine import (
    architectures_by_header,
    header_of,
    header_of_architecture,
    is_loaded,
    is_soft_float,
)
from crosswheel.audit.policy import Demands, demands_of, meets, policy_findings
from crosswheel.elf import ElfFile
from crosswheel.targets import Architecture, Macos, Manylinux, Musllinux, Policy, Windows, known_policies, policy_for

# CPython tells musl from glibc by its suffix since 3.11 (bpo-43112).
_SUFFIX = re.compile(r"\.cpython-3(?:1[1-9]|[2-9]\d)t?-[^.]+-linux-(gnu|musl)[a-z]*\.so", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """What stands between a wheel and a policy.

    Arguments:
        policy: platform tag, such as "manylinux_2_17_aarch64".
        findings: which symbol of which file, which library.
    """

    policy: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the machine code of one architecture stands to the policies.

    Arguments:
        architecture: of the files.
        files: by path.
        demands: of the files.
        met: policies that it meets, the strictest first, those with glibc ahead of those with musl.
        missed: the others.
    """

    architecture: Architecture
    files: Mapping[str, ElfFile]
    demands: Demands
    met: tuple[Policy, ...]
    missed: tuple[Policy, ...]

    def platform_tags(self) -> Iterator[str]:
        """Yield the platform tags of the policies that it meets, best first, and the tag that promises nothing."""
        for policy in self.met:
            yield from (f"{name}_{self.architecture}" for name in (policy.name, *policy.aliases))
        yield f"linux_{self.architecture}"

    def blockers(self) -> Iterator[Blocker]:
        """Yield what stands between it and the policies that are stricter than the best of a family that it meets."""
        families = {policy.glibc is None for policy in self.met}
        for policy in self.missed:
            # Of a wheel for glibc nobody asks what it lacks for musl.
            if not families or (policy.glibc is None) in families:
                findings = tuple(sorted(policy_findings(self.demands, policy)))
                yield Blocker(policy=f"{policy.name}_{self.architecture}", findings=findings)

    def without(self, unproved: Container[Policy]) -> "Standing":
        """Return the same where some of the policies that it meets are missed after all."""
        return replace(
            self,
            met=tuple(policy for policy in self.met if policy not in unproved),
            missed=(*self.missed, *(policy for policy in self.met if policy in unproved)),
        )

    def policy_of(self, platform: Manylinux | Musllinux) -> Policy:
        """Return the policy of a platform of this architecture."""
        for policy in (*self.met, *self.missed):
            if policy.libc == (platform.major, platform.minor) and (policy.glibc is None) == isinstance(
                platform, Musllinux
            ):
                return policy
        return policy_for(platform)


def standings(facts: WheelFacts, claims: Claims) -> tuple[Standing, ...]:
    """Return how the machine code of each architecture stands; () where no tag can be true.

    That is so where code of several architectures is in a wheel that does not claim them all, or damaged code.

    Arguments:
        facts: of the wheel.
        claims: of the wheel; a policy between those on record is asked about only if it is among them.
    """
    known = dict(architectures_by_header())
    # Headers of ARM do not tell the versions apart: what the wheel claims is asked about.
    known |= {header_of_architecture(one): one for one in claims.linux_architectures}
    by_architecture: dict[Architecture | None, dict[str, ElfFile]] = {}
    for path, file in facts.elf_files.items():
        if is_loaded(file):
            architecture = None if is_soft_float(file) else known.get(header_of(file))
            by_architecture.setdefault(architecture, {})[path] = file
    if None in by_architecture or facts.malformed:  # of a machine that has no wheels, or none at all
        return ()
    if len(by_architecture) > 1 and not set(claims.linux_architectures) >= set(by_architecture):
        return ()
    return tuple(
        _standing(facts, claims, architecture, files)
        for architecture, files in by_architecture.items()
        if architecture is not None
    )


def true_platform_tags(facts: WheelFacts, claims: Claims) -> tuple[str, ...]:
    """Return the platform tags that a wheel may truly carry by machine, libraries, versions and symbols; best first.

    ("any",) without machine code; () where no tag is true. It is not looked whether a symbol is missing: for code that
    may be for musl, whose symbols have no versions, that decides, and `proved_platform_tags` tells.

    Arguments:
        facts: of the wheel.
        claims: of the wheel.
    """
    from crosswheel.audit.suffix import broken_modules

    return () if broken_modules(facts) else platform_tags(facts, claims, standings(facts, claims))


def may_be_for_musl(facts: WheelFacts, claims: Claims) -> bool:
    """Return whether its symbols decide which tags a wheel may carry.

    Arguments:
        facts: of the wheel.
        claims: of the wheel.
    """
    return any(policy.glibc is None for standing in standings(facts, claims) for policy in standing.met)


def platform_tags(facts: WheelFacts, claims: Claims, standing: Sequence[Standing]) -> tuple[str, ...]:
    """Return the same where the standings are known.

    Arguments:
        facts: of the wheel.
        claims: of the wheel.
        standing: of its machine code for Linux, as far as that may have a tag.
    """
    # Launchers of several machines, as installers hold them, and code of .NET are data in a wheel for any platform.
    data = facts.name.is_any and not any(file.is_library and not file.is_managed for file in facts.pe_files.values())
    if not (facts.elf_files or facts.mach_files or facts.malformed or (facts.pe_files and not data)):
        return ("any",)
    if facts.malformed:
        return ()
    # In a wheel for one system the files of another are data.
    systems = {type(platform) for platform in claims.platforms} & {Macos, Windows}
    linux = bool(claims.linux_architectures)
    tags: list[str] = []
    if linux or not systems:
        tags += (tag for one in standing for tag in one.platform_tags())
    if Macos in systems or not (linux or systems):
        from crosswheel.audit.apple import apple_tags

        tags += apple_tags(facts)
    if Windows in systems or not (linux or systems):
        from crosswheel.audit.windows import windows_tags

        tags += windows_tags(facts)
    return tuple(tags)


def _standing(facts: WheelFacts, claims: Claims, architecture: Architecture, files: Mapping[str, ElfFile]) -> Standing:
    possible = _families(files)
    asked = {type(platform) for platform in claims.linux if platform.architecture == architecture}
    policies = tuple(_policies(claims, architecture, possible | asked))
    demands = demands_of(facts, files, policies)
    met: list[Policy] = []
    missed: list[Policy] = []
    for policy in policies:
        family = Musllinux if policy.glibc is None else Manylinux
        (met if family in possible and meets(demands, policy) else missed).append(policy)
    return Standing(architecture=architecture, files=files, demands=demands, met=tuple(met), missed=tuple(missed))


def _families(files: Mapping[str, ElfFile]) -> set[type]:
    """Return the families of platforms that the files may be for, by their suffixes and the C library that they need.

    Code that says neither may be for both.
    """
    named = {match[1] for path in files if (match := _SUFFIX.search(path))}
    if not named:
        needed = {library for file in files.values() for library in file.needed}
        named = {"gnu"} if "libc.so.6" in needed else set()
        if any(library == "libc.so" or library.startswith("libc.musl-") for library in needed):
            named.add("musl")
    return {{"gnu": Manylinux, "musl": Musllinux}[name] for name in named or ("gnu", "musl")}


def _policies(claims: Claims, architecture: Architecture, families: Container[type]) -> Iterator[Policy]:
    oldest = (
        Manylinux(major=architecture.oldest_glibc[0], minor=architecture.oldest_glibc[1], architecture=architecture),
        Musllinux(major=architecture.oldest_musl[0], minor=architecture.oldest_musl[1], architecture=architecture),
    )
    for first in oldest:
        if type(first) not in families:
            continue
        policies = {policy.libc: policy for policy in known_policies(first)}
        for platform in claims.linux:
            if isinstance(platform, type(first)) and platform.architecture == architecture:
                version = (platform.major, platform.minor)
                if version not in policies:
                    policies[version] = policy_for(platform)
        yield from (policies[version] for version in sorted(policies))
