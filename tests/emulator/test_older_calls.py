"""System calls are taken away from a program and from what it starts."""

import errno
import subprocess
import sys
from pathlib import Path

import crosswheel.emulator

PROGRAM = Path(crosswheel.emulator.__file__).parent / "older_calls.py"
QUESTION = """
import ctypes, os, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
answer = libc.syscall(439, -100, b"/", 4, 0)
print(answer, ctypes.get_errno(), os.access("/", os.R_OK), os.stat("/").st_mode > 0)
statx = {"x86_64": 332, "aarch64": 291}[os.uname().machine]
room = ctypes.create_string_buffer(256)
folder = os.open("/", os.O_RDONLY)
print(libc.syscall(statx, -100, b".", 0, 0x7FF, room), libc.syscall(statx, folder, b".", 0, 0x7FF, room))
if len(sys.argv) > 1:
    sys.exit(subprocess.run([sys.executable, "-c", sys.argv[1]]).returncode)
"""


def test_faccessat2_is_not_there_and_the_c_library_does_without() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(PROGRAM), sys.executable, "-c", QUESTION, QUESTION],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [f"-1 {errno.ENOSYS} True True", "-1 0"] * 2
