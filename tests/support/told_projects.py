"""The projects of tests/projects that say what they were told of their target, and what is true of it.

Each folder holds what makes it a project of its build backend; `shared` has what is the same in all.
"""

import json
import shutil
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

PROJECTS = Path(__file__).parents[1] / "projects"
PURE = frozenset({"with-flit", "with-uv-build", "with-cffi-abi"})  # wheels for any platform
NOT_C = frozenset({"with-mypyc", "with-rust"})  # compiled, without the header that tells
TEST = ("--test-command", "python -m told")
_BEGIN = b"told:machine="


def names() -> tuple[str, ...]:
    """Return the projects' names."""
    return tuple(sorted(folder.name for folder in PROJECTS.glob("with-*")))


def copy_project(name: str, folder: Path) -> Path:
    """Copy a project, whole, into a folder that is not there yet, and return that."""
    shutil.copytree(PROJECTS / "shared", folder)
    if name == "with-autotools":
        shutil.copytree(PROJECTS / "probe" / "configured", folder / "configured")
    shutil.copytree(PROJECTS / name, folder, dirs_exist_ok=True)
    return folder


def truth(architecture: str, libc: str) -> dict[str, str]:
    """Return what a C compiler has to say of an architecture, as the keys of told.h.

    Arguments:
        architecture: its name in platform tags.
        libc: "glibc" or "musl".
    """
    table = tomllib.loads((PROJECTS / "truth.toml").read_text(encoding="utf-8"))[architecture]
    own = table.pop("musl", {})
    facts = {**table, **(own if libc == "musl" else {})}
    return {"machine": architecture, "libc": libc, "wchar": "4", **{key: str(value) for key, value in facts.items()}}


def facts_of(text: str) -> dict[str, str]:
    """Return the facts of a text that told.h made."""
    return dict(pair.split("=", 1) for pair in text.removeprefix("told:").split(";") if pair)


def read_told(wheel: Path) -> dict[str, str]:
    """Return the facts that stand in a wheel's machine code, which need not run; {} where none do."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            content = archive.read(name) if ".so" in name else b""
            if _BEGIN in content:
                return facts_of(content[content.index(_BEGIN) :].split(b"\0", 1)[0].decode("ascii"))
    return {}


def said_in(log: str) -> dict[str, object]:
    """Return what `python -m told` printed in a trial; {} where none ran."""
    lines = [line.removeprefix("told ") for line in log.splitlines() if line.startswith("told {")]
    return dict(json.loads(lines[-1])) if lines else {}


def lies(
    facts: Mapping[str, str], architecture: str, libc: str, suffixes: tuple[str, ...], *, whole: bool = True
) -> list[str]:
    """Return each fact that is not true of the target.

    Arguments:
        facts: what stands in the wheel.
        architecture: of the target.
        libc: "glibc" or "musl".
        suffixes: those that the target's Python imports.
        whole: whether a fact that is missing is one too.
    """
    true = truth(architecture, libc)
    expected: dict[str, tuple[str, ...]] = {key: (value,) for key, value in true.items()}
    for of_python, of_compiler in (("byte_order", "byte_order"), ("pointer", "pointer"), ("long", "long")):
        expected[f"python_{of_python}"] = (true[of_compiler],)
    expected["python_size_t"], expected["python_wchar"] = (true["pointer"],), ("4",)
    expected["platform"] = (f"linux-{architecture}", f"linux-{_LOOSE.get(architecture, architecture)}")
    expected["suffix"] = suffixes
    expected["configure_byte_order"] = (true["byte_order"],)
    wrong = [
        f"{key}: {facts[key]}, not {' or '.join(values)}"
        for key, values in expected.items()
        if key in facts and facts[key] not in values
    ]
    return wrong + [f"{key} was not told" for key in true if whole and key not in facts]


def lies_of_python(said: Mapping[str, object], architecture: str, libc: str, suffixes: tuple[str, ...]) -> list[str]:
    """Return each thing that the Python of a trial says of itself and that is not true of the target."""
    true = truth(architecture, libc)
    expected: dict[str, tuple[object, ...]] = {
        "machine": (architecture, _LOOSE.get(architecture, architecture)),
        "byte_order": (true["byte_order"],),
        "pointer": (int(true["pointer"]),),
        "suffix": suffixes,
    }
    return [f"{key} of the trial: {said.get(key)}" for key, values in expected.items() if said.get(key) not in values]


# What uname says of 32-bit programs differs from the tag's architecture.
_LOOSE = {"i686": "i386", "armv7l": "armv8l"}
