"""`crosswheel targets` and `crosswheel doctor`, for people and for programs."""

from pathlib import Path

import pytest

from command_line import CommandLine, with_index


def test_targets(tmp_path: Path) -> None:
    # No server is needed: nothing is fetched. uv starts every Python of the path: the system's are enough.
    crosswheel = with_index(
        tmp_path,
        "http://127.0.0.1:9/simple/",
        CROSSWHEEL_DEBIAN_MIRROR="http://127.0.0.1:9/debian",
        PATH="/usr/bin:/bin",
    )
    told = crosswheel("targets")
    listed = crosswheel("targets", "--json").document
    assert listed["schema"] == "crosswheel-targets-1"
    names = [target["target"] for target in listed["targets"]]
    assert "cp311-manylinux_2_17_aarch64" in names
    assert "cp313-manylinux_2_5_x86_64" in names
    assert all(name in told.out for name in names)
    for target in listed["targets"]:
        assert (target["strategy"] is None) == (target["proof_level"] is None)
        assert target["strategy"] or target["needs"], target


@pytest.mark.network
@pytest.mark.emulator
def test_doctor(crosswheel: CommandLine) -> None:
    told = crosswheel("doctor")
    document = crosswheel("doctor", "--json").document
    assert document["schema"] == "crosswheel-doctor-1"
    checks = {check["name"]: check for check in document["checks"]}
    assert checks["package index"]["works"]
    assert checks["Debian archive"]["works"]
    assert checks["exec mode none"]["works"]
    assert all(f" {name}: " in told.out for name in checks)
    taken = [name for name, check in checks.items() if "is taken" in check["detail"]]
    assert len(taken) == 1


def test_doctor_where_everything_is_missing(tmp_path: Path) -> None:
    crosswheel = with_index(
        tmp_path, "http://127.0.0.1:9/simple/", CROSSWHEEL_DEBIAN_MIRROR="http://127.0.0.1:9/debian"
    )
    ran = crosswheel("doctor", "--json", status=3)
    checks = {check["name"]: check for check in ran.document["checks"]}
    assert not checks["package index"]["works"]
    assert not checks["Debian archive"]["works"]
    assert checks["package index"]["mend"]
