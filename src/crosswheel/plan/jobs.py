"""One build: everything that its result depends on, and the key that follows from it."""

import enum
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from crosswheel.targets import Target


class Strategy(enum.StrEnum):
    """How Python and the compilers of a build are run."""

    NATIVE = "native"
    """The target's Python and native compilers, on a machine of the target's architecture."""
    HYBRID = "hybrid"
    """The target's Python, emulated, and native compilers."""
    CROSS = "cross"
    """A Python of this machine that poses as the target's, and native compilers."""


class CxxRuntime(enum.StrEnum):
    """Whose C++ runtime is linked."""

    LIBCXX = "libc++"
    """zig's."""
    LIBSTDCXX = "libstdc++"
    """GCC's, which C++ archives of a distribution were compiled with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildInputs:
    """Everything that the bytes of a wheel, and what was proved of it, depend on.

    Arguments:
        source: content key of the source (the SHA-256 of an sdist, or of a folder's files).
        target: what is built for.
        strategy: how.
        exec_mode: how target programs that the build starts are run; part of the inputs where the person chose it.
        target_python: what changes with the target's Python, where a person said where that comes from.
        native_packages: development packages of the target that are added, with their versions.
        cxx_runtime: whose C++ runtime is linked.
        config_settings: for the build backend.
        environment: variables that a recipe sets.
        build_requires: Python packages that a recipe adds.
        tools: name → version of what builds (crosswheel itself, zig, CMake).
        test: command and requirements that it is tried with; None when it is not tried.
        source_date_epoch: seconds since 1970 that stand for "now".
    """

    source: str
    target: Target
    strategy: Strategy
    exec_mode: str
    target_python: str
    native_packages: tuple[str, ...]
    cxx_runtime: CxxRuntime
    config_settings: Mapping[str, str | Sequence[str]]
    environment: Mapping[str, str]
    build_requires: tuple[str, ...]
    tools: Mapping[str, str]
    test: tuple[str, ...] | None
    source_date_epoch: int

    def key(self) -> str:
        """Return a key that changes with every one of the inputs."""
        values = {**asdict(self), "target": str(self.target), "strategy": self.strategy.value}
        return hashlib.sha256(json.dumps(values, sort_keys=True, default=list).encode()).hexdigest()[:32]
