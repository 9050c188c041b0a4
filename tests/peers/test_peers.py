"""Published wheels: what inspect says of them, beside auditwheel."""

import importlib.metadata
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest

from crosswheel.app.inspect import inspect_wheel
from crosswheel.audit import FINDING_KINDS, Severity
from peers import (
    Explanation,
    Peer,
    auditwheel_answer,
    auditwheel_version,
    explanation_of,
    fetch_peer,
    inspect_answer,
    read_explanations,
    read_peers,
    wheels_folder,
)

PEERS = read_peers()
ROOT = Path(__file__).parents[2]
RECORD = runpy.run_path(str(Path(__file__).with_name("record.py")), run_name="record")


@pytest.fixture(scope="module")
def explanations() -> tuple[Explanation, ...]:
    return read_explanations()


def differing() -> Iterator[Peer]:
    return (
        peer
        for peer in PEERS
        if peer.answers.inspect != peer.answers.auditwheel
        and not peer.name.platform_tags[0].startswith(("macosx", "win"))
    )


def test_there_are_enough_and_of_every_kind() -> None:
    platforms = {tag for peer in PEERS for tag in peer.name.platform_tags}
    assert sum(peer.answers.auditwheel.startswith("m") for peer in PEERS) >= 40
    for kind in (
        "manylinux1_x86_64", "manylinux1_i686", "manylinux2014_aarch64", "manylinux2014_armv7l",
        "manylinux2014_ppc64le", "manylinux2014_s390x", "manylinux_2_31_riscv64",
        "musllinux_1_2_aarch64", "musllinux_1_2_armv7l", "musllinux_1_2_x86_64",
    ):  # fmt: skip
        assert kind in platforms
    abis = {abi for peer in PEERS for abi in peer.name.abi_tags}
    assert abis >= {"abi3", "cp27mu", "cp38", "cp39", "cp311", "cp313t", "cp314t", "pypy311_pp73", "none"}


def test_every_difference_is_explained(explanations: tuple[Explanation, ...]) -> None:
    unexplained = [peer.file for peer in differing() if not explanation_of(peer.file, "tags", explanations)]
    assert unexplained == []


def test_every_finding_is_explained(explanations: tuple[Explanation, ...]) -> None:
    unexplained = {
        (code, peer.file)
        for peer in PEERS
        for code in peer.answers.findings
        if not explanation_of(peer.file, code, explanations)
    }
    assert unexplained == set()


def test_no_finding_is_false(explanations: tuple[Explanation, ...]) -> None:
    false = {
        (code, peer.file)
        for peer in PEERS
        for code in peer.answers.findings
        if (one := explanation_of(peer.file, code, explanations)) and one.right != "inspect"
    }
    assert {(code, file) for code, file in false if FINDING_KINDS[code].severity is Severity.ERROR} == set()


def test_every_explanation_explains_something(explanations: tuple[Explanation, ...]) -> None:
    tags = {explanation_of(peer.file, "tags", explanations) for peer in differing()}
    findings = {explanation_of(peer.file, code, explanations) for peer in PEERS for code in peer.answers.findings}
    assert set(explanations) <= tags | findings


def test_the_page_is_the_record() -> None:
    page = RECORD["page"](PEERS, read_explanations())
    assert (ROOT / "docs" / "peers.md").read_text(encoding="utf-8") == page, "run tests/peers/record.py"


def is_small(peer: Peer) -> bool:
    return peer.file.split("-")[0].lower() in {"brotli", "cffi", "greenlet", "kiwisolver", "markupsafe", "pyyaml"}


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.parametrize(
    "peer", [pytest.param(peer, id=peer.file, marks=() if is_small(peer) else pytest.mark.peer) for peer in PEERS]
)
def test_a_published_wheel(peer: Peer) -> None:
    folder = wheels_folder()
    folder.mkdir(parents=True, exist_ok=True)
    wheel = fetch_peer(peer, folder)
    assert all(blocker.findings for blocker in inspect_wheel(wheel).report.blockers), "no policy is missed for nothing"
    tag, findings = inspect_answer(wheel)
    assert (tag, findings) == (peer.answers.inspect, peer.answers.findings)
    if importlib.metadata.version("auditwheel") == auditwheel_version():
        assert auditwheel_answer(wheel) == peer.answers.auditwheel
