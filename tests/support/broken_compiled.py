"""Broken wheels, and their healthy twins, of which only a compiler makes the machine code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from broken_values import EXTENSION, BrokenWheel, Made, made, module
from make_elf_files import OPTIONS, TRIPLES, compile_c

MODULE = """
__attribute__((visibility("default"))) int number = 1;
__attribute__((visibility("default"))) void *PyInit__ext(void) { return (void *)(long)work(number); }
"""
SUM = "int work(int n) { return n + 1; }"
# The sanitizer tells where the source was: its name alone, here.
WITHOUT_FOLDERS = "-fsanitize-undefined-strip-path-components=-1"
PATH = 'const char *volatile place; int work(int n) { place = "%s/data/ext.c"; return place[n]; }'
OPENING = """
extern void *dlopen(const char *, int);
const char *volatile name;
int work(int n) { name = "%s"; return !dlopen(name, n); }
"""


@dataclass(slots=True, kw_only=True)
class Compiler:
    """Compiles extension modules, each once.

    Arguments:
        folder: for what it makes.
    """

    folder: Path
    made: dict[tuple[str, ...], bytes] = field(default_factory=dict)

    def __call__(self, source: str, *options: str, triple: str = TRIPLES["aarch64"]) -> bytes:
        """Return the extension module that a source and these options give."""
        key = (source, triple, *options)
        if key not in self.made:
            output = self.folder / "ext.so"
            compile_c(source + MODULE, output, "-fPIC", *options, triple=triple)
            self.made[key] = output.read_bytes()
        return self.made[key]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledWheel:
    """A wheel with one fault that is compiled when it is wanted.

    Arguments:
        code: of the only finding that it may have.
        make: returns the wheel, and its twin.
    """

    code: str
    make: Callable[[Compiler], BrokenWheel]


def compiled_wheels() -> Mapping[str, CompiledWheel]:
    """Return what makes each of the wheels, by the fault in words."""
    return {
        "a sanitizer": _by_options("CW108", SUM, ("-s", WITHOUT_FOLDERS), OPTIONS),
        "symbols that were not stripped": _by_options("CW113", SUM, ("-O2",), OPTIONS),
        "a path of the build machine": _by_sources("CW124", PATH % "/home/me/project", PATH % "/usr/share"),
        "a library opened by name": _by_sources("CW130", OPENING % "libaudio.so.2", OPENING % "audio"),
        "a module of another byte order": CompiledWheel(code="CW101", make=_byte_order),
        "ARMv8 by its attributes": CompiledWheel(code="CW123", make=_arm),
    }


def _by_options(code: str, source: str, broken: tuple[str, ...], healthy: tuple[str, ...]) -> CompiledWheel:
    return CompiledWheel(
        code=code,
        make=lambda compiler: BrokenWheel(
            code=code,
            broken=made(module(compiler(source, *broken))),
            healthy=made(module(compiler(source, *healthy))),
        ),
    )


def _by_sources(code: str, broken: str, healthy: str) -> CompiledWheel:
    return CompiledWheel(
        code=code,
        make=lambda compiler: BrokenWheel(
            code=code,
            broken=made(module(compiler(broken, *OPTIONS))),
            healthy=made(module(compiler(healthy, *OPTIONS))),
        ),
    )


def _byte_order(compiler: Compiler) -> BrokenWheel:
    def of(triple: str) -> Made:
        path = EXTENSION.replace("aarch64-linux-gnu", "powerpc64le-linux-musl")
        return made(module(compiler(SUM, *OPTIONS, triple=triple), path), "cp311-cp311-musllinux_1_1_ppc64le")

    return BrokenWheel(code="CW101", broken=of("powerpc64-linux-musl"), healthy=of("powerpc64le-linux-musl"))


def _arm(compiler: Compiler) -> BrokenWheel:
    def of(*options: str) -> Made:
        path = EXTENSION.replace("aarch64-linux-gnu", "arm-linux-gnueabihf")
        tags = "cp311-cp311-manylinux_2_17_armv7l.manylinux2014_armv7l"
        return made(module(compiler(SUM, *OPTIONS, *options, triple=TRIPLES["armv7l"]), path), tags)

    return BrokenWheel(code="CW123", broken=of("-mcpu=cortex_a53"), healthy=of())
