"""A library, its user and a program that loads both, compiled for any machine, and renamed as a repair does it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crosswheel.elf import ElfChange, compare_elf, edit_elf

TRIPLES = {
    "aarch64": "aarch64-linux-gnu.2.17",
    "armv7l": "arm-linux-gnueabihf.2.17",
    "i686": "x86-linux-gnu.2.17",
    "loongarch64": "loongarch64-linux-gnu.2.36",
    "ppc64le": "powerpc64le-linux-gnu.2.19",
    "riscv64": "riscv64-linux-gnu.2.31",
    "s390x": "s390x-linux-gnu.2.17",
    "x86_64": "x86_64-linux-gnu.2.17",
    "aarch64-musl": "aarch64-linux-musl",
    "armv7l-musl": "arm-linux-musleabihf",
    "x86_64-musl": "x86_64-linux-musl",
}
RENAMED = "libdep-0123abcd.so.1"
_DEP = "__thread volatile int threads_own = 30; int dep(void) { return threads_own; }\n"
# Volatile, so that none is left out: thread-local variables, uninitialized memory, a relocation of data; and a function
# that runs first.
_USER = """
extern int dep(void);
static volatile char large[BSS];
static __thread volatile int own = 4;
int (*volatile through)(void) = dep;
__attribute__((constructor)) static void begin(void) { large[BSS - 1] = 8; }
__attribute__((visibility("default"))) int answer(void) { return through() + own + large[BSS - 1]; }
"""
# No printf: zig has none for ppc64le at 2.19.
_PROGRAM = """
#include <dlfcn.h>
#include <stdio.h>
extern int dep(void);
static volatile char large[300000];
int main(int count, char **values) {
    void *library = dlopen(values[count - 1], RTLD_NOW);
    int (*answer)(void) = library ? (int (*)(void))dlsym(library, "answer") : 0;
    if (!answer) { puts(dlerror()); return 1; }
    int first = answer(), second = dep() + large[299999];
    char text[] = {'0' + first / 10, '0' + first % 10, ' ', '0' + second / 10, '0' + second % 10, 0};
    puts(text);
    return 0;
}
"""
_OPTIONS = ("-O1", "-g", "-fno-sanitize=undefined", "-fPIC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Where the three files are, as they were compiled."""

    library: Path
    user: Path
    program: Path


def zig(triple: str) -> tuple[str, ...]:
    """Return the compiler of another machine."""
    return (sys.executable, "-m", "ziglang", "cc", "-target", triple)


def compile_linked(folder: Path, compiler: Sequence[str], *options: str, bss: int = 300_000) -> Linked:
    """Compile the three files; the options are for the linker too."""
    variables = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": str(Path(os.environ["CROSSWHEEL_CACHE"], "zig"))}
    # GNU as and ld are asked for the rest by name.
    flags = [flag for flag in _OPTIONS if compiler[0] != "gcc" or "sanitize" not in flag]
    files = {"dep.c": _DEP, "user.c": _USER, "program.c": _PROGRAM, "versions": "DEP_1 { global: dep; local: *; };\n"}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    script = "-Wl,--version-script=versions"
    for arguments in (
        ("-shared", "dep.c", script, "-Wl,-soname,libdep.so.1", "-o", "libdep.so.1"),
        ("-shared", "user.c", f"-DBSS={bss}", "libdep.so.1", "-o", "user.so"),
        ("-pie", "program.c", "libdep.so.1", "-ldl", "-o", "program"),
    ):
        subprocess.run((*compiler, *flags, *arguments, *options), cwd=folder, check=True, env=variables)
    return Linked(library=folder / "libdep.so.1", user=folder / "user.so", program=folder / "program")


def edited(data: bytes, change: ElfChange) -> bytes:
    """Return the edited file, after the comparison found nothing."""
    edit = edit_elf(data, change)
    after = b"".join(edit.chunks())
    assert len(after) == edit.size
    assert compare_elf(data, after, change) == ()
    return after


def repaired(linked: Linked, folder: Path, *, strip: bool) -> Linked:
    """Return the files as a repair lays them out: the library under another name, found by $ORIGIN."""
    (folder / "x.libs").mkdir(parents=True)
    (folder / "x").mkdir()
    into = Linked(library=folder / "x.libs" / RENAMED, user=folder / "x/user.so", program=folder / "x/program")
    renamed = ElfChange(needed={"libdep.so.1": RENAMED}, run_path="$ORIGIN/../x.libs", strip=strip)
    into.library.write_bytes(edited(linked.library.read_bytes(), ElfChange(soname=RENAMED, strip=strip)))
    into.user.write_bytes(edited(linked.user.read_bytes(), renamed))
    into.program.write_bytes(edited(linked.program.read_bytes(), renamed))
    into.program.chmod(0o755)
    return into
