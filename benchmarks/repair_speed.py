"""How long it takes to repair a wheel: `crosswheel repair` beside `auditwheel repair`.

    python benchmarks/repair_speed.py [WHEEL-OR-FOLDER ...] [--runs 3] [--folder wheels] [--libraries FOLDER]

Each wheel as it is (with the libraries of the folder named, where it was not repaired yet), and, where it holds
grafted libraries (a `.libs` folder), once more with these taken out and put where both tools look for them, so that
they have to graft. Whole processes, in turns; medians; the last column says how many times as fast as auditwheel.
Without wheels, those of scipy, pyarrow and opencv-python-headless for AArch64 are downloaded into the folder.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from whole_process import measure_all, print_table, program, wheels_of

from crosswheel.wheel import CopiedMember, read_wheel, write_wheel

GOAL = 10
MOST_MEBIBYTES = 300


def main() -> int:
    """Measure, print, and return 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheels", nargs="*", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path("wheels"))
    parser.add_argument("--libraries", type=Path, help="what wheels need that were not repaired yet")
    arguments = parser.parse_args()
    missed = False
    for wheel in wheels_of(arguments.wheels, arguments.folder):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            missed |= compare(wheel, wheel.name, arguments.libraries or place / "none", place, arguments.runs)
            bare, libraries = place / "bare" / wheel.name, place / "libraries"
            if take_libraries_out(wheel, bare, libraries):
                missed |= compare(bare, f"{wheel.name}, its libraries taken out", libraries, place, arguments.runs)
    return int(missed)


def compare(wheel: Path, title: str, libraries: Path, place: Path, runs: int) -> bool:
    """Repair one wheel with both, print what that takes, and return whether the goal was missed."""
    libraries.mkdir(exist_ok=True)
    mine = [program("crosswheel"), "repair", str(wheel), "--no-test", "--library-path", str(libraries)]
    commands = {
        "auditwheel repair": [program("auditwheel"), "repair", str(wheel), "--wheel-dir", str(place / "theirs")],
        "crosswheel repair": [*mine, "--out", str(place / "mine")],
    }
    measured = measure_all(commands, runs, environment={"LD_LIBRARY_PATH": str(libraries)})
    print_table(title, measured, "auditwheel repair")
    one = measured["crosswheel repair"]
    ratio = measured["auditwheel repair"].seconds / one.seconds
    print(f"  {ratio:.1f} x auditwheel (goal {GOAL}), {one.mebibytes:.0f} MiB (at most {MOST_MEBIBYTES})")
    return ratio < GOAL or one.mebibytes > MOST_MEBIBYTES


def take_libraries_out(wheel: Path, bare: Path, libraries: Path) -> bool:
    """Write a wheel without its grafted libraries, and these beside it; return whether there were any."""
    with wheel.open("rb") as file:
        reader = read_wheel(file, wheel.name)
        grafted = [path for path in reader.members if path.split("/")[0].endswith(".libs")]
        if not grafted:
            return False
        bare.parent.mkdir()
        libraries.mkdir()
        for path in grafted:
            (libraries / path.rpartition("/")[2]).write_bytes(reader.read(path))
        kept = [CopiedMember(path=path, reader=reader) for path in reader.members if path not in grafted]
        with bare.open("wb") as written:
            write_wheel(written, kept, dist_info=reader.dist_info, source_date_epoch=0)
    return True


if __name__ == "__main__":
    sys.exit(main())
