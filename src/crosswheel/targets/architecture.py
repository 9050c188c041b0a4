"""Architectures by their names in wheel tags, and what each is called elsewhere."""

from dataclasses import dataclass, replace
from enum import StrEnum


class ByteOrder(StrEnum):
    """Order of the bytes of a number in memory; the values are those of `int.from_bytes`."""

    LITTLE = "little"
    BIG = "big"


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """One processor architecture of the wheel standards (PEP 513, 599, 600, 656), and its names in other worlds.

    Two architectures of one name are one; get them from `architecture_named`.

    Arguments:
        name: as in a wheel's tag for Linux, such as "armv7l".
        debian: as in a Debian archive, such as "armhf".
        cpu: first part of the multiarch triplets that CPython's SOABI names, such as "arm".
        abi_suffix: what follows "gnu" or "musl" in those triplets, such as "eabihf".
        qemu: of its user-mode emulator, such as "arm" for qemu-arm.
        baseline_cpu: qemu's name of a processor that has the baseline's instructions and as few others as qemu allows:
            no SSE3 on i686, no NEON on armv7l, no vectors on s390x and riscv64, LSX without LASX on loongarch64.
        zig: first part of zig's triple.
        musl: as in the soname of musl's C library, such as "armv7" of libc.musl-armv7.so.1.
        loader: soname of glibc's dynamic loader, which libraries with thread-local variables may ask for.
        bits: width of an address.
        byte_order: of its memory.
        elf_machine: e_machine of its ELF files.
        page_size: bytes of the largest memory page that its Linux kernels may use, to which segments must be aligned.
            32-bit ARM has pages of 4 KiB, also on a 64-bit kernel: with larger ones that runs no 32-bit programs
            (COMPAT in arch/arm64/Kconfig).
        oldest_glibc: the oldest glibc for which a manylinux policy exists.
        oldest_musl: the oldest musl of a musllinux policy that runs on it.
    """

    name: str
    debian: str
    cpu: str
    abi_suffix: str = ""
    qemu: str
    baseline_cpu: str
    zig: str
    musl: str
    loader: str
    bits: int
    byte_order: ByteOrder
    elf_machine: int
    page_size: int
    oldest_glibc: tuple[int, int]
    oldest_musl: tuple[int, int] = (1, 1)

    @property
    def triplet(self) -> str:
        """Multiarch triplet with glibc, as Debian and CPython's SOABI have it, such as "arm-linux-gnueabihf"."""
        return f"{self.cpu}-linux-gnu{self.abi_suffix}"

    @property
    def gnu_triplet(self) -> str:
        """The name with glibc that configure and compilers go by: "i686-linux-gnu" where multiarch says i386."""
        return f"{'i686' if self.name == 'i686' else self.cpu}-linux-gnu{self.abi_suffix}"

    @property
    def musl_triplet(self) -> str:
        """The multiarch triplet with musl, such as "arm-linux-musleabihf"."""
        return f"{self.cpu}-linux-musl{self.abi_suffix}"

    def __str__(self) -> str:
        return self.name


def architectures() -> tuple[Architecture, ...]:
    """Return every architecture of the manylinux and musllinux standards, the most used first."""
    little, big = ByteOrder.LITTLE, ByteOrder.BIG
    # Page sizes are what GNU ld and lld align for by default, since kernels may use them: arm64 and ppc64 with 64 KiB
    # are sold (RHEL), 32-bit ARM programs run on such arm64 kernels too, and LoongArch's ABI reserves 64 KiB.
    return (
        Architecture(
            name="x86_64", debian="amd64", cpu="x86_64", zig="x86_64", musl="x86_64",
            qemu="x86_64", baseline_cpu="qemu64", loader="ld-linux-x86-64.so.2",
            bits=64, byte_order=little, elf_machine=62, page_size=4096,
            oldest_glibc=(2, 5),
        ),
        Architecture(
            name="aarch64", debian="arm64", cpu="aarch64", zig="aarch64", musl="aarch64",
            qemu="aarch64", baseline_cpu="cortex-a53", loader="ld-linux-aarch64.so.1",
            bits=64, byte_order=little, elf_machine=183, page_size=65536,
            oldest_glibc=(2, 17),
        ),
        Architecture(
            name="i686", debian="i386", cpu="i386", zig="x86", musl="x86",
            qemu="i386", baseline_cpu="qemu32,pni=off", loader="ld-linux.so.2",
            bits=32, byte_order=little, elf_machine=3, page_size=4096,
            oldest_glibc=(2, 5),
        ),
        Architecture(
            name="armv7l", debian="armhf", cpu="arm", abi_suffix="eabihf", zig="arm", musl="armv7",
            qemu="arm", baseline_cpu="cortex-a8,neon=off,vfp-d32=off", loader="ld-linux-armhf.so.3",
            bits=32, byte_order=little, elf_machine=40, page_size=4096,
            oldest_glibc=(2, 17),
        ),
        Architecture(
            name="ppc64le", debian="ppc64el", cpu="powerpc64le", zig="powerpc64le", musl="powerpc64le",
            qemu="ppc64le", baseline_cpu="power8", loader="ld64.so.2",
            bits=64, byte_order=little, elf_machine=21, page_size=65536,
            oldest_glibc=(2, 17),
        ),
        Architecture(
            name="s390x", debian="s390x", cpu="s390x", zig="s390x", musl="s390x",
            qemu="s390x", baseline_cpu="qemu,vx=off,vxeh=off,vxeh2=off", loader="ld64.so.1",
            bits=64, byte_order=big, elf_machine=22, page_size=4096,
            oldest_glibc=(2, 17),
        ),
        Architecture(
            name="riscv64", debian="riscv64", cpu="riscv64", zig="riscv64", musl="riscv64",
            qemu="riscv64", baseline_cpu="sifive-u54", loader="ld-linux-riscv64-lp64d.so.1",
            bits=64, byte_order=little, elf_machine=243, page_size=4096,
            oldest_glibc=(2, 31),
        ),
        Architecture(
            name="loongarch64", debian="loong64", cpu="loongarch64", zig="loongarch64", musl="loongarch64",
            qemu="loongarch64", baseline_cpu="la464,lasx=off", loader="ld-linux-loongarch-lp64d.so.1",
            bits=64, byte_order=little, elf_machine=258, page_size=65536,
            oldest_glibc=(2, 36), oldest_musl=(1, 2),
        ),
        Architecture(
            name="ppc64", debian="ppc64", cpu="powerpc64", zig="powerpc64", musl="powerpc64",
            qemu="ppc64", baseline_cpu="power7", loader="ld64.so.1",
            bits=64, byte_order=big, elf_machine=21, page_size=65536,
            oldest_glibc=(2, 17),
        ),
    )  # fmt: skip


def armv6l() -> Architecture:
    """Return the hard-float ARM of the first Raspberry Pis (ARM1176); wheels are tagged linux_armv6l, or for musl.

    No standard gives it manylinux tags, and nothing is built for it here: it stands beside the others.
    """
    return replace(architecture_named("armv7l"), name="armv6l", musl="armhf", baseline_cpu="arm1176", zig="arm")


def architecture_named(name: str) -> Architecture:
    """Return the architecture of this name in wheel tags.

    Arguments:
        name: such as "aarch64".

    Raises:
        KeyError: there is none.
    """
    for architecture in architectures():
        if architecture.name == name:
            return architecture
    raise KeyError(name)


def names_elsewhere() -> dict[str, str]:
    """Return names in wheel tags of what other worlds (Debian, Docker, Windows, Rust) call otherwise."""
    return {
        "arm64": "aarch64", "amd64": "x86_64", "x64": "x86_64", "x86": "i686", "i386": "i686", "i586": "i686",
        "armhf": "armv7l", "armv7": "armv7l", "armv7a": "armv7l", "armv8l": "armv7l", "ppc64el": "ppc64le",
        "powerpc64le": "ppc64le", "loong64": "loongarch64", "riscv": "riscv64", "riscv64gc": "riscv64",
    }  # fmt: skip
