"""Copyleft among the components that a wheel's own SBOMs name (PEP 770, CycloneDX)."""

import json
import re
from collections.abc import Iterator, Mapping

from crosswheel.audit.facts import WheelFacts
from crosswheel.audit.finding import Finding

_COPYLEFT = re.compile(
    r"\b(?:A|L)?GPL(?:v?\d|[-+ .,;)]|$)|GNU (?:Affero |Lesser |Library )?General Public", re.IGNORECASE
)
# Exceptions to those licences under which what is linked stays free of them.
_LINKING_EXCEPTIONS = re.compile(
    r"(?:GCC|Classpath|Autoconf|Bison|Libtool|LLVM|OCaml-LGPL-linking|eCos|Universal-FOSS|GStreamer|WxWindows)-exception"
    r"|\b(?:runtime|linking) exception\b|\bwith (?:the )?(?:GCC|exception)",
    re.IGNORECASE,
)
# GCC's libraries that carry the GCC runtime library exception; libquadmath is LGPL without it.
_GCC_RUNTIME = ("libgcc", "libgfortran", "libstdc++", "libgomp", "libatomic")
_MOST_PARENTHESES = 50
_TOKEN = re.compile(r"\(|\)|\b(?:AND|OR)\b")


def licence_findings(facts: WheelFacts) -> Iterator[Finding]:
    """Yield the components under a licence of the GPL, LGPL or AGPL family, with no exception for linking."""
    for path, document in facts.documents.items():
        for component in _components(_read(document)):
            name = str(component.get("name", ""))
            licence = next((text for text in _licences(component) if is_copyleft(text)), "")
            # Others who write such documents tell of the licence and leave the exception out.
            is_runtime = name.startswith(_GCC_RUNTIME) and not _LINKING_EXCEPTIONS.search(licence)
            if licence and not is_runtime:
                reason = f"{name or 'a component without a name'} is in the wheel, under {licence}"
                yield Finding(code="CW133", file=path, subject=name, reason=reason)


def is_copyleft(expression: str) -> bool:
    """Return whether a licence leaves no other choice than one of the GPL, LGPL or AGPL family.

    Arguments:
        expression: SPDX expression, or the words in which people put it.
    """
    if expression.count("(") > _MOST_PARENTHESES:
        return bool(_COPYLEFT.search(expression))
    position = 0
    tokens = [piece for piece in re.split(rf"({_TOKEN.pattern})", expression) if piece.strip()]

    def either() -> bool:
        nonlocal position
        found = both()
        while position < len(tokens) and tokens[position] == "OR":
            position += 1
            other = both()
            found = found and other
        return found

    def both() -> bool:
        nonlocal position
        found = one()
        while position < len(tokens) and tokens[position] == "AND":
            position += 1
            other = one()
            found = found or other
        return found

    def one() -> bool:
        nonlocal position
        if position >= len(tokens):
            return False
        piece = tokens[position]
        position += 1
        if piece == "(":
            found = either()
            position += 1
            return found
        return bool(_COPYLEFT.search(piece)) and not _LINKING_EXCEPTIONS.search(piece)

    return either()


def _read(document: bytes) -> object:
    try:
        return json.loads(document)
    except (ValueError, RecursionError):  # another format of SBOM: nothing is known of its components
        return None


def _components(document: object) -> Iterator[Mapping[str, object]]:
    waiting = [document]
    while waiting:
        current = waiting.pop()
        components = current.get("components") if isinstance(current, dict) else None
        for component in components if isinstance(components, list) else ():
            if isinstance(component, dict):
                yield component
                waiting.append(component)


def _licences(component: Mapping[str, object]) -> Iterator[str]:
    choices = component.get("licenses")
    for choice in choices if isinstance(choices, list) else ():
        if not isinstance(choice, dict):
            continue
        licence = choice.get("license")
        texts = [choice.get("expression")]
        texts += [licence.get("id"), licence.get("name")] if isinstance(licence, dict) else []
        yield from (text for text in texts if isinstance(text, str))
