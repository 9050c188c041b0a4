"""Names of the machines that an ELF header may tell (System V ABI, chapter 4; the processor supplements)."""


def machine_name(machine: int, elf_class: int, byte_order: str) -> str:
    """Return what people call that machine, such as "aarch64"; "machine 4711" for one that has no name here.

    Arguments:
        machine: e_machine of the header.
        elf_class: 32 or 64.
        byte_order: "little" or "big".
    """
    little = byte_order == "little"
    names = {
        3: "i686",
        8: "mipsel" if little else "mips",
        20: "ppc",
        21: "ppc64le" if little else "ppc64",
        22: "s390x" if elf_class == 64 else "s390",  # noqa: PLR2004 bits
        40: "arm" if little else "armeb",
        62: "x86_64" if elf_class == 64 else "x32",  # noqa: PLR2004 bits
        183: "aarch64" if little else "aarch64_be",
        243: f"riscv{elf_class}",
        258: f"loongarch{elf_class}",
    }
    return names.get(machine, f"machine {machine}")
