"""Pythons of a few files: an ELF program, headers and sysconfig data, and nothing that would run."""

from pathlib import Path

PROGRAM = Path(__file__).parents[1] / "elf" / "files" / "program-aarch64"
SUFFIX = ".cpython-312-aarch64-linux-gnu.so"


def made_prefix(
    prefix: Path,
    *,
    name: str = "python3.12",
    headers: str | None = None,
    version: str = "3.12.4",
    suffix: str = SUFFIX,
    program: bytes | None = None,
) -> Path:
    """Make the prefix of a Python of the target, and return it.

    Arguments:
        prefix: folder to make.
        name: of the interpreter.
        headers: name of its folder of headers; None for the interpreter's.
        version: what its headers say.
        suffix: what its sysconfig data say of extension modules.
        program: the interpreter; None for one for aarch64 and glibc.
    """
    include, library = prefix / "include" / (headers or name), prefix / "lib" / name.rstrip("m")
    for folder in (prefix / "bin", include, library):
        folder.mkdir(parents=True, exist_ok=True)
    interpreter = prefix / "bin" / name
    interpreter.write_bytes(PROGRAM.read_bytes() if program is None else program)
    interpreter.chmod(0o755)
    (prefix / "bin/python3").unlink(missing_ok=True)
    (prefix / "bin/python3").symlink_to(name)
    (include / "Python.h").write_text("")
    (include / "pyconfig.h").write_text("")
    (include / "patchlevel.h").write_text(f'#define PY_VERSION      "{version}"\n')
    variables = f" 'EXT_SUFFIX': '{suffix}',\n 'LIBDIR': '/install/lib',\n 'CFLAGS': '-I/install/include -O2'"
    comment = "# system configuration generated and used by the sysconfig module\n"  # uv looks for it
    data = library / "_sysconfigdata__linux_aarch64-linux-gnu.py"
    data.write_text(f"{comment}build_time_vars = {{\n{variables}}}\n")
    return prefix
