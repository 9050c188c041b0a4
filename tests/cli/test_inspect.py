"""`crosswheel inspect`, as a person or a program meets it."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from crosswheel.cli import main
from json_documents import validated
from made_wheels import elf_bytes, healthy_files, make_wheel

HEALTHY = "x-1.0-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"
WRONG = "y-1.0-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"
FOREIGN = "y/_ext.cpython-311-x86_64-linux-gnu.so"


@pytest.fixture
def healthy(tmp_path: Path) -> Path:
    wheel = tmp_path / HEALTHY
    wheel.write_bytes(make_wheel(healthy_files(), name=HEALTHY).getvalue())
    return wheel


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A wheel for AArch64 with an extension module for x86-64."""
    wheel = tmp_path / WRONG
    wheel.write_bytes(make_wheel({FOREIGN: elf_bytes("ext-x86_64.so")}, name=WRONG).getvalue())
    return wheel


def inspected(capsys: pytest.CaptureFixture[str], *arguments: object, status: int = 0) -> tuple[str, str]:
    assert main(["inspect", *map(str, arguments)]) == status
    printed = capsys.readouterr()
    return printed.out, printed.err


def test_a_healthy_wheel(healthy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = inspected(capsys, healthy, "--fail-on", "warning")
    assert out.startswith(f"{HEALTHY}  (")
    assert "claims     manylinux_2_17_aarch64, manylinux2014_aarch64: true\n" in out
    assert "may carry  manylinux_2_17_aarch64, manylinux2014_aarch64, and newer\n" in out
    assert "nothing was found against it" in out
    assert err == ""


def test_findings_are_told_with_their_mends(wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = inspected(capsys, wrong, status=1)
    assert "CW101  error " in out
    assert f"{FOREIGN}  it is for x86_64" in out
    assert "  CW101: find what called a compiler of the build machine" in out
    assert err == ""


def test_what_stands_in_the_way_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "x-1.0-cp311-cp311-manylinux_2_17_aarch64.whl"
    (tmp_path / name).write_bytes(make_wheel({"x/libuser.so": elf_bytes("user-aarch64.so")}, name=name).getvalue())
    out, _ = inspected(capsys, tmp_path / name, status=1)
    assert "may carry  linux_aarch64\n" in out
    assert out.count("not manylinux_2_17_aarch64 to manylinux_2_41_aarch64, since\n") == 1
    assert "claims     manylinux_2_17_aarch64: not true (CW104)\n" in out
    assert out.index("CW104  error") < out.index("not manylinux_2_17"), "what is wrong goes ahead"
    assert out.count("  x/libuser.so: it needs libone.so.1, which ") == 1


def test_the_nearest_policy_out_of_reach_is_told_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "x-1.0-cp311-cp311-manylinux_2_28_aarch64.whl"
    # On AArch64 glob has had a version of its own since glibc 2.27.
    newer = elf_bytes("ext-aarch64.so").replace(b"GLIBC_2.17\0", b"GLIBC_2.27\0").replace(b"malloc\0", b"glob\0\0\0")
    (tmp_path / name).write_bytes(make_wheel({"x/liba.so": newer, "x/libb.so": newer}, name=name).getvalue())
    out, _ = inspected(capsys, tmp_path / name)
    assert "claims     manylinux_2_28_aarch64: true, and less than it could\n" in out
    assert "may carry  manylinux_2_27_aarch64, and newer\n" in out
    assert "\nnot manylinux_2_17_aarch64 to manylinux_2_26_aarch64, since\n  x/liba.so: " in out
    assert " (and 1 more file)\n" in out
    assert "libb.so: it asks" not in out


def test_a_wheel_that_claims_less_than_it_could(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "x-1.0-cp311-cp311-manylinux_2_39_riscv64.whl"
    extension = "x/_ext.cpython-311-riscv64-linux-gnu.so"
    (tmp_path / name).write_bytes(make_wheel({extension: elf_bytes("ext-riscv64.so")}, name=name).getvalue())
    document = validated("inspect", inspected(capsys, tmp_path / name, "--json")[0])
    (wheel,) = document["wheels"]
    assert wheel["platform_tags"][0] == "manylinux_2_31_riscv64"
    assert "CW132" in {finding["code"] for finding in wheel["findings"]}, "it claims less than it could"


def test_one_document_for_several_wheels(
    healthy: Path, wrong: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "z-1.0-py3-none-any.whl"
    broken.write_bytes(b"PK\3\4 and no more")
    out, err = inspected(capsys, healthy, wrong, broken, "--json", status=1)
    document = validated("inspect", out)
    assert [wheel["status"] for wheel in document["wheels"]] == ["inspected", "inspected", "failed"]
    first, second, third = document["wheels"]
    assert (first["errors"], second["errors"] > 0) == (0, True)
    assert first["path"] == str(healthy)
    assert third["error"]["kind"] == "refused"
    assert err.startswith("crosswheel: z-1.0-py3-none-any.whl is not a wheel that can be used\n  why: ")


def test_a_table_for_several_wheels(healthy: Path, wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = inspected(capsys, healthy, wrong, status=1)
    heading, first, second, *rest = out.splitlines()
    assert heading.split("  ")[0] == "wheel"
    assert first.split() == [
        HEALTHY,
        "manylinux_2_17_aarch64.manylinux2014_aarch64",
        "manylinux_2_17_aarch64",
        "0",
        "0",
    ]
    assert second.split()[0] == WRONG
    assert WRONG in rest
    assert HEALTHY not in rest, "it has nothing to tell of"


def test_a_wheel_that_cannot_be_read_has_its_row(
    healthy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "z-1.0-py3-none-any.whl"
    content = make_wheel({"x.py": b""}, name=broken.name, replaced={"z-1.0.dist-info/RECORD": b"\xff"})
    broken.write_bytes(content.getvalue())
    out, err = inspected(capsys, healthy, broken, status=1)
    assert re.search(r"^z-1\.0-py3-none-any\.whl +cannot be read$", out, re.MULTILINE)
    assert err.startswith("crosswheel: z-1.0-py3-none-any.whl: the RECORD of a wheel is damaged\n")


def test_tags_only(healthy: Path, wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = inspected(capsys, healthy, "--tags-only")
    assert out.startswith(f"{HEALTHY}: manylinux_2_17_aarch64 manylinux2014_aarch64 manylinux_2_24_aarch64 ")
    assert out.count("\n") == 1
    document = validated("inspect", inspected(capsys, healthy, "--tags-only", "--json")[0])
    assert document["wheels"][0]["findings"] is None
    assert document["wheels"][0]["platform_tags"][0] == "manylinux_2_17_aarch64"
    out, _ = inspected(capsys, wrong, "--tags-only", "--json")
    assert validated("inspect", out)["wheels"][0]["platform_tags"][0] == "manylinux_2_5_x86_64"


def test_tags_only_loads_little(healthy: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "crosswheel", "inspect", "--tags-only", str(healthy)],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert not loaded & {"rich", "requests", "urllib3", "platformdirs", "build", "tomllib"}


def test_a_pure_wheel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheel = tmp_path / "x-1.0-py3-none-any.whl"
    content = make_wheel({"x.py": b"1\n"}, name=wheel.name, root_is_purelib=True).getvalue()
    wheel.write_bytes(content)
    assert inspected(capsys, wheel, "--tags-only")[0] == "x-1.0-py3-none-any.whl: any\n"
    assert "nothing was found against it" in inspected(capsys, wheel)[0]


def test_against_a_target(healthy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inspected(capsys, healthy, "--target", "cp311-manylinux_2_28_aarch64")
    out, _ = inspected(capsys, healthy, "--target", "cp312-manylinux_2_28_aarch64", status=1)
    assert "CW119" in out
    assert "CW102" in out


def test_which_python_is_assumed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheel = tmp_path / "x-1.0-py3-none-manylinux_2_17_aarch64.whl"
    wheel.write_bytes(make_wheel({"x/_ext.so": elf_bytes("ext-aarch64.so")}, name=wheel.name).getvalue())
    inspected(capsys, wheel, "--python", "cp311")
    out, _ = inspected(capsys, wheel, "--python", "pp311", status=1)
    assert "CW102" in out, "PyPy imports no bare .so"


@pytest.mark.parametrize("python", ["3.11", "py3", "cp3.11", "python"])
def test_a_python_that_is_none(python: str, healthy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = inspected(capsys, healthy, "--python", python, "--json", status=2)
    assert validated("inspect", out)["error"]["kind"] == "usage"
    assert f"--python {python} is no Python" in err


def test_what_is_not_there_or_no_file(healthy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = inspected(capsys, tmp_path / HEALTHY.replace("x-", "z-"), status=2)
    assert out == ""
    assert "is not there" in err
    _, err = inspected(capsys, tmp_path, status=2)
    assert f"{tmp_path} is a folder" in err
    assert "*.whl" in err
    out, err = inspected(capsys, healthy, tmp_path, status=2)
    assert HEALTHY in out, "the others are told all the same"


def test_a_pipe_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / HEALTHY)
    assert "is no ordinary file" in inspected(capsys, tmp_path / HEALTHY, status=2)[1]


def test_the_quick_answer_is_not_for_a_target(healthy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, err = inspected(capsys, healthy, "--tags-only", "--python", "cp311", status=2)
    assert "--tags-only and --python do not go together" in err


def test_long_lists_are_short_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheel = tmp_path / WRONG
    files = {f"y/_{number}.cpython-311-x86_64-linux-gnu.so": elf_bytes("ext-x86_64.so") for number in range(9)}
    wheel.write_bytes(make_wheel(files, name=WRONG).getvalue())
    out, _ = inspected(capsys, wheel, status=1)
    assert "… 4 more" in out
    (entry,) = validated("inspect", inspected(capsys, wheel, "--json", status=1)[0])["wheels"]
    assert len([finding for finding in entry["findings"] if finding["code"] == "CW101"]) == 9


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colours_in_a_terminal(wrong: Path, variables: dict[str, str], *, coloured: bool) -> None:
    master, slave = pty.openpty()
    environ = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with subprocess.Popen(
        [sys.executable, "-m", "crosswheel", "inspect", str(wrong)],
        stdin=subprocess.DEVNULL,
        stdout=slave,
        stderr=subprocess.DEVNULL,
        env={**environ, "TERM": "xterm", "COLUMNS": "80", **variables},
    ) as process:
        os.close(slave)
        printed = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # Linux's way to say that the other side is closed
                break
            printed += piece
        assert process.wait() == 1
    os.close(master)
    text = printed.decode()
    assert ("\x1b[1;31m" in text) == coloured
    assert "CW101" in text
    if variables.get("TERM") != "dumb":
        assert all(len(re.sub(r"\x1b\[[\d;]*m", "", line)) <= 80 for line in text.splitlines())


def test_a_hostile_name_does_not_command_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheel = tmp_path / "x-1.0-py3-none-any.whl"
    content = make_wheel({"x.py": b"1\n", "\x1b[2Jx": b""}, name=wheel.name, root_is_purelib=True).getvalue()
    wheel.write_bytes(content)
    out, _ = inspected(capsys, wheel, status=1)
    assert "\x1b" not in out
    assert "\\x1b[2Jx" in out
    assert "CW127" in out


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_whatever_the_encoding_is(wrong: Path, encoding: str) -> None:
    odd = wrong.parent / b"\xff".decode(errors="surrogateescape")
    odd.mkdir()
    wheel = wrong.rename(odd / wrong.name)
    for options in ((), ("--json",), ("--tags-only",)):
        done = subprocess.run(
            [sys.executable, "-m", "crosswheel", "inspect", wheel, *options],
            env={**os.environ, "PYTHONIOENCODING": encoding},
            capture_output=True,
            check=False,
        )
        assert b"bug" not in done.stderr
        assert wrong.name.encode() in done.stdout
