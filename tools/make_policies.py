"""Makes src/crosswheel/targets/data/policies.json out of the policies of the installed auditwheel.

    python tools/make_policies.py

PEP 600 leaves it to auditwheel what a manylinux tag allows, PEP 656 the same for musllinux. Where a PEP says it itself,
the PEP wins: see `corrected_glibc`.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TypedDict

DATA = Path(__file__).parent.parent / "src" / "crosswheel" / "targets" / "data" / "policies.json"
_WIDTH = 140


class Source(TypedDict):
    """A policy as auditwheel has it."""

    name: str
    aliases: list[str]
    symbol_versions: dict[str, dict[str, list[str]]]
    lib_whitelist: list[str]
    blacklist: dict[str, list[str]]


class Record(TypedDict):
    """A policy as crosswheel has it."""

    name: str
    libc: list[int]
    aliases: list[str]
    libraries: list[str]
    blacklist: dict[str, list[str]]
    symbol_versions: dict[str, dict[str, list[str]]]


def made_policies() -> dict[str, list[Record]]:
    """Return the policies of each family, the strictest first, from the installed auditwheel."""
    return {family: records(family) for family in ("manylinux", "musllinux")}


def records(family: str) -> list[Record]:
    """Return the policies of one family, the strictest first.

    Arguments:
        family: "manylinux" or "musllinux".
    """
    text = files("auditwheel.policy").joinpath(f"{family}-policy.json").read_text(encoding="utf-8")
    sources: list[Source] = json.loads(text)
    made = [record(source) for source in sources if source["name"] != "linux"]
    return sorted(made, key=lambda one: one["libc"])


def record(source: Source) -> Record:
    """Return one policy in crosswheel's form."""
    libc = [int(part) for part in source["name"].split("_")[1:]]
    versions = source["symbol_versions"]
    return {
        "name": source["name"],
        "libc": libc,
        "aliases": sorted(source["aliases"]),
        "libraries": sorted(source["lib_whitelist"]),
        "blacklist": {library: sorted(symbols) for library, symbols in sorted(source["blacklist"].items())},
        "symbol_versions": {
            architecture: {prefix: corrected_glibc(prefix, found, libc) for prefix, found in prefixes.items()}
            for architecture, prefixes in versions.items()
        },
    }


def corrected_glibc(prefix: str, versions: list[str], libc: list[int]) -> list[str]:
    """Return the versions without those of glibc that are newer than the policy's own.

    auditwheel's manylinux_2_17_aarch64 allows GLIBC_2.18; PEP 599 says GLIBC_2.17, and PEP 600 that a wheel works
    wherever glibc is as new as the tag says.
    """
    if prefix != "GLIBC":
        return versions
    return [one for one in versions if not one[0].isdigit() or [int(part) for part in one.split(".")[:2]] <= libc]


def as_text(value: Mapping[str, object], indent: str = "") -> str:
    """Return JSON in which a list of strings stands on as few lines as fit, so that a change can be read in a diff."""
    inner = indent + "  "
    lines = [f"{inner}{json.dumps(key)}: {_text_of(one, inner)}" for key, one in value.items()]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}" if lines else "{}"


def _text_of(value: object, indent: str) -> str:
    if isinstance(value, Mapping):
        return as_text(value, indent)
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        inner = indent + "  "
        return "[\n" + ",\n".join(inner + as_text(one, inner) for one in value) + f"\n{indent}]"
    if isinstance(value, list) and len(json.dumps(value)) > _WIDTH:
        return "[\n" + ",\n".join(_filled(value, indent + "  ")) + f"\n{indent}]"
    return json.dumps(value)


def _filled(values: Iterable[object], indent: str) -> list[str]:
    lines = [""]
    for value in values:
        word = json.dumps(value)
        if lines[-1] and len(lines[-1]) + len(word) > _WIDTH:
            lines.append("")
        lines[-1] = f"{lines[-1]}, {word}" if lines[-1] else indent + word
    return lines


def main() -> int:
    """Write the file."""
    DATA.write_text(
        as_text({"source": f"auditwheel {version('auditwheel')}", **made_policies()}) + "\n", encoding="utf-8"
    )
    print(f"{DATA}: from auditwheel {version('auditwheel')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
