"""Hostile input for the readers: `python tools/fuzz.py --inputs 1000000`.

Files of the tests' fixtures are damaged at random and given to each reader. Only CrosswheelError may come out, within
the time and the memory that are allowed. What fails is written to a folder; the exit code is 1 then. The inputs follow
from the seed alone, so that a run can be repeated. docs/fuzzing.md has the figures of such runs.

`--engine atheris` lets libFuzzer choose the inputs by the code that they reach, for one reader (the group `fuzz`).
"""

import argparse
import contextlib
import io
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
sys.path.insert(0, str(TESTS / "support"))

WHEEL = "x-1.0-cp311-cp311-linux_aarch64.whl"
MEGABYTE = 1 << 20
ADDRESS_SPACE = 4096 * MEGABYTE  # the machine's own protection: an allocation beyond it is a MemoryError, so a failure
AUDITED = 8  # one wheel in so many is audited, too, which takes several times as long as to read it
# Out of a hundred inputs each reader gets so many.
SHARES = {"elf": 25, "edit": 10, "macho": 20, "pe": 20, "zip": 20, "record": 5}

Read = Callable[[bytes], object]


class TooSlowError(BaseException):
    """An input took too long; no reader may catch it."""


@dataclass(slots=True)
class Tally:
    """What came out of the inputs of one reader."""

    inputs: int = 0
    accepted: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    failures: dict[str, tuple[bytes, str, int]] = field(default_factory=dict)


def readers() -> dict[str, Read]:
    """Return what reads the bytes of each kind of file."""
    from crosswheel.audit import Claims, audit_wheel, read_facts
    from crosswheel.elf import ElfChange, compare_elf, edit_elf, parse_elf
    from crosswheel.macho import is_macho, parse_macho
    from crosswheel.pe import is_pe, parse_pe
    from crosswheel.wheel import read_wheel, record_problems
    from crosswheel.wheel.record import parse_record

    changes = (
        ElfChange(needed={"libc.so.6": "libc-0123456789abcdef.so.6"}, run_path="$ORIGIN/../x.libs"),
        ElfChange(soname="libone-01234567.so.1", add_needed=("libm.so.6",), strip=True),
        ElfChange(strip=True),
    )

    def edit(data: bytes) -> None:
        change = changes[len(data) % len(changes)]
        compare_elf(data, b"".join(edit_elf(data, change).chunks()), change)

    def wheel(data: bytes) -> None:
        facts = read_facts(read_wheel(io.BytesIO(data), WHEEL))
        if not len(data) % AUDITED:
            audit_wheel(facts, Claims.of_wheel(facts.name))

    def record(data: bytes) -> None:
        record_problems(parse_record(data), ("x/__init__.py",), "x-1.0.dist-info")

    return {
        "elf": parse_elf,
        "edit": edit,
        "macho": lambda data: (is_macho(data[:64]), parse_macho(data)),
        "pe": lambda data: (is_pe(data[:1024]), parse_pe(data)),
        "zip": wheel,
        "record": record,
    }


def corpora() -> dict[str, list[bytes]]:
    """Return the whole files that are damaged, by reader."""
    from made_wheels import healthy_files, make_wheel
    from make_foreign_files import fat

    def files(room: str) -> list[bytes]:
        return [path.read_bytes() for path in sorted((TESTS / room / "files").iterdir())]

    elf, macho, pe = files("elf"), files("macho"), files("pe")
    slices = {name: (TESTS / "macho" / "files" / f"ext-{name}.so").read_bytes() for name in ("x86_64", "arm64")}
    macho += [fat(slices), fat(slices, wide=True)]
    wheels = [make_wheel(healthy_files()).getvalue(), make_wheel({**healthy_files(), "x/b.so": macho[1]}).getvalue()]
    wheels.append(make_wheel({**healthy_files(), "x/c.pyd": pe[0], "x/d.txt": bytes(1_000_000)}).getvalue())
    with zipfile.ZipFile(io.BytesIO(wheels[0])) as archive:
        record = archive.read("x-1.0.dist-info/RECORD")
    quoted = b'"x/a ""b"".py",sha256=AAAA,3\r\nx/c.py,,\n'
    return {"elf": elf, "edit": elf, "macho": macho, "pe": pe, "zip": wheels, "record": [record, record + quoted]}


class Damage:
    """Makes damaged files out of whole ones.

    Arguments:
        chance: where every decision comes from.
        whole: the files.
    """

    EDGES = (
        0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0xFFFF, 0x10000,
        (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 63, (1 << 64) - 1,
    )  # fmt: skip

    def __init__(self, chance: random.Random, whole: Sequence[bytes]) -> None:
        self._chance = chance
        self._whole = whole

    def file(self) -> bytes:
        """Return a file with one fault or several."""
        data = bytearray(self._chance.choice(self._whole))
        steps = (
            self._flip,
            self._number,
            self._number,
            self._near,
            self._copy,
            self._cut,
            self._insert,
            self._splice,
            self._repeat,
        )
        for _ in range(min(1 + int(self._chance.expovariate(0.5)), 16)):
            if data:
                self._chance.choice(steps)(data)
        return bytes(data)

    def wheel(self) -> bytes:
        """Return a wheel: half of them with a damaged member in a whole archive, half damaged anywhere."""
        if self._chance.random() < 0.5:  # noqa: PLR2004 half
            return self.file()
        output = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(self._chance.choice(self._whole))) as old, zipfile.ZipFile(output, "w") as new:
            names = old.namelist()
            chosen = self._chance.choice(names)
            for name in names:
                content = old.read(name)
                new.writestr(name, Damage(self._chance, [content]).file() if name == chosen else content)
        return output.getvalue()

    def _place(self, data: bytearray) -> int:
        kind = self._chance.random()
        size = len(data)
        if kind < 0.5:  # noqa: PLR2004 headers are at the beginning
            return self._chance.randrange(min(size, 512))
        if kind < 0.7:  # noqa: PLR2004 a zip file's are at the end
            return size - 1 - self._chance.randrange(min(size, 512))
        return self._chance.randrange(size)

    def _flip(self, data: bytearray) -> None:
        data[self._place(data)] ^= 1 << self._chance.randrange(8)

    def _number(self, data: bytearray) -> None:
        width = self._chance.choice((1, 2, 4, 4, 8))
        at = self._place(data) // width * width
        value = self._chance.choice((*self.EDGES, len(data), len(data) - 1, self._chance.getrandbits(64)))
        order = self._chance.choice(("little", "big"))
        data[at : at + width] = (value & ((1 << 8 * width) - 1)).to_bytes(width, order)  # type: ignore[arg-type]

    def _near(self, data: bytearray) -> None:
        at = self._place(data)
        data[at] = (data[at] + self._chance.choice((-16, -8, -1, 1, 8, 16))) & 0xFF

    def _copy(self, data: bytearray) -> None:
        size = self._chance.choice((4, 8, 16, 24, 40, 64, 512))
        start, to = self._place(data), self._place(data)
        data[to : to + size] = data[start : start + size]

    def _cut(self, data: bytearray) -> None:
        if self._chance.random() < 0.3:  # noqa: PLR2004 most ends are not missing
            del data[self._place(data) :]
        else:
            start = self._place(data)
            del data[start : start + self._chance.randrange(1, 64)]

    def _insert(self, data: bytearray) -> None:
        at = self._place(data)
        data[at:at] = self._chance.randbytes(self._chance.randrange(1, 64))

    def _repeat(self, data: bytearray) -> None:
        # What takes time by the square, or grows without bound, shows where something is there many times.
        start = self._place(data)
        piece = bytes(data[start : start + self._chance.randrange(1, 64)])
        at = self._place(data)
        data[at:at] = piece * (self._chance.randrange(1, 65536) // len(piece))

    def _splice(self, data: bytearray) -> None:
        other = self._chance.choice(self._whole)
        start, size = self._chance.randrange(len(other)), self._chance.randrange(1, 4096)
        at = self._place(data)
        data[at : at + size] = other[start : start + size]


def try_input(read: Read, data: bytes, limit: float, tally: Tally) -> None:
    """Give one input to a reader, and count what came of it."""
    from crosswheel.errors import CrosswheelError

    started = time.perf_counter()
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        read(data)
        tally.accepted += 1
    except CrosswheelError:
        pass
    except (Exception, TooSlowError) as error:  # noqa: BLE001 every other one is what is looked for
        signal.setitimer(signal.ITIMER_REAL, 0)
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
        first, story, count = tally.failures.get(where, (data, traceback.format_exc(), 0))
        tally.failures[where] = (first, story, count + 1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    took = time.perf_counter() - started
    tally.inputs += 1
    tally.seconds += took
    tally.slowest = max(tally.slowest, took)


def highest_memory() -> int:
    """Return the most memory that this process ever had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def run(name: str, read: Read, whole: Sequence[bytes], count: int, options: argparse.Namespace) -> Tally:
    """Give damaged files to one reader."""
    tally = Tally()
    damage = Damage(random.Random(f"{options.seed} {name}"), whole)  # noqa: S311 it has to be repeatable
    for data in whole:
        try_input(read, data, options.seconds, tally)
    if tally.accepted < len(whole):
        sys.exit(f"{name}: the reader refuses a file of the corpus that is whole; nothing was tried")
    while tally.inputs < count:
        data = damage.wheel() if name == "zip" else damage.file()
        try_input(read, data, options.seconds, tally)
        if highest_memory() > options.memory * MEGABYTE:
            tally.failures[f"more than {options.memory} MB"] = (data, "", 1)
            break
        if tally.inputs % 10_000 == 0:
            memory = highest_memory() // MEGABYTE
            print(f"{name}: {tally.inputs} of {count}, {memory} MB, {len(tally.failures)} failures", file=sys.stderr)
    return tally


def run_atheris(name: str, options: argparse.Namespace) -> None:
    """Let libFuzzer choose the inputs of one reader; it ends the process."""
    import atheris

    # Ahead of every other import of it.
    with atheris.instrument_imports(include=["crosswheel"]):
        read = readers()[name]
    whole = corpora()[name]

    from crosswheel.errors import CrosswheelError

    def one(data: bytes) -> None:
        with contextlib.suppress(CrosswheelError):
            read(data)

    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(whole):
            Path(folder, str(number)).write_bytes(data)
        longest = 2 * max(map(len, whole))
        limits = (f"-timeout={max(1, int(options.seconds))}", f"-rss_limit_mb={options.memory}", f"-max_len={longest}")
        options.out.mkdir(parents=True, exist_ok=True)
        rest = (f"-runs={options.inputs}", f"-seed={options.seed}", f"-artifact_prefix={options.out}/{name}-", folder)
        atheris.Setup([sys.argv[0], *limits, *rest], one)
        atheris.Fuzz()


def main() -> int:
    """Read the options, give the inputs, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reader", nargs="*", choices=[*SHARES, []], help="all of them, unless some are named")
    parser.add_argument("--inputs", type=int, default=100_000, help="for all readers together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2.0, help="that one input may take")
    parser.add_argument("--memory", type=int, default=500, help="megabytes that the process may have")
    parser.add_argument("--out", type=Path, default=Path("fuzz-failures"), help="where inputs that fail are written")
    parser.add_argument("--engine", choices=("mutations", "atheris"), default="mutations")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    names = options.reader or list(SHARES)
    if options.engine == "atheris":
        if len(names) > 1:
            parser.error("atheris takes one reader at a time")
        run_atheris(names[0], options)
    reading, whole = readers(), corpora()

    def too_slow(*_: object) -> None:
        raise TooSlowError

    signal.signal(signal.SIGALRM, too_slow)
    shares = sum(SHARES[name] for name in names)
    failed = 0
    print("| reader | inputs | accepted | seconds | slowest input | highest memory so far | failures |")
    print("|---|---|---|---|---|---|---|")
    for name in names:
        tally = run(name, reading[name], whole[name], options.inputs * SHARES[name] // shares, options)
        figures = f"{tally.inputs:,} | {tally.accepted:,} | {tally.seconds:.0f} | {tally.slowest * 1000:.0f} ms"
        print(f"| {name} | {figures} | {highest_memory() // MEGABYTE} MB | {len(tally.failures)} |", flush=True)
        for number, (where, (data, story, count)) in enumerate(tally.failures.items()):
            options.out.mkdir(parents=True, exist_ok=True)
            file = options.out / f"{name}-{number}"
            file.write_bytes(data)
            print(f"{name}: {where}, {count} times; the first input is {file}\n{story}", file=sys.stderr)
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
