"""What has to change in a wheel, as values that can be looked at before anything is done."""

from collections.abc import Mapping
from dataclasses import dataclass

from crosswheel.errors import UsageError
from crosswheel.targets import AnyPlatform, Target
from crosswheel.wheel import WheelName, WheelReader, with_tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Give a file of the wheel, new or there already, this content.

    Arguments:
        path: from the wheel's root.
        content: its bytes.
    """

    path: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairPlan:
    """Everything that changes in a wheel; RECORD follows from it.

    Arguments:
        name: the file name that it gets.
        edits: of files, each path once, sorted by path.
    """

    name: WheelName
    edits: tuple[Edit, ...]


def plan_repair(reader: WheelReader, target: Target, extra_files: Mapping[str, bytes]) -> RepairPlan:
    """Return what has to change so that the wheel carries the target's platform tag and the given files.

    The Python and ABI tags stay. A wheel for any platform keeps its tags.

    Arguments:
        reader: of the wheel.
        target: whose platform tag it gets, with its older alias.
        extra_files: contents by path; what is there already is replaced.

    Raises:
        UsageError: a path of the extra files is not inside the wheel, or is RECORD, which is made anew.
        BadInputError: the WHEEL file is damaged.
    """
    for path in extra_files:
        if path == f"{reader.dist_info}/RECORD" or any(part in ("", ".", "..") for part in path.split("/")):
            raise UsageError(f"{path} cannot be added to a wheel", why="it is RECORD, or leads outside")
    name = reader.name
    contents = dict(extra_files)
    if not name.is_any and not isinstance(target.platform, AnyPlatform):
        name = name.with_platforms(target.wheel_platform_tag().split("."))
    wheel_file = f"{reader.dist_info}/WHEEL"
    before = reader.read(wheel_file)
    after = with_tags(before, name.tags)
    if after != before:
        contents[wheel_file] = after
    return RepairPlan(
        name=name,
        edits=tuple(Edit(path=path, content=content) for path, content in sorted(contents.items())),
    )
