"""Makes the ELF files in tests/elf/files: `python tests/support/make_elf_files.py`. Needs the ziglang package."""

import subprocess
import sys
import tempfile
from pathlib import Path

FILES = Path(__file__).parents[1] / "elf" / "files"
TRIPLES = {
    "aarch64": "aarch64-linux-gnu.2.17",
    "armv7l": "arm-linux-gnueabihf.2.17",
    "i686": "x86-linux-gnu.2.17",
    "ppc64le": "powerpc64le-linux-gnu.2.19",
    "riscv64": "riscv64-linux-gnu.2.31",
    "s390x": "s390x-linux-gnu.2.17",
    "x86_64": "x86_64-linux-gnu.2.17",
}
EXTENSION = """
#include <stdlib.h>
extern void *PyModule_Create2(void *, int);
extern int weak_one(void) __attribute__((weak));
__attribute__((visibility("default"))) int exported_number = 7;
__attribute__((visibility("default"))) void *PyInit__ext(void) {
    if (weak_one) exported_number = weak_one();
    return PyModule_Create2(malloc(exported_number), 1013);
}
"""
LIBRARY = "int one(void) { return 1; } int two(void) { return 2; }"
VERSIONS = "ONE_1.0 { global: one; local: *; }; ONE_2.0 { global: two; } ONE_1.0;"
USER = """
extern int one(void), two(void);
__attribute__((visibility("default"))) int PyInit__user(void) { return one() + two(); }
"""
PROGRAM = "int main(void) { return 0; }"
OPTIONS = ("-O2", "-fno-sanitize=undefined", "-fPIC", "-s", "-Wl,--build-id=none")


def compile_c(source: str, output: Path, *options: str, triple: str = TRIPLES["aarch64"], shared: bool = True) -> None:
    """Compile C for another machine."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "source.c")
        file.write_text(source)
        command = (sys.executable, "-m", "ziglang", "cc", "-target", triple, *(["-shared"] if shared else []))
        # The source comes before the libraries among the options.
        subprocess.run((*command, str(file), *options, "-o", str(output)), check=True)


def main() -> None:
    """Make all of them."""
    FILES.mkdir(parents=True, exist_ok=True)
    for name, triple in TRIPLES.items():
        compile_c(EXTENSION, FILES / f"ext-{name}.so", *OPTIONS, triple=triple)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "versions")
        script.write_text(VERSIONS)
        library = Path(folder, "libone.so.1")
        options = (*OPTIONS, f"-Wl,--version-script={script}", "-Wl,-soname,libone.so.1")
        compile_c(LIBRARY, library, *options)
        (FILES / library.name).write_bytes(library.read_bytes())
        compile_c(USER, FILES / "user-aarch64.so", *OPTIONS, str(library), "-Wl,-rpath,$ORIGIN/../x.libs")
    compile_c(PROGRAM, FILES / "program-aarch64", *OPTIONS, "-pie", shared=False)


if __name__ == "__main__":
    main()
