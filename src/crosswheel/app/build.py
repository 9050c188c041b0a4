"""`build`: every source for every target, one orchestration for all strategies."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosswheel.app.cache import CachedResult, find_result, keep_result
from crosswheel.app.job import Job, build_raw, fresh_folder
from crosswheel.app.prepare import Bench, choose_strategy, prepare
from crosswheel.app.proof import Proved, prove, trial_of
from crosswheel.app.request import BuildRequest, BuiltWheel, FailedBuild, Outcome
from crosswheel.app.workshop import Workshop
from crosswheel.build import FetchedSource, Recipe, Source, fetch_source, find_recipe, find_source, unpack_source
from crosswheel.errors import CrosswheelError
from crosswheel.plan import BuildInputs, Strategy
from crosswheel.store import atomic_write, sha256_of
from crosswheel.targets import Target
from crosswheel.trial import ProofLevel
