"""How long it takes to look at a wheel: `crosswheel inspect` beside `auditwheel show` and beside the floor.

    python benchmarks/inspect_speed.py [WHEEL-OR-FOLDER ...] [--runs 5] [--folder wheels]

Whole processes, in turns; medians; the last column says how many times as fast as auditwheel. The floor reads the file
and inflates its ELF members, with the same library and as many threads, and does nothing else. Without wheels, those
of scipy, pyarrow and opencv-python-headless for AArch64 are downloaded into the folder.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from whole_process import measure_all, print_table, program, wheels_of

GOALS = {"inspect --tags-only": 25, "inspect": 12}


def main() -> int:
    """Measure, print, and return 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheels", nargs="*", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path("wheels"))
    parser.add_argument("--floor", action="store_true", help="be the floor for one wheel")
    arguments = parser.parse_args()
    if arguments.floor:
        inflate(arguments.wheels[0])
        return 0
    missed = False
    for wheel in wheels_of(arguments.wheels, arguments.folder):
        commands = {
            "auditwheel show": [program("auditwheel"), "show", str(wheel)],
            "inspect": [program("crosswheel"), "inspect", str(wheel)],
            "inspect --tags-only": [program("crosswheel"), "inspect", "--tags-only", str(wheel)],
            "floor": [sys.executable, __file__, "--floor", str(wheel)],
        }
        measured = measure_all(commands, arguments.runs, answers=(0, 1))  # 1: something was found against it
        print_table(f"{wheel.name} ({wheel.stat().st_size / 1e6:.0f} MB)", measured, "auditwheel show")
        for name, goal in GOALS.items():
            ratio = measured["auditwheel show"].seconds / measured[name].seconds
            floors = measured[name].seconds / measured["floor"].seconds
            print(f"  {name}: {ratio:.1f} x auditwheel (goal {goal}), {floors:.2f} floors")
            missed |= ratio < goal
    return int(missed)


def inflate(path: Path) -> None:
    """Read a wheel, and inflate its ELF members in two threads."""
    from zipfile import ZipFile

    from zlib_ng import zlib_ng

    content = path.read_bytes()
    with ZipFile(path) as archive:
        entries = archive.infolist()

    def inflated(number: int) -> None:
        entry = entries[number]
        at = entry.header_offset
        start = at + 30 + sum(int.from_bytes(content[at + field : at + field + 2], "little") for field in (26, 28))
        raw = memoryview(content)[start : start + entry.compress_size]
        # A table of codes, which comes first, may be longer than a hundred bytes.
        if zlib_ng.decompressobj(-15).decompress(raw[:512], 4) == b"\x7fELF":
            zlib_ng.decompressobj(-15).decompress(raw, entry.file_size + 1)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(inflated, sorted(range(len(entries)), key=lambda number: -entries[number].file_size)))


if __name__ == "__main__":
    sys.exit(main())
