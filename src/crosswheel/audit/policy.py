"""Proof 3: libraries, symbol versions and symbols inside a policy; and the tags that a wheel may truly carry."""

from collections.abc import Iterator

from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.elf import ElfFile
from crosswheel.targets.policies import Policy


def policy_findings(facts: WheelFacts, policy: Policy) -> Iterator[Finding]:
    """Yield what the policy does not allow: libraries, symbol versions, symbols."""
    for path, file in facts.elf_files.items():
        yield from _library_findings(facts, path, file, policy)
        yield from _version_findings(facts, path, file, policy)
        yield from _symbol_findings(path, file, policy)


def _library_findings(facts: WheelFacts, path: str, file: ElfFile, policy: Policy) -> Iterator[Finding]:
    for library in file.needed:
        if library not in facts.libraries and library not in policy.libraries:
            reason = f"it needs {library}, which {policy.name} does not promise and the wheel does not hold"
            yield Finding(code="CW104", file=path, subject=library, reason=reason)


def _version_findings(facts: WheelFacts, path: str, file: ElfFile, policy: Policy) -> Iterator[Finding]:
    for library, versions in file.version_needs.items():
        if library in facts.libraries:
            continue
        for version in versions:
            if not policy.allows_version(version):
                symbols = sorted(symbol.name for symbol in file.imports if symbol.version == version)
                reason = f"it asks {library} for {version}, newer than {policy.name} allows"
                if symbols:
                    reason += f" ({', '.join(symbols[:3])}{', …' if len(symbols) > 3 else ''})"  # noqa: PLR2004 enough to tell
                yield Finding(code="CW105", file=path, subject=version, reason=reason)


def _symbol_findings(path: str, file: ElfFile, policy: Policy) -> Iterator[Finding]:
    strong = [symbol for symbol in file.imports if not symbol.weak]  # weak ones may be absent
    for library, forbidden in policy.blacklist.items():
        if library not in file.needed:
            continue
        for name in sorted({symbol.name for symbol in strong if symbol.library in (None, library)} & forbidden):
            reason = f"{name} of {library} is not on every system that {policy.name} stands for"
            yield Finding(code="CW106", file=path, subject=name, reason=reason)
