import pytest

from crosswheel.targets import ByteOrder, architecture_named, architectures


def test_every_name_is_one_architecture() -> None:
    for field in ("name", "debian", "triplet", "musl_triplet", "qemu", "musl"):
        values = [getattr(one, field) for one in architectures()]
        assert len(set(values)) == len(values), field


def test_names_of_those_that_differ_most() -> None:
    arm = architecture_named("armv7l")
    assert (arm.debian, arm.triplet, arm.musl_triplet, arm.musl) == (
        "armhf",
        "arm-linux-gnueabihf",
        "arm-linux-musleabihf",
        "armv7",
    )
    assert arm.page_size == 4096
    assert architecture_named("i686").triplet == "i386-linux-gnu"
    assert architecture_named("ppc64le").triplet == "powerpc64le-linux-gnu"
    aarch64 = architecture_named("aarch64")
    assert (aarch64.elf_machine, aarch64.page_size, aarch64.oldest_glibc) == (183, 65536, (2, 17))
    assert architecture_named("s390x").byte_order is ByteOrder.BIG


def test_an_unknown_name() -> None:
    with pytest.raises(KeyError):
        architecture_named("sparc")


def test_elf_machines_are_those_of_elftools() -> None:
    enums = pytest.importorskip("elftools.elf.enums", reason="pyelftools comes with auditwheel")
    names = {"i686": "386", "armv7l": "ARM", "ppc64le": "PPC64", "s390x": "S390", "riscv64": "RISCV"}
    names["loongarch64"] = "LOONGARCH"
    for one in architectures():
        assert enums.ENUM_E_MACHINE[f"EM_{names.get(one.name, one.name.upper())}"] == one.elf_machine
