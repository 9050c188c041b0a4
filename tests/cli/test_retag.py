"""`crosswheel retag`: other tags, where those are true."""

import zipfile
from pathlib import Path

import pytest

from crosswheel.cli import main
from crosswheel.wheel import WheelName, read_wheel
from json_documents import validated
from made_mach import mach
from made_wheels import elf_bytes, healthy_files, make_wheel

NAME = "x-1.0-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_bytes(make_wheel(healthy_files(), name=NAME).getvalue())
    return path


def retagged(capsys: pytest.CaptureFixture[str], *arguments: object, status: int = 0) -> tuple[str, str]:
    assert main(["retag", *map(str, arguments)]) == status
    printed = capsys.readouterr()
    return printed.out, printed.err


def test_name_wheel_and_record_follow(wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = retagged(capsys, wheel, "--platform-tag", "manylinux_2_28_aarch64", "--out", tmp_path / "out")
    assert (out, err) == ("x-1.0-cp311-cp311-manylinux_2_28_aarch64.whl\n", "")
    made = tmp_path / "out" / out.strip()
    with made.open("rb") as file:
        reader = read_wheel(file, made.name)
        assert reader.wheel_metadata().tags == WheelName.parse(made.name).tags
    assert main(["inspect", str(made)]) == 0


def test_members_that_did_not_change_keep_their_compressed_bytes(
    wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    retagged(capsys, wheel, "--platform-tag", "manylinux_2_28_aarch64", "--out", tmp_path / "out")
    (made,) = (tmp_path / "out").iterdir()
    with zipfile.ZipFile(wheel) as before, zipfile.ZipFile(made) as after:
        changed = {
            entry.filename
            for entry in before.infolist()
            if after.getinfo(entry.filename).compress_size != entry.compress_size
            or after.read(entry.filename) != before.read(entry.filename)
        }
        assert after.testzip() is None
    assert {Path(path).name for path in changed} <= {"WHEEL", "RECORD"}


def test_the_same_input_gives_the_same_bytes(wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("one", "two"):
        retagged(capsys, wheel, "--platform-tag", "manylinux_2_28_aarch64", "--out", tmp_path / folder)
    (one,), (two,) = (tmp_path / "one").iterdir(), (tmp_path / "two").iterdir()
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--python-tag", "cp312", "--abi-tag", "cp312"), "CW103"),
        (("--abi-tag", "abi3"), "CW103"),
        (("--python-tag", "py3", "--abi-tag", "none", "--platform-tag", "any"), "CW117"),
        (("--platform-tag", "manylinux_2_17_x86_64"), "CW101"),
        (("--platform-tag", "musllinux_1_2_aarch64"), "CW10"),
        (("--platform-tag", "win_amd64"), "CW101"),
        (("--platform-tag", "beos_5"), "no installer is known that takes a wheel for beos_5"),
        (("--python-tag", "cp312"), "no installer is known that takes a wheel for cp312, cp311"),
    ],
    ids=["python", "stable abi", "any", "machine", "libc", "system", "unknown", "pair"],
)
def test_a_lie_is_refused(
    options: tuple[str, ...], why: str, wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = retagged(capsys, wheel, *options, "--out", tmp_path / "out", status=1)
    assert out == ""
    assert " would be a lie\n  why: " in err
    assert why in err
    assert "--force" in err
    assert not (tmp_path / "out").exists()


def test_a_stricter_policy_than_it_meets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "x-1.0-cp311-cp311-manylinux_2_28_aarch64.whl"
    path = tmp_path / name
    path.write_bytes(make_wheel({"x/libuser.so": elf_bytes("user-aarch64.so")}, name=name).getvalue())
    _, err = retagged(capsys, path, "--platform-tag", "manylinux_2_17_aarch64", "--out", tmp_path / "out", status=1)
    assert "CW104" in err, "libone.so.1 is in no policy"


def test_a_forced_lie_is_told(wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--python-tag", "cp312", "--abi-tag", "cp312", "--force", "--out", tmp_path / "out")
    out, err = retagged(capsys, wheel, *options)
    assert (tmp_path / "out" / out.strip()).is_file()
    assert err.startswith("warning: forced, and not true: CW10")
    (entry,) = validated("retag", retagged(capsys, wheel, *options, "--json")[0])["wheels"]
    assert entry["lies"]
    assert Path(entry["path"]).name == "x-1.0-cp312-cp312-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"


def test_a_record_that_does_not_fit_is_not_hidden(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / NAME
    path.write_bytes(make_wheel(healthy_files(), name=NAME, replaced={"x/__init__.py": b"evil()\n"}).getvalue())
    _, err = retagged(capsys, path, "--platform-tag", "manylinux_2_28_aarch64", "--out", tmp_path / "out", status=1)
    assert "CW114" in err


def test_one_document_for_several_wheels(wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "again"
    other.mkdir()
    (other / NAME).write_bytes(wheel.read_bytes())
    out, err = retagged(
        capsys, wheel, other / NAME, "--platform-tag", "manylinux_2_28_aarch64", "--out", tmp_path / "out", "--json",
        status=2,
    )  # fmt: skip
    assert [entry["status"] for entry in validated("retag", out)["wheels"]] == ["retagged", "failed"]
    assert f"{wheel} did so already" in err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "no new tag was given"),
        (("--platform-tag", "+x"), "--platform-tag +x is no tag"),
        (("--python-tag", "py2..py3"), "--python-tag py2..py3 is no tag"),
        (("--abi-tag", ""), "--abi-tag  is no tag"),
    ],
)
def test_wrong_usage(options: tuple[str, ...], told: str, wheel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = retagged(capsys, wheel, *options, "--json", status=2)
    assert validated("retag", out)["error"]["kind"] == "usage"
    assert told in err


def test_a_pure_wheel_for_other_pythons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "x-1.0-py3-none-any.whl"
    path = tmp_path / name
    path.write_bytes(make_wheel({"x.py": b"1\n"}, name=name, root_is_purelib=True).getvalue())
    out, _ = retagged(capsys, path, "--python-tag", "py2.py3", "--out", tmp_path)
    assert out == "x-1.0-py2.py3-none-any.whl\n"
    assert main(["inspect", str(tmp_path / out.strip())]) == 0


def test_a_folder_that_cannot_be_written(wheel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, err = retagged(
        capsys, wheel, "--platform-tag", "manylinux_2_28_aarch64", "--out", "/proc/no-such-folder", status=3
    )
    assert "could not be written" in err


def test_extension_modules_do_not_become_of_no_abi(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "x-1.0-cp311-cp311-manylinux_2_17_aarch64.whl"
    wheel = tmp_path / name
    wheel.write_bytes(make_wheel({"x/_ext.so": elf_bytes("ext-aarch64.so")}, name=name).getvalue())
    _, err = retagged(capsys, wheel, "--python-tag", "py3", "--abi-tag", "none", "--out", tmp_path / "out", status=1)
    assert "x/_ext.so is an extension module for cp311, and none says that it has no ABI" in err
    assert "keep the tags that it had" in err


def test_a_program_does_not_become_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "x-1.0-py3-none-macosx_11_0_arm64.whl"
    wheel = tmp_path / name
    wheel.write_bytes(make_wheel({"x/bin/x": mach("arm64", kind=2)}, name=name).getvalue())
    _, err = retagged(capsys, wheel, "--platform-tag", "any", "--out", tmp_path / "out", status=1)
    assert "x/bin/x is machine code for macosx_11_0_arm64, and any says that there is none" in err


def test_a_wheel_that_waits_for_its_turn_is_not_overwritten(
    wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = tmp_path / "x-1.0-cp311-cp311-manylinux_2_28_aarch64.whl"
    second.write_bytes(make_wheel({**healthy_files(), "x/two.py": b""}, name=second.name).getvalue())
    tag = ("--platform-tag", "manylinux_2_28_aarch64")
    _, err = retagged(capsys, wheel, second, *tag, "--out", tmp_path, status=2)
    assert f"{wheel} would become {second}" in err
    with second.open("rb") as file:
        assert read_wheel(file, second.name).read("x/two.py") == b""
