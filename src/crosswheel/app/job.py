"""One build: a source tree in, a raw wheel out; the same steps whatever the strategy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from crosswheel.app.compilers import compiler_versions
from crosswheel.app.cross import host_target
from crosswheel.app.fortran import prepare_fortran
from crosswheel.app.gnu_cxx import prepare_gnu_cxx
from crosswheel.app.openmp import prepare_openmp
from crosswheel.app.overlay import lay_over
from crosswheel.app.prepare import Bench
from crosswheel.app.relink import prepare_relinked
from crosswheel.app.rust import prepare_rust
from crosswheel.app.workshop import Workshop
from crosswheel.build import Backend, Distribution, is_program, needs_fortran, needs_openmp, needs_rust
from crosswheel.emulator import ExecMode, Launcher
from crosswheel.hermetic import Hermetic, RustParts, make_hermetic
from crosswheel.plan import CxxRuntime
from crosswheel.process import Host
from crosswheel.pythons import Environment, TargetPython, install, make_environment, planned_python
from crosswheel.toolchains import zig_toolchain
from crosswheel.toolchains.fortran import Fortran
from crosswheel.toolchains.gnu import GnuCxx

# The posing module then does nothing, and whoever asks the interpreter what it is hears of this machine.
_POSE_OFF = {"CROSSWHEEL_POSE": "off"}


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
        cxx_runtime: whose C++ runtime is linked.
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
    cxx_runtime: CxxRuntime = CxxRuntime.LIBCXX

    def at(self, source: Path) -> "Job":
        """Return the same job with its source tree at another path."""
        return replace(self, source=source)

    @property
    def link_log(self) -> Path:
        """Names each library of the sysroot that was linked, one path a line."""
        return self.folder / "linked"

    def hermetic(
        self,
        rust: RustParts | None = None,
        fortran: Fortran | None = None,
        openmp: Path | None = None,
        relinked: Path | None = None,
    ) -> Hermetic:
        """Return the closed environment of this build, written into the work folder.

        Arguments:
            rust: for what needs it.
            fortran: for what has Fortran sources.
            openmp: folder of the OpenMP runtime, for what asks for it.
            relinked: folder of shared libraries that stand for the sysroot's.
        """
        bench = self.bench
        return make_hermetic(
            self.folder / "hermetic",
            target=bench.target.interpreter,
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
            fortran=fortran,
            openmp=openmp,
            gnu_cxx=self._gnu_cxx(),
            relinked=relinked,
        )

    def _gnu_cxx(self) -> GnuCxx | None:
        sysroot = self.bench.python.sysroot
        if self.cxx_runtime is not CxxRuntime.LIBSTDCXX or sysroot is None:
            return None
        return prepare_gnu_cxx(self.workshop, self.bench.toolchain, sysroot.path)

    def host_hermetic(self, host: TargetPython) -> Hermetic:
        """Return a closed environment for what is built on the way and runs on this machine.

        Its compilers are zig's too: this machine may have none, and what they make stays in uv's cache, where it has to
        serve this machine's Pythons whatever else is installed here later.

        Arguments:
            host: the Python of this machine.
        """
        target = host_target(self.workshop, self.bench.target)
        return make_hermetic(
            self.folder / "host",
            target=target,
            toolchain=zig_toolchain(target, cache=self.workshop.store.root / "zig"),
            python=host,
            build_python=planned_python(self.folder / "env"),
            emulator=None,
            launcher=Launcher(mode=ExecMode.NONE),
            search_path=self.workshop.search_path,
            host_packages=self.workshop.host_packages,
            source_date_epoch=self.workshop.source_date_epoch,
            home=self.folder / "home",
            build_folder=self.folder,
            environment=self.workshop.environ,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A build backend that has all that it asks for.

    Arguments:
        backend: the source's.
        warnings: what is worth knowing of its build requirements, one line each.
        compilers: name → version of those that only some projects use.
    """

    backend: Backend
    warnings: tuple[str, ...]
    compilers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """What a build backend made, unproved.

    Arguments:
        files: by kind.
        warnings: what is worth knowing of how it was made, one line each.
        compilers: name → version of those that only some projects use.
    """

    files: Mapping[Distribution, Path]
    warnings: tuple[str, ...]
    compilers: Mapping[str, str]


def ready_backend(job: Job, distributions: Sequence[Distribution]) -> Ready:
    """Return the source's build backend in a fresh environment of the target, with all that it asks for.

    Arguments:
        job: where.
        distributions: what it will build: "wheel", "sdist".

    Raises:
        RefusedError: build requirements cannot be had.
    """
    reporter = job.workshop.reporter
    rust = prepare_rust(job.workshop, job.bench.target) if needs_rust(job.source) else None
    fortran = None
    # For musl there is none, and whoever has Fortran besides may do without: the compiler that is asked for says so.
    if needs_fortran(job.source) and job.bench.target.glibc is not None:
        fortran = prepare_fortran(job.workshop, job.bench.toolchain)
    openmp = prepare_openmp(job.workshop, job.bench.toolchain) if needs_openmp(job.source) else None
    relinked = prepare_relinked(job.workshop, job.bench.toolchain, job.bench.python.sysroot)
    with reporter.step("hermetic environment"):
        hermetic = job.hermetic(rust, fortran, openmp, relinked)
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
        requirements = _Requirements.of(job, backend)
        requirements.install((*backend.requires(), *job.build_requires))
        for distribution in distributions:
            requirements.install(backend.requires_for(distribution))
    compilers = compiler_versions(
        job.workshop,
        job.bench.target,
        fortran=bool(fortran or relinked),
        openmp=openmp is not None,
        rust=rust is not None,
    )
    return Ready(backend=backend, warnings=tuple(requirements.warnings), compilers=compilers)


def build_raw(job: Job, distributions: Sequence[Distribution]) -> Raw:
    """Run the source's build backend and return what it built, unproved.

    Arguments:
        job: where.
        distributions: "wheel", "sdist", in the order in which they are built.

    Raises:
        RefusedError: build requirements cannot be had, or the backend failed.
    """
    ready = ready_backend(job, distributions)
    made: dict[Distribution, Path] = {}
    for distribution in distributions:
        with job.workshop.reporter.step(f"build {distribution}"):
            made[distribution] = ready.backend.build(distribution, job.folder / "raw")
    return Raw(files=made, warnings=ready.warnings, compilers=ready.compilers)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Requirements:
    """How build requirements get into a build's environment.

    Arguments:
        job: whose.
        environment: where they go.
        prefix: arguments that uv is started behind.
        variables: the environment of builds among them.
        looked_at: those whose headers are the target's by now.
        warnings: what is worth knowing of them.
    """

    job: Job
    environment: Environment
    prefix: tuple[str, ...]
    variables: Mapping[str, str]
    looked_at: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, job: Job, backend: Backend) -> Self:
        """Of a build whose Python is the target's: that one's. Where it poses: this machine's."""
        host = job.bench.host_python
        prefix, variables = backend.prefix, backend.variables
        if host is not None:
            prefix, variables = (), {**job.host_hermetic(host).variables, **_POSE_OFF}
        return cls(job=job, environment=backend.environment, prefix=prefix, variables=variables)

    def install(self, requirements: Sequence[str]) -> None:
        job, poses = self.job, self.job.bench.host_python is not None
        # Emulated, maturin would only call this machine's cargo, and for some architectures there is no wheel of it.
        platform = _native_platform(job.workshop.host) if job.bench.emulator and not poses else None
        programs = [requirement for requirement in requirements if platform and is_program(requirement)]
        others = [requirement for requirement in requirements if requirement not in programs]
        for wanted, where in ((programs, platform), (others, None)):
            install(
                job.workshop.installer,
                self.environment,
                wanted,
                prefix=self.prefix,
                variables=self.variables,
                log=job.log,
                platform=where,
            )
        if poses and requirements:
            self.warnings.extend(lay_over(job.workshop, self.environment, job.bench.target, self.looked_at))


def _native_platform(host: Host) -> str | None:
    """The name that uv has for this machine, for programs that run on it; None where it has none."""
    libc = "gnu" if host.libc[0] == "glibc" else "musl"
    known = host.system == "linux" and host.machine in {"x86_64", "aarch64"}
    return f"{host.machine}-unknown-linux-{libc}" if known else None
