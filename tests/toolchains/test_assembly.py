"""Assembler sources, in all the ways in which builds have them assembled, for every architecture."""

from pathlib import Path

import pytest

from crosswheel.targets import buildable_architectures
from zig_places import oldest_target, workplace

# A function that returns 1.
BODIES = {
    "x86_64": "movl $1, %eax\n ret",
    "i686": "movl $1, %eax\n ret",
    "aarch64": "mov w0, #1\n ret",
    "armv7l": "mov r0, #1\n bx lr",
    "ppc64le": "li 3, 1\n blr",
    "s390x": "lhi %r2, 1\n br %r14",
    "riscv64": "li a0, 1\n ret",
    "loongarch64": "li.w $a0, 1\n ret",
}
SOURCE = """#define NAME answer
 .text
 .globl NAME
 .type NAME, %function
NAME:
 {}
 .section .note.GNU-stack, "", %progbits
"""
INLINE = 'int same(int number) { __asm__ volatile("nop" : "+r"(number)); return number; }\n'
WAYS = {
    "a.S": "gcc -c a.S -o made.o",
    "plain.s": "gcc -c plain.s -o made.o",
    "other.asm": "gcc -x assembler-with-cpp -c other.asm -o made.o",
    "inline.c": "gcc -O2 -fPIC -Wa,-g,--noexecstack -c inline.c -o made.o",
    "debug.S": "gcc -pipe -Wa,--gdwarf-4 -c debug.S -o made.o",
    "of_as.s": "as -g --noexecstack -o made.o of_as.s",
}


@pytest.mark.toolchain
@pytest.mark.parametrize("libc", ["manylinux", "musllinux"])
@pytest.mark.parametrize("architecture", [one.name for one in buildable_architectures()])
def test_every_way_to_assemble(tmp_path: Path, architecture: str, libc: str) -> None:
    place = workplace(oldest_target(architecture, libc), tmp_path, warm=False)
    with_macro = SOURCE.format(BODIES[architecture])
    plain = with_macro.partition("\n")[2].replace("NAME", "answer")
    for name, way in WAYS.items():
        source = INLINE if name.endswith(".c") else plain if name.endswith(".s") else with_macro
        (place.folder / name).write_text(source, encoding="ascii")
        program, *arguments = way.split()
        assert "warning" not in place.run(program, *arguments)
        made = place.folder / "made.o"
        assert place.elf("made.o").machine == place.toolchain.target.architecture.elf_machine
        assert ("same" if name == "inline.c" else "answer") in place.run("nm", "made.o")
        made.unlink()


def test_as_has_its_own_default_output(tmp_path: Path) -> None:
    place = workplace(oldest_target("aarch64"), tmp_path, warm=False)
    assert "GNU assembler compatible" in place.run("as", "--version")
    (place.folder / "one.s").write_text(" nop\n", encoding="ascii")
    place.run("aarch64-linux-gnu-as", "one.s")
    assert place.elf("a.out").type == 1
