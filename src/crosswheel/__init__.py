"""Correct, portable, tested Python wheels for any target platform, from the machine you already have."""

__version__ = "0.1.0"
