"""musl, as Debian's package musl has it in each release.

A policy names two numbers of musl's three. musllinux_1_2 is taken for 1.2.2, the oldest of them that a distribution
released (Alpine 3.13, Debian 11). Of 1.1 there is no build in an archive of today: what 1.1.24 lacks of 1.2.2 was read
in musl's git repository, tags v1.1.24 and v1.2.2.
"""

import re

from crosswheel.targets import architectures
from export_lists.debian import SUITES, Debian
from export_lists.sections import as_text, version_order

_SONAME = "libc.so"
_OLDEST = "1.2.2"
# 1.2.0 made time_t 64 bits wide on the 32-bit architectures: their functions have new names beside the old ones.
_NEW_IN_1_2 = re.compile(r"__\w*time\w*64\w*|__\w*64\w*time\w*|_Fork|gettid|reallocarray|tc[gs]etwinsize")


def musl_text(debian: Debian) -> str:
    """Return the file of the lists."""
    exported: dict[str, dict[str, set[str]]] = {}
    sources: set[str] = set()
    for architecture in architectures():
        for suite in SUITES:
            for found in debian.libraries("musl", suite, architecture):
                names = {symbol.name for symbol in found.elf.exports}
                exported.setdefault(architecture.name, {}).setdefault(found.version, set()).update(names)
                sources.add(found.source)
    # What is new is so on every architecture: it tells of those that came to Debian late.
    first: dict[str, str] = {}
    for versions in exported.values():
        for version in sorted(versions, key=version_order):
            if _OLDEST in versions:
                for name in versions[version]:
                    first[name] = min(first.get(name, version), version, key=version_order)
    sections: dict[tuple[str, ...], list[str]] = {}
    for name in sorted({name for versions in exported.values() for names in versions.values() for name in names}):
        who = [one for one, versions in exported.items() if any(name in names for names in versions.values())]
        sections.setdefault((_SONAME, "-", _since(name, first.get(name, _OLDEST)), *who), []).append(name)
    title = "musl: [library - since-musl architectures]\n# " + "\n# ".join(sorted(sources, key=version_order))
    return as_text(title, sections)


def _since(name: str, version: str) -> str:
    if version != _OLDEST:
        return version
    return "1.2" if _NEW_IN_1_2.fullmatch(name) else "-"
