"""`crosswheel targets` and `crosswheel doctor`, for people and for programs."""

from pathlib import Path

import pytest

from command_line import CommandLine, with_index
from crosswheel.targets import buildable_targets, identifier


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
    by_identifier = {target["identifier"]: target for target in listed["targets"]}
    assert list(by_identifier) == [identifier(target) for target in buildable_targets()]
    for name, target in by_identifier.items():
        assert (target["strategy"] is None) == (target["proof_level"] is None) == (target["python"] is None)
        assert target["strategy"] or target["needs"], target
        python, _, platform = name.partition("-")
        architecture = platform.partition("_")[2]
        rows = [line for line in told.out.splitlines() if line.startswith(f"{python} ")]
        assert any(f" {architecture} " in row or " all " in row for row in rows)
        ways = {way["strategy"]: way for way in target["ways"]}
        assert list(ways) == ["native", "hybrid", "cross"]
        takes = [strategy for strategy, way in ways.items() if way["proof_level"]]
        assert target["strategy"] == (takes[0] if takes else None)
        assert all(way["proof_level"] or way["needs"] for way in ways.values())
        if "musllinux" in name:
            # No musl Python is on this machine, and Debian has none.
            assert target["proof_level"] in {"static", None}
    oldest = {target["target"].partition("-")[2]: target["newest_platform"] for target in listed["targets"]}
    assert oldest["manylinux_2_17_aarch64"] == "manylinux_2_44_aarch64"
    assert oldest["manylinux_2_5_i686"] == "manylinux_2_44_i686"
    assert oldest["musllinux_1_2_loongarch64"] == "musllinux_1_2_loongarch64"
    numbers = [line for line in told.out.splitlines() if line.startswith("(")]
    assert numbers, "what lifts a target is told below"


def test_what_debian_has_is_tested(tmp_path: Path) -> None:
    crosswheel = with_index(
        tmp_path,
        "http://127.0.0.1:9/simple/",
        CROSSWHEEL_DEBIAN_MIRROR="http://127.0.0.1:9/debian",
        PATH="/usr/bin:/bin",
    )
    by_identifier = {target["identifier"]: target for target in crosswheel("targets", "--json").document["targets"]}
    for name, release in (
        ("cp39-manylinux_armv7l", "bullseye"),
        ("cp311-manylinux_s390x", "bookworm"),
        ("cp313-manylinux_riscv64", "trixie"),
        ("cp314-manylinux_loongarch64", "sid"),
    ):
        target = by_identifier[name]
        assert (target["strategy"], target["proof_level"]) == ("hybrid", "tested"), target
        assert target["python"] == f"Debian {release}"
    # Debian never had it for this architecture.
    assert by_identifier["cp39-manylinux_s390x"]["proof_level"] in {"static", None}
    assert by_identifier["cp315t-manylinux_aarch64"]["strategy"] in {None, "cross"}


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


def test_places_whose_quotes_do_not_end(tmp_path: Path) -> None:
    places = {"CROSSWHEEL_TARGET_PYTHON": "'debian"}
    ran = with_index(tmp_path, "http://127.0.0.1:9/simple/", **places)("targets", status=2)
    assert "CROSSWHEEL_TARGET_PYTHON cannot be read\n" in ran.err
    assert "No closing quotation" in ran.err
