"""Makes src/crosswheel/targets/data/policies.json out of the policies of the installed auditwheel.

    python tools/make_policies.py

PEP 600 leaves it to auditwheel what a manylinux tag allows, PEP 656 the same for musllinux. Where a PEP says it itself,
the two are compared: each version on which they differ is settled by the symbols that have it, in `DECISIONS`. They are
written to differences.json beside the policies, and into docs/policies.md.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TypedDict

from crosswheel.exports import SystemLibraries
from crosswheel.targets import Architecture, Manylinux, architecture_named
from crosswheel.targets.differences import DifferenceRecord
from crosswheel.targets.policies import check_records

ROOT = Path(__file__).parent.parent
DATA = ROOT / "src" / "crosswheel" / "targets" / "data"
PAGE = ROOT / "docs" / "policies.md"
_WIDTH = 140
_MOST = 4  # symbols that the page names of each difference
_PAGE_HEAD = """# What a manylinux tag allows, and where tools differ

Made by tools/make_policies.py from auditwheel {version}; do not edit.

A policy says which libraries a wheel may expect of a system, and which of their symbol versions. Crosswheel takes both
from auditwheel, as PEP 600 and 656 mean it, and forbidden symbols with them. Where a PEP names versions itself, the two
were compared, for every version that the libraries' symbols have (the lists in src/crosswheel/exports/data). These are
all the differences:

| policy | architectures | version | symbols | PEP | auditwheel | here |
|---|---|---|---|---|---|---|"""
_PAGE_TAIL = """
A file that uses one of these symbols gets the note CW121 beside the finding of its version. So it does for two things
that do not depend on a policy:

- auditwheel leaves out the versions that are asked of the dynamic loader (`__rseq_offset` at GLIBC_2.35, say). The
  loader itself does not, and refuses the file on an older system: here they count.
- auditwheel counts versions that weak symbols alone ask for. The loader goes on without them (VER_FLG_WEAK): here they
  do not count.

For a glibc between two policies (manylinux_2_29) what auditwheel says of the stricter one holds, and all versions of
glibc up to the tag's own.
"""


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
    made = {family: records(family) for family in ("manylinux", "musllinux")}
    for family, found in made.items():
        check_records(family, found)
    return made


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a PEP allows: the newest version by prefix."""

    document: str
    newest: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether a version is allowed, and why."""

    allowed: bool
    reason: str


# What these PEPs say of symbol versions; PEP 600 says it of glibc alone, and so for every later policy.
PEPS = {
    "manylinux_2_5": Limits(
        document="PEP 513",
        newest={"GLIBC": "2.5", "CXXABI": "3.4.8", "GLIBCXX": "3.4.9", "GCC": "4.2.0"},
    ),
    "manylinux_2_12": Limits(
        document="PEP 571",
        newest={"GLIBC": "2.12", "CXXABI": "1.3.3", "GLIBCXX": "3.4.13", "GCC": "4.5.0"},
    ),
    "manylinux_2_17": Limits(
        document="PEP 599",
        newest={"GLIBC": "2.17", "CXXABI": "1.3.7", "GLIBCXX": "3.4.19", "GCC": "4.8.0"},
    ),
}

# By policy and the beginning of a version: whether it is allowed, and why. What has none here stops the script.
DECISIONS = {
    ("manylinux_2_17", "GLIBC_2.18"): Decision(
        allowed=False,
        reason="auditwheel forbids the other symbols of the version by name. Code compiled with -pg calls this one. A "
        "glibc 2.17 as it was released does not define the version, and its loader refuses a file that asks for it.",
    ),
    ("manylinux_2_5", "GLIBCXX_3.4.9"): Decision(
        allowed=False,
        reason="It came with GCC 4.2. The policy stands for CentOS 5, whose GCC is 4.1 and whose libstdc++ ends at "
        "GLIBCXX_3.4.8.",
    ),
    ("manylinux_2_5", "CXXABI_"): Decision(
        allowed=False,
        reason="The PEP's CXXABI_3.4.8 never existed, and would allow all that do. The libstdc++ of CentOS 5, for "
        "which the policy stands, ends at CXXABI_1.3.1.",
    ),
}
_LIBRARIES = ("libstdc++.so.6", "libgcc_s.so.1")


def made_differences() -> list[DifferenceRecord]:
    """Return where a PEP and the installed auditwheel differ, each with its decision.

    Raises:
        LookupError: one has no decision, or a policy says otherwise.
    """
    policies = {one["name"]: one for one in records("manylinux")}
    text = files("auditwheel.policy").joinpath("manylinux-policy.json").read_text(encoding="utf-8")
    sources: list[Source] = json.loads(text)
    found = [
        one
        for source in sorted(sources, key=lambda one: one["name"])
        for name in source["symbol_versions"]
        for one in _differences(source, architecture_named(name), policies)
    ]
    return sorted(found, key=lambda one: (one["policy"], _numbers(one["version"]), one["architecture"]))


def _differences(
    source: Source, architecture: Architecture, policies: Mapping[str, Record]
) -> Iterator[DifferenceRecord]:
    name = source["name"]
    if name == "linux":
        return
    glibc = name.removeprefix("manylinux_").replace("_", ".")
    limits = PEPS.get(name, Limits(document="PEP 600", newest={"GLIBC": glibc}))
    for found, symbols in sorted(_symbols(architecture).items()):
        prefix, _, number = found.partition("_")
        if prefix not in limits.newest or not number[:1].isdigit():
            continue
        pep_allows = _numbers(number) <= _numbers(limits.newest[prefix])
        if number in source["symbol_versions"][architecture.name].get(prefix, ()):
            allowed_ones = _without(symbols, source["blacklist"])
        else:
            allowed_ones = {}
        differing = symbols if pep_allows and not allowed_ones else {} if pep_allows else allowed_ones
        if not differing:
            continue
        decision = _decision(name, found)
        if (number in policies[name]["symbol_versions"][architecture.name][prefix]) != decision.allowed:
            raise LookupError(f"{name} on {architecture} does not say what was decided of {found}")
        yield {
            "policy": name,
            "architecture": architecture.name,
            "version": found,
            "symbols": differing,
            "pep": limits.document,
            "pep_allows": pep_allows,
            "auditwheel_allows": not pep_allows,
            "allowed": decision.allowed,
            "reason": decision.reason,
        }


def _without(symbols: Mapping[str, list[str]], forbidden: Mapping[str, list[str]]) -> dict[str, list[str]]:
    left = {
        library: [name for name in names if name not in forbidden.get(library, ())]
        for library, names in symbols.items()
    }
    return {library: names for library, names in left.items() if names}


def _decision(policy: str, symbol_version: str) -> Decision:
    for (name, beginning), decision in DECISIONS.items():
        if name == policy and symbol_version.startswith(beginning):
            return decision
    raise LookupError(f"{policy}: PEP and auditwheel differ about {symbol_version}, and DECISIONS does not settle it")


def _symbols(architecture: Architecture) -> dict[str, dict[str, list[str]]]:
    """Return the symbols of the system's libraries, by version and library."""
    platform = Manylinux(major=2, minor=max(architecture.oldest_glibc[1], 17), architecture=architecture)
    libraries = SystemLibraries.of(platform, _LIBRARIES)
    found: dict[str, dict[str, list[str]]] = {}
    for offers in libraries.offers.values() if libraries else ():
        for offer in offers:
            if offer.version:
                names = found.setdefault(offer.version, {}).setdefault(offer.library, [])
                names[:] = sorted({*names, *offer.names})
    return found


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]+", version))


def made_page() -> str:
    """Return docs/policies.md."""
    lines = [_PAGE_HEAD.format(version=version("auditwheel"))]
    grouped: dict[tuple[str, str, str], list[DifferenceRecord]] = {}
    for one in made_differences():
        # What is said of every version of a family stands in one row.
        key = next(key for key in DECISIONS if key[0] == one["policy"] and one["version"].startswith(key[1]))
        grouped.setdefault((*key, one["pep"]), []).append(one)
    for (policy, _, pep), found in grouped.items():
        versions = list(dict.fromkeys(one["version"] for one in found))
        names = sorted({name for one in found for symbols in one["symbols"].values() for name in symbols})
        more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
        examples = ", ".join(f"`{name}`" for name in names[:_MOST]) + more
        first = found[0]
        cells = (
            policy,
            ", ".join(dict.fromkeys(one["architecture"] for one in found)),
            versions[0] if len(versions) == 1 else f"{versions[0]} to {versions[-1]}",
            examples,
            f"{pep}: {_word(allows=first['pep_allows'])}",
            _word(allows=first["auditwheel_allows"]),
            f"{_word(allows=first['allowed'])}. {first['reason']}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n" + _PAGE_TAIL


def _word(*, allows: bool) -> str:
    return "allowed" if allows else "forbidden"


def main() -> int:
    """Write the files."""
    source = f"auditwheel {version('auditwheel')}"
    (DATA / "policies.json").write_text(as_text({"source": source, **made_policies()}) + "\n", encoding="utf-8")
    differences = as_text({"source": source, "differences": made_differences()})
    (DATA / "differences.json").write_text(differences + "\n", encoding="utf-8")
    PAGE.write_text(made_page(), encoding="utf-8")
    print(f"{DATA}, {PAGE}: from {source}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
