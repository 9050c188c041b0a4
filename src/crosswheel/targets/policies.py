"""What a manylinux or musllinux tag allows: libraries, symbol versions, symbols (PEP 513, 571, 599, 600, 656)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypedDict

from crosswheel.errors import BadInputError, UsageError
from crosswheel.targets.architecture import Architecture
from crosswheel.targets.platforms import Manylinux, Musllinux, Platform, legacy_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a platform tag allows on one architecture.

    Arguments:
        name: tag without the architecture, such as "manylinux_2_17".
        aliases: names that it had before, such as "manylinux2014".
        libc: version of the C library that the tag names.
        glibc: the same where that is glibc; None with musl.
        architecture: of the machine.
        libraries: what DT_NEEDED may name, the dynamic loader included.
        symbol_versions: by the part before the first "_" of a symbol version ("GLIBC"), what may stand behind it
            ("2.17", "ABI_DT_RELR"); nothing may where that is empty. What has no entry is not restricted.
        blacklist: by library, symbols in it that no wheel may use: later versions of the library have lost them.
    """

    name: str
    aliases: tuple[str, ...]
    libc: tuple[int, int]
    glibc: tuple[int, int] | None
    architecture: Architecture
    libraries: frozenset[str]
    symbol_versions: Mapping[str, frozenset[str]]
    blacklist: Mapping[str, frozenset[str]]

    def allows_version(self, version: str) -> bool:
        """Return whether a symbol version may be asked for.

        Arguments:
            version: such as "GLIBC_2.17", "CXXABI_TM_1".
        """
        prefix, _, rest = version.partition("_")
        return prefix not in self.symbol_versions or rest in self.symbol_versions[prefix]


class _Record(TypedDict):
    name: str
    libc: list[int]
    aliases: list[str]
    libraries: list[str]
    blacklist: dict[str, list[str]]
    symbol_versions: dict[str, dict[str, list[str]]]


def policy_for(platform: Platform) -> Policy:
    """Return what a platform allows.

    For a glibc or musl between two policies that are on record: libraries, libstdc++ and forbidden symbols of the
    stricter one, and all versions of glibc up to the platform's own.

    Arguments:
        platform: manylinux or musllinux.

    Raises:
        UsageError: other platforms have no policies.
    """
    if not isinstance(platform, Manylinux | Musllinux):
        raise UsageError(f"{platform} has no policy", why="only manylinux and musllinux have (PEP 600, 656)")
    wanted = (platform.major, platform.minor)
    known = known_policies(platform)
    base = [one for one in known if one.libc <= wanted][-1]
    if base.libc == wanted:
        return base
    newer = next((one for one in known if one.libc > wanted), None)
    name = str(platform).removesuffix(f"_{platform.architecture}")
    policy = replace(base, name=name, aliases=(), libc=wanted, glibc=wanted if base.glibc else None)
    if base.glibc is None:
        return policy
    if newer:
        added = {one for one in newer.symbol_versions["GLIBC"] if _number(one) and _number(one) <= wanted}
    else:
        added = {f"2.{minor}" for minor in range(base.libc[1] + 1, wanted[1] + 1)}
    versions = {**base.symbol_versions, "GLIBC": base.symbol_versions["GLIBC"] | added}
    return replace(policy, symbol_versions=versions)


def known_policies(platform: Manylinux | Musllinux) -> tuple[Policy, ...]:
    """Return the policies on record for the platform's C library and architecture, the strictest first.

    Arguments:
        platform: of any version.
    """
    family = "manylinux" if isinstance(platform, Manylinux) else "musllinux"
    records = _records(family)
    architecture = platform.architecture
    if family == "musllinux":
        # musl has no symbol versions: nothing in its policies depends on the architecture but musl's own soname.
        known = (_policy(record, architecture) for record in records)
        return tuple(policy for policy in known if policy.libc >= architecture.oldest_musl)
    return tuple(_policy(record, architecture) for record in records if architecture.name in record["symbol_versions"])


def check_records(family: str, records: Sequence[_Record]) -> None:
    """Check what must hold among the policies of one family.

    Every name stands once; a stricter policy allows nothing that a laxer one forbids (PEP 600: a wheel for an older
    glibc runs on every newer one); no policy allows a glibc newer than its own.

    Arguments:
        family: "manylinux" or "musllinux".
        records: of that family, the strictest first.

    Raises:
        BadInputError: with all problems in its details.
    """
    names = [name for record in records for name in (record["name"], *record["aliases"])]
    problems = [f"{name} stands twice" for name in sorted({name for name in names if names.count(name) > 1})]
    for record in records:
        legacy = legacy_names().get((record["libc"][0], record["libc"][1])) if family == "manylinux" else None
        if record["aliases"] != ([legacy] if legacy else []):
            problems.append(f"{record['name']} has the aliases {record['aliases']}")
        problems.extend(
            f"{record['name']}_{architecture} allows GLIBC_{version}"
            for architecture, prefixes in record["symbol_versions"].items()
            for version in prefixes.get("GLIBC", ())
            if _number(version) > tuple(record["libc"])
        )
    for strict, lax in pairwise(records):
        problems.extend(f"{lax['name']} lacks {what} of {strict['name']}" for what in _missing(strict, lax))
    if problems:
        raise BadInputError(f"crosswheel's {family} policies contradict each other", details=problems)


def _missing(strict: _Record, lax: _Record) -> Iterable[str]:
    if strict["libc"] >= lax["libc"]:
        yield "a newer C library than that"
    yield from sorted(set(strict["libraries"]) - set(lax["libraries"]))
    for library, symbols in lax["blacklist"].items():
        yield from sorted(set(symbols) - set(strict["blacklist"].get(library, ())))
    for architecture in strict["symbol_versions"].keys() & lax["symbol_versions"].keys():
        for prefix, versions in strict["symbol_versions"][architecture].items():
            allowed = lax["symbol_versions"][architecture].get(prefix, ())
            yield from (f"{prefix}_{one} on {architecture}" for one in sorted(set(versions) - set(allowed)))


def _policy(record: _Record, architecture: Architecture) -> Policy:
    major, minor = record["libc"]
    with_glibc = record["name"].startswith("manylinux")
    # A program's C library may be asked for under either name: musl's loader takes every libc.* for itself.
    own = {architecture.loader} if with_glibc else {"libc.so", f"libc.musl-{architecture.musl}.so.1"}
    versions = record["symbol_versions"].get(architecture.name, {})
    return Policy(
        name=record["name"],
        aliases=tuple(record["aliases"]),
        libc=(major, minor),
        glibc=(major, minor) if with_glibc else None,
        architecture=architecture,
        libraries=frozenset(record["libraries"]) | own,
        symbol_versions={prefix: frozenset(found) for prefix, found in versions.items()},
        blacklist={library: frozenset(symbols) for library, symbols in record["blacklist"].items()},
    )


def _records(family: str) -> list[_Record]:
    import json
    from pathlib import Path

    # importlib.resources, which would find it in a zip archive too, takes longer to load than the whole file.
    text = Path(__file__).with_name("data").joinpath("policies.json").read_text(encoding="utf-8")
    records: list[_Record] = json.loads(text)[family]
    return records


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")) if version[:1].isdigit() else ()
