"""For each finding a wheel that has exactly this fault, and its healthy twin that has none."""

import io

import pytest

from broken_compiled import Compiler, compiled_wheels
from broken_values import BrokenWheel, Made
from broken_wheels import edited_wheels
from crosswheel.audit import FINDING_KINDS, Claims, Finding, audit_wheel, read_facts
from crosswheel.wheel import read_wheel

EDITED = edited_wheels()
COMPILED = compiled_wheels()


@pytest.fixture(scope="module")
def compiler(tmp_path_factory: pytest.TempPathFactory) -> Compiler:
    return Compiler(folder=tmp_path_factory.mktemp("compiled"))


def findings(wheel: Made) -> tuple[Finding, ...]:
    facts = read_facts(read_wheel(io.BytesIO(wheel.content), wheel.name))
    claims = Claims.of_wheel(facts.name, wheel.python)
    if wheel.target is not None:
        claims = Claims.of_target(wheel.target, facts.name)
    return audit_wheel(facts, claims).findings


def check(pair: BrokenWheel) -> None:
    assert [str(finding) for finding in findings(pair.healthy)] == []
    found = findings(pair.broken)
    assert {finding.code for finding in found} == {pair.code}, "\n".join(map(str, found))
    assert all(finding.reason and finding.mend for finding in found)


@pytest.mark.parametrize("fault", EDITED)
def test_an_edited_wheel(fault: str) -> None:
    check(EDITED[fault]())


@pytest.mark.toolchain
@pytest.mark.parametrize("fault", COMPILED)
def test_a_compiled_wheel(fault: str, compiler: Compiler) -> None:
    check(COMPILED[fault].make(compiler))


def test_every_code_has_a_broken_wheel() -> None:
    made = {make().code for make in EDITED.values()} | {wheel.code for wheel in COMPILED.values()}

    assert made == set(FINDING_KINDS)
