"""From a raw wheel to one that was proved: audited, given its true tags, noted what is in it."""

from collections.abc import Sequence
from pathlib import Path

from crosswheel.app.job import Job
from crosswheel.audit import Finding, Report, Severity, audit_wheel
from crosswheel.elf import parse_elf
from crosswheel.errors import BadInputError, RefusedError
from crosswheel.pythons import TargetPython
from crosswheel.repair import repair_wheel
from crosswheel.store import SysrootPackage
from crosswheel.targets import Target
from crosswheel.wheel import read_wheel
