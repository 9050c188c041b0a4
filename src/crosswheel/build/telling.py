"""Finds, in the output of a failed build, the lines that say why."""

import re

_CAUSE = re.compile(
    r"\berror\b|\bfatal\b|undefined (reference|symbol)|(cannot|could not) find|not found|No such file|No module named"
    r"|[A-Z]\w*Error\b|crosswheel:"
    r"|^\S+\.(pyx|pxd|pxi):\d+:\d+: ",  # Cython names no severity
    re.IGNORECASE,
)
_NOISE = re.compile(
    r"Traceback \(most recent|^\s*File \"|^\s+raise\b|-Werror|errors?\.(c|h|o|py|cpp)\b|strerror|^\s*\^"
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")  # ECMA-48, CSI
_MOST = 12
_LONGEST = 300  # characters of a line: a compiler's command can have thousands


def telling_lines(output: str) -> tuple[str, ...]:
    """Return the lines of a build's output that most likely say why it failed, in order, without repetition.

    Arguments:
        output: everything that the build printed.
    """
    lines = [_shortened(line.rstrip()) for line in _COLOUR.sub("", output).splitlines() if line.strip()]
    causes = list(dict.fromkeys(line for line in lines if _CAUSE.search(line) and not _NOISE.search(line)))
    if not causes:
        return tuple(lines[-_MOST:])
    if len(causes) <= _MOST:
        return tuple(causes)
    # The first cause starts the others, the last one is what the backend makes of it.
    return (*causes[: _MOST - 4], "…", *causes[-3:])


def _shortened(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
