"""Results of earlier builds: a wheel and what was proved of it, under the key of everything that they depend on."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from crosswheel.store import Store, sha256_of
from crosswheel.trial import ProofLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedResult:
    """What is kept of a build.

    Arguments:
        wheel: the proved wheel.
        sha256: of its bytes.
        python: the target Python that built it.
        exec_mode: how target programs ran.
        proof_level: how far it was proved.
        untried: whether it was to be tried, and no Python of the target could be had for that.
        warnings: findings below an error, and what is worth knowing of the repair.
        linked: libraries of the target in it.
        compilers: name → version of those that only some projects use.
        log: the build's log.
    """

    wheel: Path
    sha256: str
    python: str
    exec_mode: str
    proof_level: ProofLevel
    untried: bool
    warnings: tuple[str, ...]
    linked: tuple[str, ...]
    compilers: Mapping[str, str]
    log: str


def find_result(store: Store, key: str) -> CachedResult | None:
    """Return the result kept under a key; None when there is none, or when its wheel is no longer what was kept."""
    record = store.read_record("results", f"{key}.json")
    if record is None:
        return None
    try:
        wheel = store.path("wheels", key) / str(record["wheel"])
        if sha256_of(wheel) != record["sha256"]:
            return None
        warnings, linked, compilers = record["warnings"], record["linked"], record["compilers"]
        if not (isinstance(warnings, list) and isinstance(linked, list) and isinstance(compilers, dict)):
            return None
        return CachedResult(
            wheel=wheel,
            sha256=str(record["sha256"]),
            python=str(record["python"]),
            exec_mode=str(record["exec_mode"]),
            proof_level=ProofLevel(str(record["proof_level"])),
            untried=record["untried"] is True,
            warnings=tuple(map(str, warnings)),
            linked=tuple(map(str, linked)),
            compilers={str(name): str(version) for name, version in compilers.items()},
            log=str(record["log"]),
        )
    except (OSError, KeyError, ValueError):  # damaged, or cleaned away in part: built anew
        return None


def keep_result(store: Store, key: str, result: CachedResult) -> CachedResult:
    """Copy a result's wheel into the cache and keep it under a key; return it as it is found there."""
    folder = store.path("wheels", key)
    if folder.exists():
        shutil.rmtree(folder)

    def copy(temporary: Path) -> None:
        shutil.copyfile(result.wheel, temporary / result.wheel.name)

    kept = store.folder("wheels", key, copy) / result.wheel.name
    # Enumerations and tuples become text and lists, and are read as such.
    store.write_record("results", f"{key}.json", {**asdict(result), "wheel": kept.name})
    return replace(result, wheel=kept)
