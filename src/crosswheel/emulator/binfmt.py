"""What the kernel's binfmt_misc knows a program of an architecture by."""

import struct
from pathlib import Path

from crosswheel.targets import Architecture, ByteOrder

_BINFMT = Path("/proc/sys/fs/binfmt_misc")


def elf_magic(architecture: Architecture) -> bytes:
    """Return the first 20 bytes of an ELF program of that architecture (System V ABI, chapter 4)."""
    little = architecture.byte_order is ByteOrder.LITTLE
    ident = b"\x7fELF" + bytes((1 if architecture.bits == 32 else 2, 1 if little else 2, 1))  # noqa: PLR2004 bits
    return ident.ljust(16, b"\0") + struct.pack("<HH" if little else ">HH", 2, architecture.elf_machine)


def elf_mask(architecture: Architecture) -> bytes:
    """Return which of those bits count: not the OS ABI, and ET_EXEC is as good as ET_DYN (position-independent)."""
    ident = b"\xff" * 7 + b"\x00" + b"\xff" * 8
    order = "<HH" if architecture.byte_order is ByteOrder.LITTLE else ">HH"
    return ident + struct.pack(order, 0xFFFE, 0xFFFF)


def registered(architecture: Architecture, folder: Path = _BINFMT) -> str | None:
    """Return the name of an enabled entry of this machine's binfmt_misc that takes programs of that architecture."""
    wanted = elf_magic(architecture)
    for path in sorted(folder.glob("*")):
        if path.name in {"register", "status"}:
            continue
        try:
            lines = path.read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:  # it was taken away meanwhile
            continue
        fields = dict(line.partition(" ")[::2] for line in lines)
        magic, mask = _bytes(fields.get("magic", "")), _bytes(fields.get("mask", "")) or b"\xff" * 256
        seen = bytes(byte & bit for byte, bit in zip(wanted, mask, strict=False))
        expected = bytes(byte & bit for byte, bit in zip(magic, mask, strict=False))
        if "enabled" in fields and magic and fields.get("offset") == "0" and seen.startswith(expected):
            return path.name
    return None


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
