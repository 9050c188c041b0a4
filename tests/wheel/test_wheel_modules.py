"""Which modules a wheel gives."""

import pytest

from crosswheel.wheel import top_level_modules


@pytest.mark.parametrize(
    ("paths", "modules"),
    [
        (["six.py", "six-1.dist-info/METADATA"], ["six"]),
        (["x/__init__.py", "x/inner/__init__.py", "y.py", "x.libs/libz-1.so"], ["x", "y"]),
        (["_cext.cpython-311-aarch64-linux-gnu.so", "_stable.abi3.so", "_plain.so", "libhelper.so"],
         ["_cext", "_plain", "_stable"]),
        (["google/protobuf/__init__.py", "google/rpc/status.py", "google/data/x.txt"],
         ["google.protobuf", "google.rpc.status"]),
        (["x-1.data/purelib/a/__init__.py", "x-1.data/platlib/b.py", "x-1.data/scripts/run.py", "x-1.data/data/c.py"],
         ["a", "b"]),
        (["x/__init__.cpython-311-aarch64-linux-gnu.so"], ["x"]),
        (["x.py", "tests/__init__.py", "docs/conf.py", "setup.py", "conftest.py"], ["x"]),
        (["tests/__init__.py"], ["tests"]),
        (["x/__init__.py", "x.pth", "README.md", "not-a-module.py", "LICENSE", "x.pyi"], ["x"]),
        (["typings-only/x.pyi", "x-1.dist-info/RECORD"], []),
        ([], []),
    ],
)  # fmt: skip
def test_top_level_modules(paths: list[str], modules: list[str]) -> None:
    assert top_level_modules(paths) == tuple(modules)


def test_a_file_and_a_folder_of_one_name_do_no_harm() -> None:
    assert top_level_modules(["x", "x/y.py", "z.py"]) == ("z",)
