"""Installs a wheel in the target environment, imports it, and runs its tests."""

from crosswheel.trial.trial import ProofLevel, Trial, try_wheel

__all__ = ["ProofLevel", "Trial", "try_wheel"]
