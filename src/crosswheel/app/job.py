"""One build: a source tree in, a raw wheel out; the same steps whatever the strategy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crosswheel.app.prepare import Bench
from crosswheel.app.rust import prepare_rust
from crosswheel.app.workshop import Workshop
from crosswheel.build import Backend, Distribution, is_program, needs_rust
from crosswheel.hermetic import Hermetic, RustParts, make_hermetic
from crosswheel.process import Host
from crosswheel.pythons import install, make_environment, planned_python


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Where one build happens.

    Arguments:
        workshop: the run's parts.
        bench: what builds for the target stand on.
        folder: the work folder; everything that the build writes is in it.
        project: what people call what is built.
        source: the unpacked source tree, in the work folder.
        log: takes everything that is printed.
        config_settings: for the build backend.
        environment: variables that a recipe sets.
        build_requires: Python packages that a recipe adds.
    """

    workshop: Workshop
    bench: Bench
    folder: Path
    project: str
    source: Path
    log: Path
    config_settings: Mapping[str, str | Sequence[str]]
    environment: Mapping[str, str]
    build_requires: tuple[str, ...]

    def at(self, source: Path) -> "Job":
        """Return the same job with its source tree at another path."""
        return replace(self, source=source)

    @property
    def link_log(self) -> Path:
        """Names each library of the sysroot that was linked, one path a line."""
        return self.folder / "linked"

    def hermetic(self, rust: RustParts | None = None) -> Hermetic:
        """Return the closed environment of this build, written into the work folder.

        Arguments:
            rust: for what needs it.
        """
        bench = self.bench
        return make_hermetic(
            self.folder / "hermetic",
            target=bench.target,
            toolchain=bench.toolchain,
            python=bench.python,
            build_python=planned_python(self.folder / "env"),
            emulator=bench.emulator,
            launcher=bench.launcher,
            search_path=self.workshop.search_path,
            host_packages=self.workshop.host_packages,
            source_date_epoch=self.workshop.source_date_epoch,
            home=self.folder / "home",
            build_folder=self.folder,
            link_log=self.link_log,
            environment=self.workshop.environ,
            rust=rust,
        )


def ready_backend(job: Job, distributions: Sequence[Distribution]) -> Backend:
    """Return the source's build backend in a fresh environment of the target, with all that it asks for.

    Arguments:
        job: where.
        distributions: what it will build: "wheel", "sdist".

    Raises:
        RefusedError: build requirements cannot be had.
    """
    reporter = job.workshop.reporter
    rust = prepare_rust(job.workshop, job.bench.target) if needs_rust(job.source) else None
    with reporter.step("hermetic environment"):
        hermetic = job.hermetic(rust)
        environment = make_environment(job.folder / "env", job.bench.python)
    backend = Backend(
        project=job.project,
        source=job.source,
        environment=environment,
        prefix=job.bench.launcher.prefix,
        variables={**hermetic.variables, **job.environment},
        processes=job.workshop.processes,
        log=job.log,
        config_settings=job.config_settings,
    )
    with reporter.step("build requirements"):
        _install(job, backend, (*backend.requires(), *job.build_requires))
        for distribution in distributions:
            _install(job, backend, backend.requires_for(distribution))
    return backend


def build_raw(job: Job, distributions: Sequence[Distribution]) -> dict[Distribution, Path]:
    """Run the source's build backend and return what it built, unproved.

    Arguments:
        job: where.
        distributions: "wheel", "sdist", in the order in which they are built.

    Raises:
        RefusedError: build requirements cannot be had, or the backend failed.
    """
    backend = ready_backend(job, distributions)
    made: dict[Distribution, Path] = {}
    for distribution in distributions:
        with job.workshop.reporter.step(f"build {distribution}"):
            made[distribution] = backend.build(distribution, job.folder / "raw")
    return made


def _install(job: Job, backend: Backend, requirements: Sequence[str]) -> None:
    # Emulated, maturin would only call this machine's cargo, and for some architectures there is no wheel of it.
    platform = _native_platform(job.workshop.host) if job.bench.emulator else None
    programs = [requirement for requirement in requirements if platform and is_program(requirement)]
    others = [requirement for requirement in requirements if requirement not in programs]
    for wanted, where in ((programs, platform), (others, None)):
        install(
            job.workshop.installer,
            backend.environment,
            wanted,
            prefix=backend.prefix,
            variables=backend.variables,
            log=job.log,
            platform=where,
        )


def _native_platform(host: Host) -> str | None:
    """uv's name of this machine, for programs that run on it; None where it has none."""
    libc = "gnu" if host.libc[0] == "glibc" else "musl"
    known = host.system == "linux" and host.machine in {"x86_64", "aarch64"}
    return f"{host.machine}-unknown-linux-{libc}" if known else None
