"""An environment whose `python` is a script, and what packaging reads there."""

import json
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import packaging
import pytest

from crosswheel.pythons import make_environment
from host_environment import host_python

ARM, AARCH64 = 40, 183
HARD_FLOAT = 0x5000400  # e_flags: EABI 5, hard float (ELF for the Arm Architecture)
ASK = """
import json, sys
from packaging import _manylinux, _musllinux
print(json.dumps([sys.executable, _manylinux._have_compatible_abi(sys.executable, ["armv7l"]),
                  list(_musllinux.platform_tags(["aarch64"]))]))
"""


def program(path: Path, *, machine: int, interpreter: str) -> Path:
    """Write an ELF file that has an interpreter, and nothing to run."""
    wide = machine == AARCH64
    header, segment = ("<HHIQQQIHHHHHH", "<IIQQQQQQ") if wide else ("<HHIIIIIHHHHHH", "<IIIIIIII")
    begin, size = 16 + struct.calcsize(header), struct.calcsize(segment)
    flags = 0 if wide else HARD_FLOAT
    name = interpreter.encode() + b"\0"
    where = (begin + size, 0, 0, len(name), len(name))
    fields = (3, 4, *where, 1) if wide else (3, *where, 4, 1)
    head = struct.pack(header, 2, machine, 1, 0, begin, 0, flags, begin, size, 1, 0, 0, 0)
    ident = b"\x7fELF" + bytes((2 if wide else 1, 1, 1)) + bytes(9)
    path.write_bytes(ident + head + struct.pack(segment, *fields) + name)
    return path


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., list[object]]:
    """What packaging says in an environment of such a program; this machine's Python stands for the emulated one."""

    def answers(executable: Path) -> list[object]:
        # Of musl's dynamic linker, which says its version on standard error.
        emulator = tmp_path / "emulator"
        emulator.write_text('#!/bin/sh\necho "musl libc\nVersion 1.2.5 of ${1##*/}" >&2\nexit 1\n', encoding="utf-8")
        emulator.chmod(0o755)
        python = replace(host_python(), executable=executable, command=(str(emulator), str(executable)))
        environment = make_environment(tmp_path / "env", python)
        starter, folder = str(environment.python), str(environment.site)
        code = f"import site, sys; sys.executable = {starter!r}; site.addsitedir({folder!r})"
        paths = {"PYTHONPATH": str(Path(packaging.__file__).parents[1]), "PATH": "/usr/bin:/bin"}
        asked = [sys.executable, "-S", "-c", code + ASK]
        return list(json.loads(subprocess.run(asked, env=paths, capture_output=True, text=True, check=True).stdout))

    return answers


def test_hard_float_arm_is_seen(ask: Callable[..., list[object]], tmp_path: Path) -> None:
    executable = program(tmp_path / "python3", machine=ARM, interpreter="/lib/ld-linux-armhf.so.3")
    assert ask(executable) == [str(tmp_path / "env/bin/python"), True, []]


def test_musl_is_seen_and_asked_for_its_version(ask: Callable[..., list[object]], tmp_path: Path) -> None:
    executable = program(tmp_path / "python3", machine=AARCH64, interpreter="/lib/ld-musl-aarch64.so.1")
    assert ask(executable)[1:] == [False, ["musllinux_1_2_aarch64", "musllinux_1_1_aarch64", "musllinux_1_0_aarch64"]]


def test_where_the_header_decides_nothing_python_starts_as_fast_as_ever(tmp_path: Path) -> None:
    executable = program(tmp_path / "python3", machine=AARCH64, interpreter="/lib/ld-linux-aarch64.so.1")
    python = replace(host_python(), executable=executable, command=("/emulator", str(executable)))
    assert list(make_environment(tmp_path / "env", python).site.iterdir()) == []
