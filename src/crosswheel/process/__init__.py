"""The only place that starts programs, and that asks what machine this is."""

from crosswheel.process.command import Command, Completed
from crosswheel.process.host import Host, this_host
from crosswheel.process.report import Reporter, SilentReporter
from crosswheel.process.run import Processes

__all__ = ["Command", "Completed", "Host", "Processes", "Reporter", "SilentReporter", "this_host"]
