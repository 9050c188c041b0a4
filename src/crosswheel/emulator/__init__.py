"""Programs of another processor: qemu-user, found or fetched, and the ways in which a build starts them."""

from crosswheel.emulator.find import Emulator, HostPackages, find_emulator
from crosswheel.emulator.launcher import ExecMode, Launcher, ModeState, choose_launcher, survey_modes

__all__ = [
    "Emulator",
    "ExecMode",
    "HostPackages",
    "Launcher",
    "ModeState",
    "choose_launcher",
    "find_emulator",
    "survey_modes",
]
