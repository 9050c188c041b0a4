"""Symbol versions that auditwheel judges otherwise than the PEP of the policy, or than the loader."""

from collections.abc import Iterator

from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.elf import ElfFile
from crosswheel.targets import Policy
from crosswheel.targets.differences import Difference, differences_of


def policy_difference_findings(facts: WheelFacts, policy: Policy) -> Iterator[Finding]:
    """Yield what auditwheel would judge otherwise: on record for a symbol, asked of the loader, or weak.

    Arguments:
        facts: of the wheel.
        policy: that it is held against.
    """
    differences = differences_of(policy)
    for path, file in facts.elf_files.items():
        for version, reason in sorted({**_recorded(file, differences), **_of_loader(file, policy)}.items()):
            yield Finding(code="CW121", file=path, subject=version, reason=reason)
        for version, names in sorted(_weak(facts, file, policy).items()):
            reason = f"{version} is asked for by weak symbols alone ({', '.join(sorted(names))}), which may be absent: "
            yield Finding(code="CW121", file=path, subject=version, reason=reason + "auditwheel counts it all the same")


def _recorded(file: ElfFile, differences: tuple[Difference, ...]) -> dict[str, str]:
    found = {}
    for one in differences:
        symbols = {name for names in one.symbols.values() for name in names}
        used = sorted(
            {symbol.name for symbol in file.imports if symbol.version == one.version and symbol.name in symbols}
        )
        if used:
            verdict = (
                f"auditwheel {_verb(allows=one.auditwheel_allows)} it, {one.pep} {_verb(allows=one.pep_allows)} it"
            )
            found[one.version] = f"it asks for {', '.join(used)} at {one.version}: {verdict}"
    return found


def _of_loader(file: ElfFile, policy: Policy) -> dict[str, str]:
    loader = policy.architecture.loader
    return {
        version: f"it asks {loader} for {version}: auditwheel leaves out what is asked of the loader, which refuses it"
        for version in file.version_needs.get(loader, ())
        if not policy.allows_version(version)
    }


def _weak(facts: WheelFacts, file: ElfFile, policy: Policy) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for symbol in file.imports:
        if symbol.weak and symbol.version and symbol.library and symbol.library not in facts.libraries:
            needed = symbol.version in file.version_needs.get(symbol.library, ())
            if not needed and not policy.allows_version(symbol.version):
                found.setdefault(symbol.version, set()).add(symbol.name)
    return found


def _verb(*, allows: bool) -> str:
    return "allows" if allows else "forbids"
