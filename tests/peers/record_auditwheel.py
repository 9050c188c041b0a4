"""Writes wheels.toml: the wheels of the peer tests, and auditwheel's own answer for each.

    python tests/peers/record_auditwheel.py FOLDER

FOLDER holds the wheels. Each is shown to auditwheel in a process of its own. Run it again, and look at what changed,
where a wheel is added or auditwheel is a newer one.
"""

import concurrent.futures
import hashlib
import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

LIST = Path(__file__).with_name("wheels.toml")
_HEAD = """\
# Wheels as their projects published them, and the platform tag that auditwheel gives each ("overall_tag"; where it
# fails, its last words). Made by record_auditwheel.py; the names say project, version and tags.

auditwheel = {version}
"""


def auditwheel_answer(wheel: Path) -> str:
    """Return the best tag that auditwheel gives a wheel, or, where it fails, "fails:" and what it says."""
    command = [sys.executable, "-m", "auditwheel", "show", "--json", str(wheel)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        document: dict[str, str] = json.loads(ran.stdout)
    except ValueError:
        document = {"error": ran.stderr}
    return document.get("overall_tag") or " ".join(["fails:", *document["error"].split()])


def _entry(wheel: Path) -> str:
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lines = (
        "",
        "[[wheel]]",
        f"file = {json.dumps(wheel.name)}",
        f"sha256 = {json.dumps(digest)}",
        f"auditwheel = {json.dumps(auditwheel_answer(wheel))}",
    )
    return "".join(f"{line}\n" for line in lines)


def main(folder: Path) -> None:
    """Write the list of the wheels in a folder."""
    wheels = sorted(folder.glob("*.whl"), key=lambda wheel: wheel.name.lower())
    with concurrent.futures.ThreadPoolExecutor(2) as executor:
        entries = list(executor.map(_entry, wheels))
    head = _HEAD.format(version=json.dumps(importlib.metadata.version("auditwheel")))
    LIST.write_text(head + "".join(entries), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
