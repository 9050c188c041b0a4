"""Wheels made in memory, right or with one fault, for the tests of several rooms."""

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

from crosswheel.audit import Claims, Report, audit_wheel, read_facts
from crosswheel.targets import Target
from crosswheel.wheel import WheelReader

FILES = Path(__file__).parents[1] / "elf" / "files"
NAME = "x-1.0-cp311-cp311-linux_aarch64.whl"
EXTENSION = "x/_ext.cpython-311-aarch64-linux-gnu.so"
PYTHON_SYMBOLS = frozenset({"PyModule_Create2"})


def elf_bytes(name: str) -> bytes:
    """Return one of the recorded ELF files."""
    return (FILES / name).read_bytes()


def healthy_files() -> dict[str, bytes]:
    """Return a package with an extension module for CPython 3.11 on aarch64, that has nothing wrong."""
    return {"x/__init__.py": b"from ._ext import *\n", EXTENSION: elf_bytes("ext-aarch64.so")}


def record_line(path: str, content: bytes) -> str:
    """Return the row of RECORD for a file."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"{path},sha256={digest},{len(content)}"


def make_wheel(
    files: Mapping[str, bytes],
    *,
    name: str = NAME,
    root_is_purelib: bool = False,
    tags: Sequence[str] | None = None,
    metadata: bytes | None = None,
    replaced: Mapping[str, bytes | None] | None = None,
) -> io.BytesIO:
    """Return a wheel of these files.

    Arguments:
        files: contents by path.
        name: its file name, which its .dist-info is made from.
        root_is_purelib: what WHEEL says.
        tags: what WHEEL says; by default those of the name.
        metadata: content of METADATA; by default what the name says.
        replaced: contents of files after RECORD was made; None takes one out, also RECORD itself.
    """
    distribution, version, *_, python, abi, platforms = name.removesuffix(".whl").split("-")
    dist_info = f"{distribution}-{version}.dist-info"
    if tags is None:
        every = product(python.split("."), abi.split("."), platforms.split("."))
        tags = ["-".join(parts) for parts in every]
    wheel = f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: {str(root_is_purelib).lower()}\n"
    contents = {
        **files,
        f"{dist_info}/METADATA": metadata
        or f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n".encode(),
        f"{dist_info}/WHEEL": (wheel + "".join(f"Tag: {tag}\n" for tag in tags)).encode(),
    }
    lines = [record_line(path, content) for path, content in contents.items()]
    contents[f"{dist_info}/RECORD"] = "\n".join([*lines, f"{dist_info}/RECORD,,", ""]).encode()
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in {**contents, **(replaced or {})}.items():
            if content is not None:
                archive.writestr(path, content)
    output.seek(0)
    return output


def audit_of(reader: WheelReader, target: Target, *, python_symbols: frozenset[str]) -> Report:
    """Return what the audit of a wheel for a target says."""
    facts = read_facts(reader)
    return audit_wheel(facts, Claims.of_target(target, facts.name), python_symbols=python_symbols)
