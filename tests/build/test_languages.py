"""What a source tree needs besides C and C++ is read from its files."""

from pathlib import Path

import pytest

from crosswheel.build import needs_fortran, needs_openmp


def tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({"src/total.f90": ""}, True),
        ({"src/total.F": ""}, True),
        ({"src/total.f90.src": ""}, True),
        ({"total.pyf": ""}, True),
        ({"pkg/tests/src/total.f90": ""}, False),
        ({"total.c": "", "total.fx": "", "off": ""}, False),
        ({"pyproject.toml": '[external]\nbuild-requires = ["virtual:compiler/fortran"]\n'}, True),
        ({"pyproject.toml": '[external]\nbuild-requires = ["virtual:compiler/c"]\n'}, False),
        ({"pyproject.toml": "[external\n"}, False),
        ({"pyproject.toml": "[external]\nbuild-requires = 5\n"}, False),
    ],
)
def test_fortran(tmp_path: Path, files: dict[str, str], *, wanted: bool) -> None:
    assert needs_fortran(tree(tmp_path, files)) is wanted


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({"setup.py": 'extra_compile_args=["-fopenmp"]'}, True),
        ({"setup.py": 'extra_link_args=["-lgomp"]'}, True),
        ({"sub/CMakeLists.txt": "find_package(OpenMP)"}, True),
        ({"meson.build": "dependency('openmp', required: false)"}, True),
        ({"setup.py": "compress = romp"}, False),
        ({"README": "-fopenmp", "code.c": "#pragma omp parallel"}, False),
        ({"tests/setup.py": "-fopenmp"}, False),
    ],
)
def test_openmp(tmp_path: Path, files: dict[str, str], *, wanted: bool) -> None:
    assert needs_openmp(tree(tmp_path, files)) is wanted
