"""What is in a wheel: read once, member by member."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from crosswheel.elf import ElfFile, MalformedElfError, is_elf, parse_elf
from crosswheel.errors import BadInputError
from crosswheel.wheel import RecordProblem, WheelMetadata, WheelName, WheelReader, record_problems
from crosswheel.wheel.record import by_path, row_problem

# zig's UBSan runtime is written in Zig (lib/ubsan_rt.zig, 0.17): stripped, it has no symbol, but its panic and what it
# has to say. The linker may leave only the messages of the checks that the code has, so there is one for each.
_ZIG_PANIC = b"aborting due to recursive panic"
_ZIG_MESSAGES = (
    b" cannot be represented in type ",
    b"_Nonnull binding to",
    b" out of bounds for type ",
    b"pointer index expression with base 0x",
    b" for pointer of type ",
    b"shift exponent ",
    b"execution reached an unreachable program point",
    b"execution reached the end of a value-returning function",
    b"null pointer returned from function declared to never return null",
    b"null pointer passed as argument ",
    b", which is not valid for type ",
    b"passing zero to ",
    b"variable length array bound evaluates to non-positive value ",
    b" is outside the range of representable values of type ",
)
# LLVM's runtime, linked statically; a compiler knows the second text alone.
_LLVM_TEXTS = (b"UBSAN_OPTIONS", b"UndefinedBehaviorSanitizer")


@dataclass(frozen=True, kw_only=True)
class WheelFacts:
    """What is in a wheel.

    Arguments:
        name: its file name.
        wheel_metadata: its WHEEL file.
        metadata_name: Name in METADATA, "" for none.
        metadata_version: Version in METADATA, "" for none.
        elf_files: facts by path.
        malformed: why a file that begins as an ELF file is none, by path.
        sanitized: what tells of a sanitizer, by path.
        record_problems: differences between RECORD and the files.
    """

    name: WheelName
    wheel_metadata: WheelMetadata
    metadata_name: str
    metadata_version: str
    elf_files: Mapping[str, ElfFile]
    malformed: Mapping[str, str]
    sanitized: Mapping[str, str]
    record_problems: tuple[RecordProblem, ...]

    @cached_property
    def libraries(self) -> Mapping[str, str]:
        """The paths of the wheel's ELF files by what the loader may call them: SONAME and file name."""
        named: dict[str, str] = {}
        for path, file in self.elf_files.items():
            for name in (PurePosixPath(path).name, file.soname):
                if name:
                    named.setdefault(name, path)
        return named


def read_facts(reader: WheelReader) -> WheelFacts:
    """Return what is in a wheel.

    Raises:
        BadInputError: the archive, or one of the files in .dist-info that say what it is, is damaged.
    """
    rows = reader.record()
    row_by_path = by_path(rows)
    problems = list(record_problems(rows, reader.members, reader.dist_info))
    elf_files: dict[str, ElfFile] = {}
    malformed: dict[str, str] = {}
    sanitized: dict[str, str] = {}
    for path in reader.members:
        content = reader.read(path)
        row = row_by_path.get(path)
        if row is not None and (problem := row_problem(row, content, reader.dist_info)):
            problems.append(problem)
        if not is_elf(content):
            continue
        try:
            elf_files[path] = parse_elf(content)
        except MalformedElfError as error:
            malformed[path] = error.why
            continue
        if trace := _sanitizer_trace(elf_files[path], content):
            sanitized[path] = trace
    try:
        metadata = reader.metadata()
    except ValueError as error:
        raise BadInputError(f"METADATA of {reader.name} is damaged", why=str(error)) from error
    return WheelFacts(
        name=reader.name,
        wheel_metadata=reader.wheel_metadata(),
        metadata_name=metadata.get("name", ""),
        metadata_version=metadata.get("version", ""),
        elf_files=elf_files,
        malformed=malformed,
        sanitized=sanitized,
        record_problems=tuple(problems),
    )


def _sanitizer_trace(file: ElfFile, content: bytes) -> str:
    if file.sanitizer_handlers:
        return file.sanitizer_handlers[0]
    if all(text in content for text in _LLVM_TEXTS):
        return "the texts of LLVM's runtime"
    # A compiler, which is a program, has both in it: zig itself is one.
    if file.needed and file.interpreter is None and _ZIG_PANIC in content:
        for text in _ZIG_MESSAGES:
            if text in content:
                return f"the text {text.decode().strip()!r} of zig's runtime"
    return ""
