"""Header fields, as METADATA and WHEEL have them (core metadata specification; RFC 5322)."""

_LARGEST_HEAD = 1024 * 1024  # descriptions of some hundred kilobytes stood among the fields before METADATA 2.1


def header_fields(content: bytes) -> tuple[tuple[str, str], ...]:
    """Return the names, lower case, and values of the fields ahead of the first empty line, in order.

    A line that begins with a blank belongs to the value ahead of it. Python's own reader does the same, and more that
    these files do not need; loading it takes longer than reading a small wheel.

    Arguments:
        content: of the file.

    Raises:
        ValueError: the fields are no text, or too long, or a line among them is no field.
    """
    fields: list[tuple[str, list[str]]] = []
    head = content.replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")[0]
    if len(head) > _LARGEST_HEAD:
        raise ValueError(f"its fields have more than {_LARGEST_HEAD} bytes")
    for line in head.decode("utf-8").split("\n"):
        if line[:1] in (" ", "\t"):
            if not fields:
                raise ValueError("it begins with a continued line")
            fields[-1][1].append(line)
        elif line:
            name, colon, value = line.partition(":")
            if not colon:
                raise ValueError(f"{line[:40]!r} is no field")
            fields.append((name.strip().lower(), [value.strip()]))
    return tuple((name, "\n".join(lines)) for name, lines in fields)
