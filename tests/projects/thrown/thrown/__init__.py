"""Says, on import, whether everything was caught."""

from thrown._core import tell

CAUGHT = [
    "Trouble trouble",
    "InlineTrouble inline",
    "exception standard",
    "bad_alloc",
    "out_of_range",
    "string text",
    "int 5",
    "something",
    "own",
    "9",
    "2 b",
]
if tell().splitlines() != CAUGHT:
    raise ImportError("caught: %s" % tell().splitlines())
