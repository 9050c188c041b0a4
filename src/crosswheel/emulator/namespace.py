"""Starts a program in whose whole process tree programs of another architecture can be started: a program of its own.

    python -I namespace.py --interpreter QEMU --name NAME --magic HEX --mask HEX
        [--cpuinfo FILE] [--hide FOLDER]... [--thin FOLDER]... -- PROGRAM [ARGUMENT]...

In a new user namespace it mounts a binfmt_misc of that namespace's own (Linux 6.7 and newer), registers the emulator
there, hides the host's development files, and becomes PROGRAM: same process, same user, same exit status, signals reach
it. No privilege is needed, nothing of the machine is changed, and all of it is gone with the last process.

It imports nothing of crosswheel, and nothing that starts slowly. Where a step fails it says why, and ends with 125.
"""

import ctypes
import errno
import os
import sys
from typing import NoReturn

FAILED = 125

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_SLAVE = 4096, 16384, 1 << 19

BINFMT = "/proc/sys/fs/binfmt_misc"
DEVELOPMENT = (".a", ".la", ".so")
DEVELOPMENT_FOLDERS = ("cmake", "pkgconfig")

# What these errors mean where namespaces are made (user_namespaces(7)): their own words lead astray.
MEANINGS = {
    errno.ENOSPC: "there may be no more of them (sysctl user.max_user_namespaces)",
    errno.EUSERS: "there may be no more of them (sysctl user.max_user_namespaces)",
    errno.EPERM: "not permitted here, as in many containers and where AppArmor restricts them",
}

_libc = ctypes.CDLL(None, use_errno=True)


def fail(what: str, error: OSError) -> NoReturn:
    """End this program, and say why."""
    sys.stderr.write(f"crosswheel: {what}: {MEANINGS.get(error.errno or 0, error.strerror)}\n")
    sys.exit(FAILED)


def unshare(flags: int) -> None:
    """Leave the namespaces of these kinds for new ones."""
    if _libc.unshare(flags):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Mount; an empty text stands for none."""
    arguments = [os.fsencode(text) if text else None for text in (source, target, kind)]
    if _libc.mount(*arguments, ctypes.c_ulong(flags), os.fsencode(options) if options else None):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), target)


def write(path: str, text: str) -> None:
    """Write a file of /proc, which takes one write."""
    handle = os.open(path, os.O_WRONLY)
    try:
        os.write(handle, os.fsencode(text))
    finally:
        os.close(handle)


def identity_map(path: str) -> str:
    """Return a map that maps every number that is known here to itself."""
    with open(path, encoding="ascii") as file:
        lines = [line.split() for line in file]
    return "".join(f"{inside} {inside} {count}\n" for inside, _, count in lines)


def enter_with_all_users() -> None:
    """Enter a user namespace in which every user is who they were, as only root may.

    A map of many users has to be written by a process of the outer namespace: a child that ends right away.
    """
    users, groups = identity_map("/proc/self/uid_map"), identity_map("/proc/self/gid_map")
    entered_read, entered_write = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if not child:
        os.close(entered_write)
        os.read(entered_read, 1)
        try:
            write(f"/proc/{parent}/uid_map", users)
            write(f"/proc/{parent}/gid_map", groups)
        except OSError as error:
            os._exit(error.errno or 1)
        os._exit(0)
    os.close(entered_read)
    try:
        unshare(CLONE_NEWUSER | CLONE_NEWNS)
    finally:
        os.close(entered_write)
        _, status = os.waitpid(child, 0)
    if code := os.waitstatus_to_exitcode(status):
        raise OSError(code, os.strerror(code))


def enter_alone(inner_user: int, inner_group: int, flags: int) -> None:
    """Enter a user namespace that knows one user: this one, by that number."""
    user, group = os.geteuid(), os.getegid()
    unshare(CLONE_NEWUSER | flags)
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"{inner_user} {user} 1")
    write("/proc/self/gid_map", f"{inner_group} {group} 1")


def hide(folder: str) -> None:
    """Put an empty folder that cannot be written to in the place of one, if there is one."""
    if os.path.isdir(folder):
        mount("tmpfs", folder, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV, "mode=755,size=4k")


def thin(folder: str) -> None:
    """Take out of a folder what only development needs; programs that run go on finding their files there."""
    if not os.path.isdir(folder):
        return
    original = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    names = os.listdir(folder)
    mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m")
    for name in names:
        if name.endswith(DEVELOPMENT) or name in DEVELOPMENT_FOLDERS:
            continue
        source, place = f"/proc/self/fd/{original}/{name}", f"{folder}/{name}"
        if os.path.islink(source):
            os.symlink(os.readlink(source), place)
            continue
        if os.path.isdir(source):
            os.mkdir(place)
        else:
            os.close(os.open(place, os.O_CREAT | os.O_WRONLY))
        mount(source, place, "", MS_BIND | MS_REC)
    mount("", folder, "", MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)
    os.close(original)


def registration(name: str, magic: str, mask: str, interpreter: str) -> str:
    r"""Return the line that binfmt_misc takes; bytes are given as \xHH, and any character may part the fields.

    Flags: F opens the emulator now, so that it is found in whatever root a build makes for itself; P hands on argv[0].
    """
    delimiter = next(character for character in ":|,;!^" if character not in interpreter)
    coded = ["".join(f"\\x{text[at : at + 2]}" for at in range(0, len(text), 2)) for text in (magic, mask)]
    return delimiter.join(["", name, "M", "0", *coded, interpreter, "PF"])


def arguments(argv: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Return the options, each with its values, and what follows `--`."""
    end = argv.index("--")
    options: dict[str, list[str]] = {}
    for name, value in zip(argv[:end:2], argv[1:end:2], strict=True):
        options.setdefault(name, []).append(value)
    return options, argv[end + 1 :]


def main(argv: list[str]) -> NoReturn:
    """Set the namespace up and become the program."""
    options, command = arguments(argv)
    user, group = os.geteuid(), os.getegid()
    nested = False
    try:
        if user:
            enter_alone(0, 0, CLONE_NEWNS)
            nested = True
        else:
            enter_with_all_users()
    except OSError as error:
        fail("a user namespace could not be made", error)
    try:
        mount("", "/", "", MS_REC | MS_SLAVE)
        mount("binfmt_misc", BINFMT, "binfmt_misc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
        line = registration(
            options["--name"][0], options["--magic"][0], options["--mask"][0], options["--interpreter"][0]
        )
        write(f"{BINFMT}/register", line)
    except OSError as error:
        fail("a binfmt_misc of its own could not be made in the user namespace (Linux 6.7 and newer can)", error)
    try:
        for folder in options.get("--hide", ()):
            hide(folder)
        for folder in options.get("--thin", ()):
            thin(folder)
        for path in options.get("--cpuinfo", ()):
            mount(path, "/proc/cpuinfo", "", MS_BIND)
        if nested:
            # As user 0, GNU tar would give files to owners that are unknown in here, and fail.
            enter_alone(user, group, 0)
    except OSError as error:
        fail(f"the host's development files could not be hidden ({error.filename or 'user namespace'})", error)
    try:
        os.execvp(command[0], command)  # noqa: S606 no shell is wanted
    except OSError as error:
        sys.stderr.write(f"crosswheel: {command[0]} could not be started: {error.strerror}\n")
        sys.exit(127 if isinstance(error, FileNotFoundError) else 126)


if __name__ == "__main__":
    main(sys.argv[1:])
