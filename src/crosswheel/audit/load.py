"""Proof 4: every undefined symbol is found where the loader will look for it."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.audit.references import Reference, open_references
from crosswheel.targets import Manylinux, Musllinux, Policy, Python, policy_for


def load_findings(
    facts: WheelFacts,
    platform: Manylinux | Musllinux,
    pythons: Sequence[Python],
    python_symbols: frozenset[str] | None = None,
    grafted: Collection[str] = (),
) -> Iterator[Finding]:
    """Yield the undefined strong symbols, and the versions of the wheel's own libraries, that nothing provides.

    Arguments:
        facts: of the wheel.
        platform: that it has to work on.
        pythons: that it serves.
        python_symbols: what the target's own Python exports, where it was asked; else the lists tell.
        grafted: paths of libraries that a repair gave names of their own.
    """
    references = open_references(facts, platform, pythons, python_symbols, grafted)
    yield from reference_findings(references, policy_for(platform))
    yield from own_version_findings(facts)


def reference_findings(references: Iterable[Reference], policy: Policy) -> Iterator[Finding]:
    """Yield those references that nothing provides where the policy holds.

    Arguments:
        references: what `open_references` returned for the policy's C library and architecture; one answer serves for
            every policy of them.
        policy: what may be relied on.
    """
    for one in references:
        if _is_met(one, policy):
            continue
        if later := _later_patch(one, policy):
            reason = f"{one.name} came with musl {later}; {policy.name} holds for every {_dotted(policy.libc)}"
            yield Finding(code="CW136", file=one.file, subject=one.name, reason=reason)
        elif one.elsewhere:
            reason = f"{one.name} is defined by another file of the wheel, but this one does not ask for that"
            yield Finding(code="CW120", file=one.file, subject=one.name, reason=reason)
        else:
            yield Finding(code="CW107", file=one.file, subject=one.name, reason=_reason(one, policy))


def own_version_findings(facts: WheelFacts) -> Iterator[Finding]:
    """Yield the versions that files ask of the wheel's own libraries and that those do not define.

    Arguments:
        facts: of the wheel.
    """
    for path, file in facts.elf_files.items():
        for library, versions in file.version_needs.items():
            own = facts.elf_files.get(facts.libraries.get(library, ""))
            # The loader only warns of a library without any versions.
            if own is None or not own.version_definitions:
                continue
            for version in sorted(set(versions) - set(own.version_definitions)):
                reason = f"it asks for {version} of {library}, which the {library} in the wheel does not define"
                yield Finding(code="CW107", file=path, subject=version, reason=reason)


def _is_met(reference: Reference, policy: Policy) -> bool:
    if reference.version is not None:
        # The lists know the version, and the symbol not at it. A version outside the policy is another finding.
        return not policy.allows_version(reference.version)
    return any(
        offer.since <= policy.libc and (offer.version is None or policy.allows_version(offer.version))
        for offer in reference.offers
    )


def _later_patch(reference: Reference, policy: Policy) -> str:
    """Return the first release of the policy's own version of the C library that has the symbol; "" for none."""
    releases = [offer.since for offer in reference.offers if offer.since[:2] == policy.libc < offer.since]
    return _dotted(min(releases)) if releases else ""


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _reason(reference: Reference, policy: Policy) -> str:
    name = reference.name
    if reference.lacking is not None:
        return f"the symbol {name} is not exported by {reference.lacking.describe()}, nor is it in the wheel"
    if reference.version is not None:
        return f"{reference.library} has no {name} at {reference.version}, neither on any system nor in the wheel"
    if reference.offers:
        first = reference.offers[0]
        since = first.version or f"version {_dotted(first.since)} of the C library"
        return f"the symbol {name} is in {first.library} since {since} only, newer than {policy.name} promises"
    return f"the symbol {name} is in nothing that {policy.name} promises, nor in the wheel or Python"
