"""Runs the Meson of a build's environment on this machine's Python: a program that imports nothing of crosswheel.

Arguments: a settings file (JSON), then Meson's own.
"""

import importlib
import json
import os
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Run Meson and return its exit status."""
    settings = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    arguments = arguments[1:]
    if not (Path(settings["path"]) / "mesonbuild").is_dir():
        print("meson: it is not among the build requirements of this package", file=sys.stderr)  # noqa: T201 a program of its own
        return 127
    if arguments[:1] == ["runpython"]:
        os.execv(settings["python"], [settings["python"], *arguments[1:]])  # noqa: S606 no shell is wanted
    if settings["machine"]:
        _pose(settings["machine"], settings["byte_order"])
    sys.path.insert(0, settings["path"])
    sys.pycache_prefix = settings["bytecode"]
    mesonlib, mesonmain = (importlib.import_module(f"mesonbuild.{name}") for name in ("mesonlib", "mesonmain"))
    # Python programs that a project runs (generators, `python3`) belong to the target's Python, which sees
    # the build requirements. Meson's own helpers come through this program again, since its name does not end in .py.
    mesonlib.python_command[:] = [settings["python"]]
    status = mesonmain.run(_with_machine_file(arguments, settings["option"]), settings["shim"])
    return int(status or 0)


def _pose(machine: str, byte_order: str) -> None:
    """Let os.uname, which platform.machine asks, and sys.byteorder speak of the target."""
    true = os.uname()
    posed = os.uname_result((true.sysname, "localhost", true.release, true.version, machine))
    os.uname = lambda: posed
    sys.byteorder = byte_order  # type: ignore[assignment] # what Meson tells of a native build's machine


def _with_machine_file(arguments: list[str], option: str) -> list[str]:
    """Add the machine file to `meson setup`, before the project's own options, which may then override it."""
    if arguments[:1] == ["setup"]:
        return ["setup", option, *arguments[1:]]
    commands = importlib.import_module("mesonbuild.mesonmain").CommandLineParser().commands
    known = {*commands, "-h", "--help", "-v", "--version", "--internal"}
    if not arguments or arguments[0] in known:
        return arguments
    return ["setup", option, *arguments]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
