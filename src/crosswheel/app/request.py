"""What a person asks of a build, and what they get."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crosswheel.errors import CrosswheelError
from crosswheel.plan import CxxRuntime, Strategy
from crosswheel.targets import Target
from crosswheel.trial import ProofLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """What is to be built, for what, and how.

    Arguments:
        sources: requirements, folders, archives, URLs.
        targets: what each of them is built for.
        out: folder of the results.
        strategy: how; None lets crosswheel choose.
        native_packages: Debian development packages of the target.
        cxx_runtime: whose C++ runtime is linked.
        config_settings: for the build backend.
        exec_mode: name of the exec mode; None for the first that works.
        sdist: also write the sdist of a project folder.
        test: whether wheels are tried.
        test_command: run after the imports.
        test_requires: installed for it.
    """

    sources: tuple[str, ...]
    targets: tuple[Target, ...]
    out: Path
    strategy: Strategy | None = None
    native_packages: tuple[str, ...] = ()
    cxx_runtime: CxxRuntime = CxxRuntime.LIBCXX
    config_settings: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    exec_mode: str | None = None
    sdist: bool = False
    test: bool = True
    test_command: str | None = None
    test_requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """A strategy that `auto` took, and that failed.

    Arguments:
        strategy: which.
        error: why.
    """

    strategy: Strategy
    error: CrosswheelError


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltWheel:
    """A wheel that was built and proved.

    Arguments:
        source: as the person named it.
        target: what it was built for.
        path: where it is.
        sha256: of its bytes.
        size: bytes.
        tags: PEP 425 tags, compressed as in its name.
        strategy: how it was built.
        cxx_runtime: whose C++ runtime was linked.
        exec_mode: how target programs ran.
        python: full version of the target Python, and where it came from.
        proof_level: how far it was proved.
        seconds: wall time, from the source to the result.
        cached: an earlier build's result.
        warnings: findings below an error, one line each.
        linked: libraries of the target that are in it, linked statically or grafted, as "package version".
        falls: the strategies that were tried before, and failed.
        log: file with everything that was printed; None for a cached result whose log is gone.
    """

    source: str
    target: Target
    path: Path
    sha256: str
    size: int
    tags: str
    strategy: Strategy
    cxx_runtime: CxxRuntime
    exec_mode: str
    python: str
    proof_level: ProofLevel
    seconds: float
    cached: bool
    warnings: tuple[str, ...]
    linked: tuple[str, ...]
    falls: tuple[Fall, ...]
    log: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedBuild:
    """A build that gave no wheel.

    Arguments:
        source: as the person named it.
        target: what it was for; None when it failed before any target (no such project).
        error: why.
    """

    source: str
    target: Target | None
    error: CrosswheelError


Outcome = BuiltWheel | FailedBuild
