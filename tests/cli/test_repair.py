"""`crosswheel repair`, as a person or a program meets it."""

from pathlib import Path

import pytest

from crosswheel.cli import main
from json_documents import validated
from made_wheels import NAME, elf_bytes, healthy_files, make_wheel

RETAGGED = "x-1.0-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"
USER = "y-1.0-cp311-cp311-linux_aarch64.whl"
PURE = "z-1.0-py3-none-any.whl"
MODULE = "y/_user.cpython-311-aarch64-linux-gnu.so"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    (tmp_path / NAME).write_bytes(make_wheel(healthy_files()).getvalue())
    (tmp_path / USER).write_bytes(make_wheel({MODULE: elf_bytes("user-aarch64.so")}, name=USER).getvalue())
    (tmp_path / PURE).write_bytes(make_wheel({"z.py": b""}, name=PURE, root_is_purelib=True).getvalue())
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/libone.so.1").write_bytes(elf_bytes("libone.so.1"))
    return tmp_path


def run(folder: Path, *arguments: object, status: int = 0) -> None:
    assert main(["repair", *map(str, arguments), "--no-test", "--out", str(folder / "out")]) == status


def test_a_wheel_is_told_in_a_line(wheels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(wheels, wheels / NAME)

    out, err = capsys.readouterr()
    assert out.startswith(f"{RETAGGED}  0.0 MB  static  ")
    assert "warning" not in err
    assert [path.name for path in (wheels / "out").iterdir()] == [RETAGGED]


def test_grafts_are_told(wheels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(wheels, wheels / USER, "--library-path", wheels / "lib")

    assert f"grafted {wheels}/lib/libone.so.1 as y.libs/libone-" in capsys.readouterr().out


def test_one_that_fails_does_not_stop_the_others(wheels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = wheels / "gone-1.0-cp311-cp311-linux_aarch64.whl"

    run(wheels, wheels / USER, missing, wheels / NAME, wheels / PURE, status=1)

    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()] == [RETAGGED, PURE]
    assert "--sysroot" in err
    assert f"{missing} is not there" in err
    assert "it holds no machine code: it was copied as it is" in err
    assert (wheels / "out" / PURE).read_bytes() == (wheels / PURE).read_bytes()


def test_a_policy_out_of_reach_is_refused_with_its_reasons(wheels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(wheels, wheels / NAME, "--target", "manylinux_2_28_x86_64", status=1)

    assert "another architecture" in capsys.readouterr().err
    assert not (wheels / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--target", "win_amd64"], "is no platform tag that wheels are repaired for"),
        (["--target", "manylinux_2_5_aarch64"], "manylinux begins at glibc 2.17 on aarch64"),
        (["--sysroot", "/nonexistent"], "/nonexistent is no folder"),
        (["--library-path", "/nonexistent"], "/nonexistent is no folder"),
    ],
)
def test_wrong_usage(wheels: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str) -> None:
    run(wheels, wheels / NAME, *arguments, status=2)

    assert told in capsys.readouterr().err


def test_a_wheel_of_another_system_is_refused(wheels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = wheels / "z-1.0-py3-none-win_amd64.whl"
    other.write_bytes(make_wheel({"z.py": b""}, name=other.name).getvalue())

    run(wheels, other, status=1)

    assert "repair is for Linux" in capsys.readouterr().err


def test_the_document_has_its_schema(wheels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(wheels, wheels / USER, wheels / PURE, wheels / NAME, "--library-path", wheels / "lib", "--json")

    grafted, copied, plain = validated("repair", capsys.readouterr().out)["wheels"]
    assert (grafted["status"], copied["status"], plain["status"]) == ("repaired", "copied", "repaired")
    assert grafted["changed"] == [MODULE]
    assert grafted["grafts"][0]["names"] == ["libone.so.1"]
    assert (plain["policy"], copied["policy"]) == ("manylinux_2_17_aarch64", None)

    run(wheels, wheels / USER, "--json", status=1)
    (failed,) = validated("repair", capsys.readouterr().out)["wheels"]
    assert failed["error"]["kind"] == "refused"
