"""Which licences of components are copyleft, as SPDX or people write them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswheel.audit import read_facts
from crosswheel.audit.licences import is_copyleft, licence_findings
from crosswheel.wheel import read_wheel
from made_wheels import NAME, healthy_files, make_wheel


@pytest.mark.parametrize(
    "text",
    [
        "GPL-2.0-only", "LGPL-2.1-or-later", "AGPL-3.0", "GPLv3", "GPL", "LGPL", "MIT AND GPL-3.0-or-later",
        "(MIT OR BSD-3-Clause) AND LGPL-3.0-only", "GPL-2.0-only OR LGPL-3.0-only", "GNU General Public License v3",
        "GNU Lesser General Public License", "(" * 5000 + "GPL",
    ],
)  # fmt: skip
def test_copyleft(text: str) -> None:
    assert is_copyleft(text)


@pytest.mark.parametrize(
    "text",
    [
        "MIT", "Apache-2.0 WITH LLVM-exception", "MIT OR GPL-2.0-or-later", "GPL-3.0-or-later WITH GCC-exception-3.1",
        "(GPL-2.0-only WITH Classpath-exception-2.0) AND Zlib", "FTL OR GPL-2.0-or-later", "MPL-2.0", "", "NGPL-ish",
    ],
)  # fmt: skip
def test_no_copyleft(text: str) -> None:
    assert not is_copyleft(text)


@given(st.text(alphabet="() ANDORWITHGPLM-2.0+"))
def test_no_expression_is_too_strange(text: str) -> None:
    assert is_copyleft(text) in (True, False)


def found(document: bytes) -> list[str]:
    wheel = make_wheel({**healthy_files(), "x-1.0.dist-info/sboms/a.json": document})
    return [finding.subject for finding in licence_findings(read_facts(read_wheel(wheel, NAME)))]


def test_components_within_components_and_every_way_to_name_a_licence() -> None:
    inner = {"name": "inner", "licenses": [{"license": {"name": "GNU Affero General Public License"}}]}
    outer = {"name": "outer", "licenses": [{"license": {"id": "LGPL-2.1-only"}}], "components": [inner]}
    free = {"name": "free", "licenses": [{"expression": "MIT"}]}
    gcc = {"name": "libgfortran-daac5196.so.5.0.0", "licenses": [{"license": {"id": "GPL-3.0-or-later"}}]}

    assert found(json.dumps({"components": [free, outer, gcc]}).encode()) == ["outer", "inner"]


def test_gccs_exception_is_for_what_is_under_it() -> None:
    runtime = "GPL-3.0-or-later WITH GCC-exception-3.1"
    archives = {"name": "libgcc-12-dev", "licenses": [{"expression": runtime}]}
    assert found(json.dumps({"components": [archives]}).encode()) == []
    with_quad = {"name": "libgcc-12-dev", "licenses": [{"expression": f"{runtime} AND LGPL-2.1-or-later"}]}
    assert found(json.dumps({"components": [with_quad]}).encode()) == ["libgcc-12-dev"]


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<bom/>",
        b"[" * 100_000,
        b"[1]",
        b'{"components": 1}',
        b'{"components": [1, {"licenses": [1, {"license": 2}]}]}',
    ],
)
def test_other_documents_say_nothing(document: bytes) -> None:
    assert found(document) == []
