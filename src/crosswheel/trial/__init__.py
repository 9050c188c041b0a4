"""Installs a wheel in the target environment, imports it, and runs its tests."""

from crosswheel.trial.trial import ProofLevel, Trial, command_words, try_wheel

__all__ = ["ProofLevel", "Trial", "command_words", "try_wheel"]
