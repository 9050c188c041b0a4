"""The shims, as the shells of this machine run them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from crosswheel.emulator import ExecMode
from made_environment import Made, Maker

SHELLS = [
    shell
    for shell in (["dash"], ["bash"], ["bash", "--posix"], ["busybox", "sh"], ["ksh"], ["zsh", "--emulate", "sh"])
    if shutil.which(shell[0])
]


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ("", "Linux"),
        ("-m", "aarch64"),
        ("-p", "aarch64"),
        ("-i", "aarch64"),
        ("-n", "localhost"),
        ("-o", "GNU/Linux"),
        ("-ms", "Linux aarch64"),
        ("-m -s", "Linux aarch64"),
        ("-smo", "Linux aarch64 GNU/Linux"),
        ("--machine --kernel-name", "Linux aarch64"),
        ("-v", "#1 SMP"),
    ],
)
def test_uname_answers_as_coreutils_does(made: Made, shell: list[str], options: str, answer: str) -> None:
    script = str(made.hermetic.tools / "uname")
    done = subprocess.run(
        [*shell, script, *options.split()],
        capture_output=True,
        text=True,
        check=True,
        env=dict(made.hermetic.variables),
    )
    assert done.stdout == f"{answer}\n"


def test_uname_says_everything_in_order(made: Made) -> None:
    words = made.ask("uname", "-a").split()
    assert words[:2] == ["Linux", "localhost"]
    assert words[-4:] == ["aarch64", "aarch64", "aarch64", "GNU/Linux"]


@pytest.mark.parametrize("wrong", ["-z", "--what", "extra"])
def test_uname_refuses_what_it_does_not_know(made: Made, wrong: str) -> None:
    assert "uname: " in made.ask("uname", wrong, status=1)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (["arch"], "aarch64"),
        (["dpkg", "--print-architecture"], "arm64"),
        (["dpkg-architecture", "-qDEB_HOST_MULTIARCH"], "aarch64-linux-gnu"),
        (["dpkg-architecture", "-q", "DEB_BUILD_GNU_TYPE"], "aarch64-linux-gnu"),
        (["dpkg-architecture", "--query=DEB_TARGET_ARCH_BITS"], "64"),
        (["dpkg-architecture", "-qDEB_HOST_ARCH_ENDIAN"], "little"),
        (["getconf", "LONG_BIT"], "64"),
        (["getconf", "GNU_LIBC_VERSION"], "glibc 2.17"),
        (["getconf", "PAGESIZE"], "65536"),
        (["bash", "-c", "echo $MACHTYPE $HOSTTYPE"], "aarch64-unknown-linux-gnu aarch64"),
        (["ldd", "--version"], "ldd (GNU libc) 2.17"),
    ],
)
def test_questions_about_the_machine(made: Made, command: list[str], answer: str) -> None:
    assert made.ask(*command) == answer


def test_dpkg_architecture_has_the_whole_table(made: Made) -> None:
    table = dict(line.split("=", 1) for line in made.ask("dpkg-architecture").splitlines())
    assert len(table) == 33
    assert {name: value for name, value in table.items() if name.startswith("DEB_HOST_")} == {
        "DEB_HOST_ARCH": "arm64",
        "DEB_HOST_ARCH_ABI": "base",
        "DEB_HOST_ARCH_BITS": "64",
        "DEB_HOST_ARCH_CPU": "arm64",
        "DEB_HOST_ARCH_ENDIAN": "little",
        "DEB_HOST_ARCH_LIBC": "gnu",
        "DEB_HOST_ARCH_OS": "linux",
        "DEB_HOST_GNU_CPU": "aarch64",
        "DEB_HOST_GNU_SYSTEM": "linux-gnu",
        "DEB_HOST_GNU_TYPE": "aarch64-linux-gnu",
        "DEB_HOST_MULTIARCH": "aarch64-linux-gnu",
    }


def test_dpkg_does_not_speak_of_this_machine_s_packages(made: Made) -> None:
    assert "--native" in made.ask("dpkg", "-l", status=2)


def test_ldconfig_lists_the_sysroot_once(made: Made) -> None:
    assert made.ask("ldconfig", "-p").splitlines() == [
        "1 libs found in the sysroot",
        f"\tlibz.so.1 (libc6,AArch64) => {made.sysroot}/usr/lib/aarch64-linux-gnu/libz.so.1",
    ]


def test_pkg_config_answers_with_the_sysroot_and_what_static_linking_needs(made: Made) -> None:
    words = made.ask("pkg-config", "--cflags", "--libs", "zlib").replace("\\ ", " ")
    assert words == (f"-I{made.sysroot}/usr/include/zlib-ng -L{made.sysroot}/usr/lib/aarch64-linux-gnu -lz -lm")
    assert made.ask("aarch64-linux-gnu-pkg-config", "--modversion", "zlib") == "1.2.13"
    assert made.ask("pkg-config", "--variable=datadir", "data") == f"{made.sysroot}/usr/share/data"


def test_pkg_config_does_without_private_requirements_that_are_not_there(made: Made) -> None:
    words = made.ask("pkg-config", "--libs", "foo").split()
    assert [word for word in words if not word.startswith("-L") and word[0] == "-"] == [
        "-lfoo",
        "-lm",
        "-pthread",
        "-lbar",
        "-lz",
        "-lm",
    ]


def test_pkg_config_knows_the_target_s_python_and_nothing_of_the_host(made: Made) -> None:
    for name in ("python3", "python-3.11"):
        assert made.ask("pkg-config", "--cflags", name) == f"-I{made.folder.parent}/include/python3.11"
    folder = "/usr/lib/x86_64-linux-gnu/pkgconfig"
    assert (
        made.ask("pkg-config", "--cflags", "python3", PKG_CONFIG_LIBDIR=folder)
        == f"-I{made.folder.parent}/include/python3.11"
    )
    everything = made.ask("pkg-config", "--list-all")
    assert {line.split()[0] for line in everything.splitlines()} - {"pkgconf", "pkg-config"} == {
        *("zlib", "foo", "data", "python3", "python-3.11")
    }


def test_pkg_config_leaves_the_build_s_own_packages_alone(made: Made, tmp_path: Path) -> None:
    (tmp_path / "own.pc").write_text(
        "prefix=/w/own\nName: own\nDescription: x\nVersion: 1\nCflags: -I${prefix}/include\n"
    )
    assert made.ask("pkg-config", "--cflags", "own", PKG_CONFIG_PATH=str(tmp_path)) == "-I/w/own/include"


def test_config_scripts_of_the_sysroot_speak_of_the_sysroot(made: Made) -> None:
    root = made.sysroot
    assert made.ask("foo-config", "--cflags") == f"-I{root}/usr/include/foo -DROOT=/usrlocal"
    assert made.ask("foo-config", "--libs") == f"-L{root}/usr/lib/aarch64-linux-gnu -lfoo"
    assert made.ask("aarch64-linux-gnu-foo-config", "--prefix") == f"{root}/usr"
    made.ask("foo-config", "--what", status=3)
    for name in ("python3-config", "python3.11-config", "python-config", "aarch64-linux-gnu-python3.11-config"):
        assert made.ask(name, "--includes") == f"-I{root}/usr/include/python3.11"


@pytest.mark.parametrize("name", ["rustc", "cargo", "gfortran", "curl"])
def test_what_there_is_none_of_is_said_in_a_sentence(made: Made, name: str) -> None:
    sentence = made.ask(name, "--version", status=127)
    assert sentence.startswith(f"{name}: ")
    assert len(sentence.splitlines()) == 1


def test_scripts_run_as_they_are_where_programs_cannot(make: Maker, tmp_path: Path) -> None:
    made: Made = make(mode=ExecMode.NONE)
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\necho script $1\n")
    script.chmod(0o755)
    assert made.ask(made.hermetic.variables["LOG_COMPILER"], str(script), "here") == "script here"


@pytest.mark.parametrize(
    ("target", "answers"),
    [
        ("cp311-manylinux2014_x86_64", ("x86_64", "amd64", "x86_64-linux-gnu", "64")),
        ("cp311-manylinux2014_i686", ("i686", "i386", "i386-linux-gnu", "32")),
        ("cp311-manylinux2014_armv7l", ("armv7l", "armhf", "arm-linux-gnueabihf", "32")),
        ("cp311-manylinux2014_s390x", ("s390x", "s390x", "s390x-linux-gnu", "64")),
    ],
)
def test_other_machines(make: Maker, target: str, answers: tuple[str, ...]) -> None:
    made = make(target)
    questions = ("uname -m", "dpkg --print-architecture", "dpkg-architecture -qDEB_HOST_MULTIARCH", "getconf LONG_BIT")
    assert tuple(made.ask(*question.split()) for question in questions) == answers
