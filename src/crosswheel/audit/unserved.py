"""Tags of several machines or systems in one file name: each of them promises that there is code for it."""

import re
from collections.abc import Iterator

from crosswheel.audit.claims import Claims
from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding
from crosswheel.audit.machine import header_of, header_of_architecture, is_loaded
from crosswheel.audit.windows import runs_on
from crosswheel.targets import Macos, Windows

# Tags of the platforms and Pythons that an audit knows; of others (Android, GraalPy) it cannot say who takes them.
# packaging names 32-bit processes on 64-bit ARM armv8l, and knows macOS machines of long ago.
_OURS = re.compile(
    r"(?:many|musl)linux(?!.*_armv8l$).*|win(?:_.*|32|64)|macosx(?!_\d+_\d+_(?:intel|fat|universal|ppc|i386)).*"
    r"|(?:cp|pp|py)\d.*|abi\d.*|pypy\d*_.*"
)

_SCRIPT = re.compile(r"[^/]+\.data/scripts/")


def unserved_findings(facts: WheelFacts, claims: Claims) -> Iterator[Finding]:
    """Yield the platforms that a wheel names and has no machine code for, while it has some for another.

    Arguments:
        facts: of the wheel.
        claims: of the wheel.
    """
    served = dict(_served(facts, claims))
    # Where none is served, other findings say what the code is for; without code all are.
    if any(served.values()):
        for name in (name for name, has_code in served.items() if not has_code):
            reason = f"its name promises {name}, and it has machine code for others only"
            yield Finding(code="CW101", file="", subject=name, reason=reason)
    if "any" in facts.name.platform_tags:
        # Programs elsewhere may be data: launchers that installers copy. These are put where people start them.
        for path in (*facts.mach_files, *facts.pe_files):
            if _SCRIPT.match(path):
                reason = "it is a program of one system that is installed to be started, and the tag says any platform"
                yield Finding(code="CW117", file=path, reason=reason)


def unknown_tag_findings(claims: Claims) -> Iterator[Finding]:
    """Yield the tags, or halves of PYTHON-ABI pairs, that look like those of a known platform or Python and are none.

    Arguments:
        claims: of the wheel.
    """
    for tag in dict.fromkeys(claims.unknown):
        if _OURS.fullmatch(tag):
            reason = f"no installer takes a wheel for {tag}"
            yield Finding(code="CW137", file="", subject=tag, reason=reason)


def _served(facts: WheelFacts, claims: Claims) -> Iterator[tuple[str, bool]]:
    """Yield the machines and systems that are named, and whether there is code for each."""
    headers = {header_of(file) for file in facts.elf_files.values() if is_loaded(file)}
    for architecture in claims.linux_architectures:
        yield f"Linux on {architecture}", header_of_architecture(architecture) in headers
    for platform in claims.platforms:
        if isinstance(platform, Windows):
            yield str(platform), any(runs_on(file, platform.tag) for file in facts.pe_files.values())
        elif isinstance(platform, Macos):
            # Which machines its files are for is looked at file by file.
            yield "macOS", any(part.is_loaded for file in facts.mach_files.values() for part in file)
