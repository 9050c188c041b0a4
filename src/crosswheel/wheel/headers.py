"""Header fields, as METADATA and WHEEL have them (core metadata specification; RFC 5322)."""


def header_fields(content: bytes) -> tuple[tuple[str, str], ...]:
    """Return the names, lower case, and values of the fields ahead of the first empty line, in order.

    A line that begins with a blank belongs to the value ahead of it. Python's own reader does the same, and more that
    these files do not need; loading it takes longer than reading a small wheel.

    Arguments:
        content: of the file.

    Raises:
        ValueError: the fields are no text, or a line among them is no field.
    """
    fields: list[tuple[str, str]] = []
    head = content.replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")[0]
    for line in head.decode("utf-8").split("\n"):
        if line[:1] in (" ", "\t"):
            if not fields:
                raise ValueError("it begins with a continued line")
            name, value = fields[-1]
            fields[-1] = (name, f"{value}\n{line}")
        elif line:
            name, colon, value = line.partition(":")
            if not colon:
                raise ValueError(f"{line[:40]!r} is no field")
            fields.append((name.strip().lower(), value.strip()))
    return tuple(fields)
