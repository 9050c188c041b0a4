"""Typed Python for mypyc; as it is, it would say that nobody compiled it."""

from typing import Final

LARGE: Final = 1 << 62  # a tagged integer of mypyc's where a pointer has 64 bits, an object where it has 32


def told() -> str:
    """Return nothing that a compiler was told; fail where arithmetic is wrong."""
    total: int = LARGE
    for step in range(4):
        total += LARGE >> step
    if total != 13258597302978740224:
        raise ValueError(total)
    if not __file__.endswith(".so"):
        raise ValueError("it was not compiled")
    return ""
