"""How long a hybrid and a cross build take beside a native one with gcc, in one run.

The native build is what everybody has: gcc, and this machine's Python with the flags that it was built with. The
others are told the same -O. All have their build requirements in place and empty object caches; zig's libc stays warm,
since it is built once for each target, ahead of builds. Runs alternate, so that a noisy machine is noisy for all, and
medians are compared.

    python benchmarks/build_speed.py [--runs 3] [PROJECT==VERSION ...]
"""

import argparse
import dataclasses
import os
import shutil
import statistics
import sys
import time
from pathlib import Path

from crosswheel.app.job import Job, ready_backend
from crosswheel.app.prepare import Bench, prepare
from crosswheel.app.workshop import Workshop
from crosswheel.build import Backend, find_source
from crosswheel.plan import Strategy
from crosswheel.process import Command
from crosswheel.pythons import install, make_environment
from crosswheel.targets import parse_targets

TARGET = "cp311-manylinux_2_28_aarch64"
NATIVE = "cp311-manylinux_2_28_x86_64"
PROJECTS = ("kiwisolver==1.4.7", "contourpy==1.3.3", "pynacl==1.5.0")
GOAL = 1.1


def main() -> int:
    """Measure every project, print its ratio, and return 1 when one misses its goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("projects", nargs="*", default=PROJECTS)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    workshop = Workshop(os.environ)
    missed = False
    try:
        with workshop.store.scratch("benchmark") as scratch:
            for number, project in enumerate(arguments.projects):
                times = _measure(workshop, project, arguments.runs, scratch / str(number))
                native = statistics.median(times["native"])
                print(f"{project}, goal {GOAL} x native")
                for name, seconds in times.items():
                    ratio = statistics.median(seconds) / native
                    missed = missed or ratio > GOAL
                    print(f"  {name:<7} {_seconds(seconds)}  {ratio:.2f} x", flush=True)
    finally:
        workshop.close()
    return int(missed)


def _measure(workshop: Workshop, project: str, runs: int, folder: Path) -> dict[str, list[float]]:
    native = _native(workshop, project, folder)
    level = _level(native)
    backends = {
        "native": native,
        **{str(way): _foreign(workshop, project, folder, way, level) for way in (Strategy.HYBRID, Strategy.CROSS)},
    }
    times: dict[str, list[float]] = {name: [] for name in backends}
    for _ in range(runs):
        for name, backend in backends.items():
            times[name].append(_timed(workshop, project, backend, folder))
    return times


def _timed(workshop: Workshop, project: str, backend: Backend, folder: Path) -> float:
    """Seconds of one `build_wheel`, from a fresh tree, with an empty object cache."""
    for name in ("source", "out", "objects"):
        shutil.rmtree(folder / name, ignore_errors=True)
    source = _unpack(workshop, project, folder / "source")
    fresh = dataclasses.replace(backend, source=source)
    begun = time.monotonic()
    fresh.build("wheel", folder / "out")
    return time.monotonic() - begun


def _level(backend: Backend) -> str:
    """The -O that a Python was built with, and so compiles extension modules with."""
    asked = backend.processes.run(
        Command(
            argv=(str(backend.environment.python), "-c", "import sysconfig; print(sysconfig.get_config_var('CFLAGS'))"),
            environment=backend.variables,
            directory=backend.source,
        )
    )
    return [word for word in asked.output.split() if word.startswith("-O")][-1]


def _foreign(workshop: Workshop, project: str, folder: Path, strategy: Strategy, level: str) -> Backend:
    target = parse_targets([TARGET])[0]
    bench = prepare(workshop, target, strategy)
    bench = dataclasses.replace(bench, toolchain=dataclasses.replace(bench.toolchain, objects=folder / "objects"))
    job = _job(workshop, bench, project, folder / strategy, environment={"CFLAGS": level, "CXXFLAGS": level})
    return ready_backend(job, ("wheel",)).backend


def _native(workshop: Workshop, project: str, folder: Path) -> Backend:
    """The person's own Python and gcc, in the person's own environment: what everybody does."""
    python = workshop.host_python(parse_targets([NATIVE])[0])
    if python is None:
        sys.exit(f"no Python of this machine is {NATIVE}, with headers")
    place = folder / "native"
    place.mkdir(parents=True)
    environment = make_environment(place / "env", python)
    path = f"{environment.scripts}:{workshop.search_path}"
    backend = Backend(
        project=project,
        source=_unpack(workshop, project, place / "first"),
        environment=environment,
        prefix=(),
        variables={**workshop.environ, "CC": "gcc", "CXX": "g++", "PATH": path},
        processes=workshop.processes,
        log=place / "log",
        config_settings={},
    )
    for requirements in (backend.requires, lambda: backend.requires_for("wheel")):
        install(
            workshop.installer,
            environment,
            requirements(),
            prefix=(),
            variables=backend.variables,
            log=backend.log,
        )
    return backend


def _job(workshop: Workshop, bench: Bench, project: str, folder: Path, *, environment: dict[str, str]) -> Job:
    folder.mkdir(parents=True)
    return Job(
        workshop=workshop,
        bench=bench,
        folder=folder,
        project=project,
        source=_unpack(workshop, project, folder / "first"),
        log=folder / "log",
        config_settings={},
        environment=environment,
        build_requires=(),
    )


def _unpack(workshop: Workshop, project: str, folder: Path) -> Path:
    source = find_source(project, Path.cwd())
    return workshop.sources.unpack(workshop.sources.fetch(source, python_version="3.11.99"), folder).path


def _seconds(times: list[float]) -> str:
    return f"{statistics.median(times):.1f} s ({', '.join(f'{seconds:.1f}' for seconds in times)})"


if __name__ == "__main__":
    sys.exit(main())
