"""A result is found again under a key, so the key has to change with everything that the result depends on."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswheel.plan import BuildInputs, CxxRuntime, Strategy
from crosswheel.targets import Target

BASE = BuildInputs(
    source="0" * 64,
    target=Target.parse("cp311-manylinux2014_aarch64"),
    strategy=Strategy.HYBRID,
    exec_mode="auto",
    target_python="",
    native_packages=("libssl-dev",),
    cxx_runtime=CxxRuntime.LIBCXX,
    config_settings={"setup-args": ["-Dx=1", "-Dy=2"]},
    environment={"CFLAGS": "-O2"},
    build_requires=("cython<3",),
    tools={"ziglang": "0.15"},
    test=("python -c pass", "pytest"),
    source_date_epoch=315532800,
)

text = st.text(max_size=6)
texts = st.lists(text, max_size=3).map(tuple)
tables = st.dictionaries(text, text, max_size=3)
VALUES: dict[str, st.SearchStrategy[object]] = {
    "source": text,
    "target": st.sampled_from(
        [
            Target.parse(f"cp{version}-manylinux{policy}")
            for version in (311, 313)
            for policy in ("2014_aarch64", "1_x86_64")
        ]
    ),
    "strategy": st.sampled_from(list(Strategy)),
    "exec_mode": text,
    "target_python": text,
    "native_packages": texts,
    "cxx_runtime": st.sampled_from(list(CxxRuntime)),
    "config_settings": st.dictionaries(text, text | st.lists(text, max_size=2), max_size=3),
    "environment": tables,
    "build_requires": texts,
    "tools": tables,
    "test": texts | st.none(),
    "source_date_epoch": st.integers(),
}


def test_every_field_is_looked_at() -> None:
    assert {field.name for field in fields(BuildInputs)} == set(VALUES)


@pytest.mark.parametrize("name", VALUES)
def test_the_key_changes_with_each_field(name: str) -> None:
    @given(VALUES[name], VALUES[name])
    def check(one: object, other: object) -> None:
        first, second = (replace(BASE, **{name: value}) for value in (one, other))  # type: ignore[arg-type]  # by name
        assert (first.key() == second.key()) == (one == other)

    check()


def test_the_key_is_a_file_name_and_does_not_depend_on_the_order_of_tables() -> None:
    one = replace(BASE, environment={"A": "1", "B": "2"})
    other = replace(BASE, environment={"B": "2", "A": "1"})
    assert one.key() == other.key()
    assert set(one.key()) <= set("0123456789abcdef")


def test_two_spellings_of_a_target_have_one_key() -> None:
    other = replace(BASE, target=Target.parse("cp311-manylinux_2_17_aarch64"))
    assert other.key() == BASE.key()
