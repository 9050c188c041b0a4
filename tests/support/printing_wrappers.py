"""Compiler wrappers whose zig tells what it was given."""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crosswheel.targets import Target
from crosswheel.toolchains import Toolchain, WrapperRules, write_wrappers

PRINTER = """#!/bin/sh
printf '%s\\0' "$@"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What became of one call of a wrapper."""

    status: int
    arguments: tuple[str, ...]
    output: str
    errors: str

    def between(self, first: str, last: str) -> tuple[str, ...]:
        """Return the arguments after `first` and before `last`."""
        return self.arguments[self.arguments.index(first) + 1 : self.arguments.index(last)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrappers:
    """Wrappers in a folder, run by one shell."""

    shell: tuple[str, ...]
    scripts: Mapping[str, Path]
    directory: Path

    def __call__(self, name: str, *arguments: str) -> Said:
        done = subprocess.run(
            [*self.shell, str(self.scripts[name]), *arguments],
            cwd=self.directory,
            env={"PATH": ""},
            capture_output=True,
            check=False,
        )
        output = done.stdout.decode()
        return Said(
            status=done.returncode,
            arguments=tuple(output.split("\0")[:-1]),
            output=output,
            errors=done.stderr.decode(),
        )


Maker = Callable[..., Wrappers]


def wrappers_in(folder: Path, target: str, fields: Mapping[str, object]) -> Wrappers:
    zig = folder / "zig"
    zig.write_text(PRINTER, encoding="ascii")
    zig.chmod(0o755)
    (folder / "build").mkdir(exist_ok=True)
    parsed = Target.parse(target)
    toolchain = Toolchain(target=parsed, zig=zig, version="0", cache=folder / "cache", objects=folder / "cache")
    values = {
        "sysroot": None,
        "build_folder": folder / "build",
        "extension_suffixes": parsed.extension_suffixes,
        **fields,
    }
    rules = WrapperRules(**values)  # type: ignore[arg-type]  # fields by name, as each test needs them
    scripts = write_wrappers(folder / "tools", toolchain, rules)
    return Wrappers(shell=(), scripts=scripts, directory=folder / "build")


# What stands before the package's own arguments ends with one of these.
_FIXED = ("-ffile-prefix-map=", "-Wno-error=")
# What every shared object gets.
_OWN_SCRIPTS = ("/tools/.extension.map", "/tools/.library.map")


def given_to_zig(said: Said) -> tuple[str, ...]:
    """Return the package's own arguments as zig got them: what stands after the fixed ones."""
    assert said.status == 0, said.errors
    fixed = max(number for number, one in enumerate(said.arguments) if one.startswith(_FIXED))
    return tuple(one for one in said.arguments[fixed + 1 :] if not one.endswith(_OWN_SCRIPTS))


def version_scripts(said: Said) -> tuple[str, ...]:
    """Return the names of the linker's version scripts."""
    option = "-Wl,--version-script="
    return tuple(Path(one.removeprefix(option)).name for one in said.arguments if one.startswith(option))
