"""The WHEEL file (binary distribution format): where the wheel belongs, and the tags that it claims."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Self

from crosswheel.errors import BadInputError
from crosswheel.wheel.headers import header_fields

_MOST_TAGS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelMetadata:
    """What the WHEEL file says.

    Arguments:
        root_is_purelib: whether the root belongs into purelib.
        tags: the expanded tags, such as "cp311-abi3-any", in its order.
        compressed: lines of several tags in one, which should have been expanded.
    """

    root_is_purelib: bool
    tags: tuple[str, ...]
    compressed: tuple[str, ...] = ()

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Return what the bytes of a WHEEL file say.

        Raises:
            BadInputError: it is not text, or a tag in it is no triple, or the format is a newer one.
        """
        try:
            fields = header_fields(content)
            tags: list[str] = []
            lines = [value for name, value in fields if name == "tag"]
            for line in lines:
                tags += sorted(_expanded(line))
                _check_number(len(tags))
        except ValueError as error:
            raise BadInputError("the WHEEL file of a wheel is damaged", why=str(error)) from error
        first = dict(reversed(fields))
        version = first.get("wheel-version", "")
        if version.partition(".")[0] != "1":
            raise BadInputError(
                "the WHEEL file of a wheel is not understood",
                why=f"it says Wheel-Version: {version or 'nothing'}, not 1.x",
            )
        return cls(
            root_is_purelib=first.get("root-is-purelib", "").lower() == "true",
            tags=tuple(tags),
            compressed=tuple(line for line in lines if "." in line),
        )


def _expanded(text: str) -> frozenset[str]:
    parts = [part.split(".") for part in text.lower().split("-")]
    if len(parts) != 3:  # noqa: PLR2004 PEP 425
        raise ValueError(f"the tag {text!r} is not PYTHON-ABI-PLATFORM")
    # It grows by the third power: a few thousand characters could stand for a thousand million tags.
    _check_number(prod(map(len, parts)))
    return frozenset(map("-".join, product(*parts)))


def _check_number(tags: int) -> None:
    if tags > _MOST_TAGS:
        raise ValueError(f"it has more than {_MOST_TAGS} tags")


def with_tags(content: bytes, tags: Sequence[str]) -> bytes:
    """Return the same WHEEL file with other tags, one line each; all else stays as it is.

    Arguments:
        content: of the WHEEL file.
        tags: expanded, in the order in which they shall stand.

    Raises:
        BadInputError: it is not text.
    """
    try:
        lines = content.decode("utf-8").rstrip().splitlines()
    except ValueError as error:
        raise BadInputError("the WHEEL file of a wheel is damaged", why=str(error)) from error
    kept = [line for line in lines if not line.lower().startswith("tag:")]
    first = next((number for number, line in enumerate(lines) if line.lower().startswith("tag:")), len(kept))
    return "".join(f"{line}\n" for line in (*kept[:first], *(f"Tag: {tag}" for tag in tags), *kept[first:])).encode()
