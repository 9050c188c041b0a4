"""The one place that carries a repair plan out."""

from collections.abc import Mapping
from pathlib import Path

from crosswheel.errors import UsageError
from crosswheel.repair.plan import plan_repair
from crosswheel.store import atomic_write
from crosswheel.targets import Target
from crosswheel.wheel import CopiedMember, NewMember, read_wheel, write_wheel


def repair_wheel(
    source: Path,
    target: Target,
    *,
    out: Path,
    source_date_epoch: int,
    extra_files: Mapping[str, bytes] | None = None,
) -> Path:
    """Write a wheel again, with the target's tags, more files and a true RECORD; same input, same bytes.

    Arguments:
        source: the wheel as it was built.
        target: that it was built for.
        out: folder of the new wheel; a file of the same name in it is replaced at once, or not at all.
        source_date_epoch: seconds since 1970, UTC: the date of every file in it.
        extra_files: contents by path from the wheel's root, such as an SBOM in `.dist-info/sboms`.

    Raises:
        BadInputError: the wheel is damaged or hostile.
        UsageError: it is not there, or an extra file leads outside.
        LackError: the folder cannot be written to.
    """
    try:
        file = source.open("rb")
    except OSError as error:
        raise UsageError(f"{source} cannot be read", why=error.strerror or str(error)) from error
    with file:
        reader = read_wheel(file, source.name)
        plan = plan_repair(reader, target, extra_files or {})
        edited = {edit.path: edit.content for edit in plan.edits}
        members: list[CopiedMember | NewMember] = [
            CopiedMember(path=path, reader=reader) for path in reader.members if path not in edited
        ]
        members += [
            NewMember(path=path, content=content, executable=path in reader.members and reader.members[path].executable)
            for path, content in edited.items()
        ]
        destination = out / str(plan.name)
        with atomic_write(destination) as written:
            write_wheel(written, members, dist_info=reader.dist_info, source_date_epoch=source_date_epoch)
    return destination
