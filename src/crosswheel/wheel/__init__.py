"""Wheels: names, a reader that believes nothing, a writer that gives the same bytes for the same input."""

from importlib import import_module
from typing import TYPE_CHECKING

from crosswheel.wheel.directory import MemberFault, MemberProblem
from crosswheel.wheel.metadata import WheelMetadata, with_tags
from crosswheel.wheel.modules import top_level_modules
from crosswheel.wheel.name import WheelName
from crosswheel.wheel.reader import DamagedMemberError, Member, Scratch, WheelReader, read_wheel

if TYPE_CHECKING:
    from crosswheel.wheel.record import RecordProblem, RecordRow, record_problems
    from crosswheel.wheel.writer import CopiedMember, EditedMember, NewMember, write_wheel

__all__ = [
    "CopiedMember",
    "DamagedMemberError",
    "EditedMember",
    "Member",
    "MemberFault",
    "MemberProblem",
    "NewMember",
    "RecordProblem",
    "RecordRow",
    "Scratch",
    "WheelMetadata",
    "WheelName",
    "WheelReader",
    "read_wheel",
    "record_problems",
    "top_level_modules",
    "with_tags",
    "write_wheel",
]

# Whoever only asks for a wheel's tags does not wait until these are loaded.
_LATER = {
    "RecordProblem": "crosswheel.wheel.record",
    "RecordRow": "crosswheel.wheel.record",
    "record_problems": "crosswheel.wheel.record",
    "CopiedMember": "crosswheel.wheel.writer",
    "EditedMember": "crosswheel.wheel.writer",
    "NewMember": "crosswheel.wheel.writer",
    "write_wheel": "crosswheel.wheel.writer",
}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
