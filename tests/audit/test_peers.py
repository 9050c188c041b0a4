"""The tags that we compute beside auditwheel's, on wheels that people use."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from crosswheel.elf import is_elf, parse_elf
from crosswheel.targets import Target
from crosswheel.wheel import WheelReader, read_wheel
from made_wheels import audit_of

pytestmark = pytest.mark.network

PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_17_aarch64", "manylinux_2_27_aarch64", "manylinux_2_28_aarch64")


def download(requirement: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", str(folder)]
    command += ["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--abi", "abi3"]
    command += [argument for platform in PLATFORMS for argument in ("--platform", platform)]
    subprocess.run([*command, requirement], check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def python_symbols_of(reader: WheelReader) -> frozenset[str]:
    """Return what the wheel asks of Python: which of it there is, the trial of a build tells."""
    contents = (reader.read(path) for path in reader.members)
    files = (parse_elf(content) for content in contents if is_elf(content))
    names = (symbol.name for file in files for symbol in file.imports)
    return frozenset(name for name in names if name.startswith(("Py", "_Py")))


# numpy's extension is linked without -ldl: it works wherever Python brings libdl along, which nothing promises.
UNPROMISED = {"numpy==2.3.5": frozenset({"dladdr"})}


@pytest.mark.parametrize(
    "requirement",
    ["markupsafe==3.0.2", "kiwisolver==1.4.7", "psycopg2-binary==2.9.11", "cryptography==46.0.3", "numpy==2.3.5"],
)
def test_tags_and_findings_of_published_wheels(requirement: str, tmp_path: Path) -> None:
    pytest.importorskip("auditwheel")
    wheel = download(requirement, tmp_path)
    command = [sys.executable, "-m", "auditwheel", "show", "--json", str(wheel)]
    theirs = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["overall_tag"]
    unpromised = UNPROMISED.get(requirement, frozenset())

    with wheel.open("rb") as file:
        reader = read_wheel(file, wheel.name)
        target = Target.parse("cp311-manylinux_2_28_aarch64")
        symbols = python_symbols_of(reader)
        report = audit_of(reader, target, python_symbols=symbols)
        tolerant = audit_of(reader, target, python_symbols=symbols | unpromised)

    assert {finding.subject for finding in report.errors} == unpromised
    assert tolerant.errors == ()
    assert tolerant.platform_tags[0] == theirs
