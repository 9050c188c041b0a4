"""What the kernel knows programs by."""

from pathlib import Path

import pytest

from crosswheel.emulator.binfmt import elf_magic, elf_mask, registered
from crosswheel.targets import architecture_named

AARCH64 = architecture_named("aarch64")
ENTRY = "enabled\ninterpreter /usr/bin/qemu-aarch64-static\nflags: OCPF\noffset 0\nmagic {}\nmask {}\n"


# As in qemu's scripts/qemu-binfmt-conf.sh.
@pytest.mark.parametrize(
    ("name", "magic", "mask"),
    [
        ("aarch64", "7f454c460201010000000000000000000200b700", "ffffffffffffff00fffffffffffffffffeffffff"),
        ("armv7l", "7f454c4601010100000000000000000002002800", "ffffffffffffff00fffffffffffffffffeffffff"),
        ("ppc64le", "7f454c4602010100000000000000000002001500", "ffffffffffffff00fffffffffffffffffeffffff"),
        ("s390x", "7f454c4602020100000000000000000000020016", "ffffffffffffff00fffffffffffffffffffeffff"),
        ("riscv64", "7f454c460201010000000000000000000200f300", "ffffffffffffff00fffffffffffffffffeffffff"),
    ],
)
def test_magic_and_mask(name: str, magic: str, mask: str) -> None:
    assert elf_magic(architecture_named(name)).hex() == magic
    assert elf_mask(architecture_named(name)).hex() == mask


def entry() -> str:
    return ENTRY.format(elf_magic(AARCH64).hex(), elf_mask(AARCH64).hex())


def test_registered(tmp_path: Path) -> None:
    (tmp_path / "status").write_text("enabled\n")
    (tmp_path / "qemu-aarch64").write_text(entry())
    assert registered(AARCH64, tmp_path) == "qemu-aarch64"
    assert registered(architecture_named("riscv64"), tmp_path) is None


@pytest.mark.parametrize(
    "text",
    [
        entry().replace("enabled", "disabled"),
        entry().replace("offset 0", "offset 4"),
        "enabled\ninterpreter /usr/bin/cli\nextension .exe\n",
        "enabled\noffset 0\nmagic zz\n",
        "",
    ],
)
def test_entries_that_do_not_count(text: str, tmp_path: Path) -> None:
    (tmp_path / "other").write_text(text)
    assert registered(AARCH64, tmp_path) is None


def test_no_binfmt_misc(tmp_path: Path) -> None:
    assert registered(AARCH64, tmp_path / "none") is None
