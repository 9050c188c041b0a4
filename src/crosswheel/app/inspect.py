"""`inspect`: opens wheels, and has them audited."""

import contextlib
import mmap
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from crosswheel.audit import Claims, Depth, WheelFacts, read_facts, true_platform_tags
from crosswheel.audit.tags import may_be_for_musl
from crosswheel.errors import BadInputError, LackError, UsageError
from crosswheel.targets import Musllinux, Python, Target
from crosswheel.wheel import WheelReader, read_wheel

if TYPE_CHECKING:
    from crosswheel.audit import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What was found out about a wheel.

    Arguments:
        path: of the file.
        size: of the file, in bytes.
        report: of the audit.
    """

    path: Path
    size: int
    report: "Report"


def inspect_wheel(path: Path, *, target: Target | None = None, python: Python | None = None) -> Inspection:
    """Hold a wheel against what it claims, or against a target.

    Arguments:
        path: of the wheel.
        target: that it has to satisfy; None where its file name alone speaks.
        python: that is assumed where its tags name no interpreter (py3-none-PLATFORM).

    Raises:
        UsageError: there is no such file.
        BadInputError: it is no wheel, or too broken to say anything of it.
        LackError: it cannot be read, or there is no room for what is too large for memory.
    """
    from crosswheel.audit import audit_wheel

    with open_wheel(path) as reader:
        facts = _facts(reader, Depth.ALL)
        claims = Claims.of_target(target, facts.name) if target else Claims.of_wheel(facts.name, python)
        return Inspection(path=path, size=path.stat().st_size, report=audit_wheel(facts, claims))


def _facts(reader: WheelReader, depth: Depth) -> WheelFacts:
    try:
        return read_facts(reader, depth=depth)
    except BadInputError as error:
        # Who reads RECORD or WHEEL does not know whose it is, and there may be several wheels.
        if str(reader.name) in error.what:
            raise
        raise BadInputError(f"{reader.name}: {error.what}", why=error.why, hint=error.hint) from error


def platform_tags_of(path: Path) -> tuple[str, ...]:
    """Return the platform tags that a wheel may truly carry by machine, libraries, versions and symbols; best first.

    It is the quick part of `inspect_wheel`: RECORD and so on is not looked at; whether every symbol is found is, where
    no version of a symbol tells how new it is (musl).

    Arguments:
        path: of the wheel.

    Raises:
        UsageError: there is no such file.
        BadInputError: it is no wheel, or too broken to say anything of it.
        LackError: it cannot be read, or there is no room for what is too large for memory.
    """
    with open_wheel(path) as reader:
        claims = Claims.of_wheel(reader.name)
        claims_musl = any(isinstance(platform, Musllinux) for platform in claims.linux)
        facts = _facts(reader, Depth.SYMBOLS if claims_musl else Depth.TAGS)
        if not may_be_for_musl(facts, claims):
            return true_platform_tags(facts, claims)
        from crosswheel.audit.report import proved_platform_tags

        return proved_platform_tags(facts if claims_musl else _facts(reader, Depth.SYMBOLS), claims)


@contextlib.contextmanager
def open_wheel(path: Path) -> Iterator[WheelReader]:
    """Open a wheel, with room outside of memory for what is large in it.

    Raises:
        UsageError: there is no such file.
        BadInputError: it is no wheel.
        LackError: it cannot be read.
    """
    with _open(path) as file:
        yield read_wheel(file, path.name, scratch=make_scratch)


def _open(path: Path) -> BinaryIO:
    def opener(name: str, flags: int) -> int:
        # A pipe of that name would make whoever opens it wait for ever.
        descriptor = os.open(name, flags | os.O_NONBLOCK)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        raise UsageError(
            f"{path} is a folder" if path.is_dir() else f"{path} is no ordinary file",
            why="wheels are files, and read from their end",
            hint=f"name them: {path}/*.whl" if path.is_dir() else "copy it into a file",
        )

    try:
        return open(path, "rb", opener=opener)
    except FileNotFoundError as error:
        raise UsageError(f"{path} is not there", why="there is no such file", hint="name a wheel's file") from error
    except OSError as error:
        raise LackError(f"{path} cannot be read", why=error.strerror or str(error)) from error


def make_scratch(size: int) -> mmap.mmap:
    """Return room for that many bytes outside of memory: a mapping of a file that nobody else can find.

    Raises:
        LackError: there is no room.
    """
    import tempfile

    # The file has no name any more; it goes when nothing maps it.
    try:
        with tempfile.TemporaryFile() as file:
            os.posix_fallocate(file.fileno(), 0, size)  # a full disk is told here, not by a signal
            return mmap.mmap(file.fileno(), size)
    except OSError as error:
        raise LackError(
            "there is no room for what is too large for memory",
            why=f"{size} bytes in {tempfile.gettempdir()}: {error.strerror or error}",
            hint="make room there, or name another folder with TMPDIR",
        ) from error
