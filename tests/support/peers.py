"""The wheels of the peer tests: published ones, with what auditwheel and inspect say of them."""

import fnmatch
import hashlib
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosswheel.app.inspect import inspect_wheel
from crosswheel.audit import Report, Severity
from crosswheel.errors import CrosswheelError
from crosswheel.wheel import WheelName

FOLDER = Path(__file__).parents[1] / "peers"
LIST, EXPLANATIONS = FOLDER / "wheels.toml", FOLDER / "explanations.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What is said of a wheel.

    Arguments:
        auditwheel: the best platform tag, or "fails:" and what auditwheel says.
        inspect: the best platform tag, or "".
        findings: how many errors and warnings of each code inspect has.
    """

    auditwheel: str
    inspect: str
    findings: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A published wheel.

    Arguments:
        file: its name.
        sha256: of it.
        answers: as they are on record.
    """

    file: str
    sha256: str
    answers: Answers

    @property
    def name(self) -> WheelName:
        """The parts of its name."""
        return WheelName.parse(self.file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why the two differ, or why there is a finding.

    Arguments:
        about: "tags", or the code of a finding.
        files: patterns of wheels' names.
        right: who is: "inspect", "auditwheel" or "both".
        reason: as a sentence.
    """

    about: str
    files: tuple[str, ...]
    right: str
    reason: str

    def covers(self, file: str, about: str) -> bool:
        """Return whether it explains something about a wheel."""
        return about == self.about and any(fnmatch.fnmatchcase(file, pattern) for pattern in self.files)


def auditwheel_version() -> str:
    """Return the version of auditwheel whose answers are on record."""
    return str(tomllib.loads(LIST.read_text(encoding="utf-8"))["auditwheel"])


def read_peers() -> tuple[Peer, ...]:
    """Return the wheels on record."""
    return tuple(
        Peer(
            file=entry["file"],
            sha256=entry["sha256"],
            answers=Answers(auditwheel=entry["auditwheel"], inspect=entry["inspect"], findings=entry["findings"]),
        )
        for entry in tomllib.loads(LIST.read_text(encoding="utf-8"))["wheel"]
    )


def read_explanations() -> tuple[Explanation, ...]:
    """Return what is on record of differences and findings."""
    entries = tomllib.loads(EXPLANATIONS.read_text(encoding="utf-8"))["explanation"]
    return tuple(Explanation(**{**entry, "files": tuple(entry["files"])}) for entry in entries)


def explanation_of(file: str, about: str, explanations: Sequence[Explanation]) -> Explanation | None:
    """Return the first explanation of something about a wheel."""
    return next((one for one in explanations if one.covers(file, about)), None)


def auditwheel_answer(wheel: Path) -> str:
    """Return the best tag that auditwheel gives a wheel, or, where it fails, "fails:" and what it says."""
    command = [sys.executable, "-m", "auditwheel", "show", "--json", str(wheel)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        document: dict[str, str] = json.loads(ran.stdout)
    except ValueError:
        document = {"error": ran.stderr}
    return document.get("overall_tag") or " ".join(["fails:", *document["error"].split()])


def inspect_answer(wheel: Path) -> tuple[str, dict[str, int]]:
    """Return the best tag that inspect gives a wheel, and its errors and warnings by code."""
    try:
        report = inspect_wheel(wheel).report
    except CrosswheelError as error:
        return f"fails: {error}", {}
    return next(iter(report.platform_tags), ""), _counted(report)


def wheels_folder() -> Path:
    """Return the folder of the wheels: CROSSWHEEL_TEST_PEERS, or a part of the cache of the tests."""
    named = os.environ.get("CROSSWHEEL_TEST_PEERS")
    return Path(named) if named else Path(os.environ["CROSSWHEEL_TEST_CACHE"]) / "peers"


def fetch_peer(peer: Peer, folder: Path) -> Path:
    """Return a wheel of the list in a folder, where pip puts it if it is not there yet."""
    wheel = folder / peer.file
    if not wheel.is_file():
        name = peer.name
        python = name.python_tags[-1]
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
        command += ["-d", str(folder), "--implementation", python[:2], "--python-version", _pip_version(python)]
        command += [word for tag in name.abi_tags for word in ("--abi", tag)]
        command += [word for tag in name.platform_tags for word in ("--platform", tag)]
        subprocess.run([*command, f"{name.distribution}=={name.version}"], check=True)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert digest == peer.sha256, f"{peer.file} is another file than the one on record"
    return wheel


def _counted(report: Report) -> dict[str, int]:
    codes = [finding.code for finding in report.findings if finding.severity is not Severity.NOTE]
    return {code: codes.count(code) for code in sorted(set(codes))}


def _pip_version(tag: str) -> str:
    digits = tag[2:]
    return f"{digits[0]}.{digits[1:]}" if digits[1:] else "3.12"
