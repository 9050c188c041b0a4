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
# What the start of a program that is not there looks like: in setuptools and Meson, in older setuptools and distutils,
# in make and bash, in dash, in CMake.
_NOT_THERE = re.compile(
    r"No such file or directory: '(?P<python>[^'\n]+)'"
    r"|(?:command|execute) '?(?P<distutils>[^'\s:]+)'?(?: failed)?: No such file or directory"
    r"|^\S*(?:make|sh)(?:\[\d+\])?: (?:line \d+: )?(?P<make>[^\s:]+): (?:No such file or directory|command not found)"
    r"|^\S*sh: \d+: (?P<dash>[^\s:]+): not found"
    r"|CMAKE_\w+_COMPILER:\s+(?P<cmake>\S+)\s+is not a full path",
    re.MULTILINE,
)
_FORTRAN = r"gfortran|ifort|ifx|g77|f77|f90|f95|flang|pgfortran|nvfortran|armflang|xlf|mpifort|mpif\d\d"
_C = (
    r"cc|gcc|clang|c\+\+|g\+\+|clang\+\+|cl|icc|icpc|icx|icpx|dpcpp|pgcc|pgc\+\+|nvc|nvc\+\+|nvcc|hipcc|xlc|xlC|armclang|tcc"
    r"|mpicc|mpicxx|mpic\+\+"
)
_COMPILER = re.compile(rf"(?:[\w.+-]+-)?(?:{_C}|(?P<fortran>{_FORTRAN}))(?:-[\d.]+)?")
# A compiler that was there after all, and found something.
_WENT_ON = re.compile(r":\d+: (?:fatal )?error: ")
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")  # ECMA-48, CSI
_TAKE_OURS = (
    "let it take its compilers from CC and CXX, which are set, or call them gcc, clang, cc, g++, clang++ or c++: all "
    "of these compile for the target"
)
_GIVE_FORTRAN = (
    'a project that says [external] build-requires = ["virtual:compiler/fortran"] in its pyproject.toml gets gfortran '
    "for the target, and FC set"
)
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


def missing_compiler(output: str) -> tuple[str, str] | None:
    """Return what compiler a build wanted to start that is not there, and what to do; None if that was not it.

    Arguments:
        output: everything that the build printed.
    """
    text = _COLOUR.sub("", output)
    for found in _NOT_THERE.finditer(text):
        name = next(filter(None, found.groups()))
        compiler = _COMPILER.fullmatch(name.rpartition("/")[2])
        if compiler and not _WENT_ON.search(text, found.end()):
            why = f"the build asks for the compiler {name}, which is not there"
            return why, _GIVE_FORTRAN if compiler["fortran"] else _TAKE_OURS
    return None


def _shortened(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
