"""How long a person waits for what should take no time: `crosswheel --version`, and a build that the cache has.

    python benchmarks/startup.py [--runs 10] [--source kiwisolver==1.4.7] [--target cp311-manylinux2014_aarch64]

The build is made once if the cache does not have it yet.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GOALS = {"--version": 0.15, "cached build": 1.0}


def main() -> int:
    """Measure both, print medians beside their goals, and return 1 when one misses."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--source", default="kiwisolver==1.4.7")
    parser.add_argument("--target", default="cp311-manylinux2014_aarch64")
    arguments = parser.parse_args()
    program = str(Path(sys.executable).with_name("crosswheel"))
    with tempfile.TemporaryDirectory() as out:
        build = [program, "build", arguments.source, "--target", arguments.target, "--out", out]
        subprocess.run(build, check=True)
        missed = [
            _measure(name, command, arguments.runs)
            for name, command in (("--version", [program, "--version"]), ("cached build", build))
        ]
    return int(any(missed))


def _measure(name: str, command: list[str], runs: int) -> bool:
    times = []
    for _ in range(runs):
        begun = time.monotonic()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.monotonic() - begun)
    median = statistics.median(times)
    print(f"{name}: {median:.3f} s (fastest {min(times):.3f}, slowest {max(times):.3f}; goal {GOALS[name]})")
    return median > GOALS[name]


if __name__ == "__main__":
    sys.exit(main())
