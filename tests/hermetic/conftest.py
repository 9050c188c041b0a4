"""A hermetic environment made of a few files: no network, no emulator, nothing compiled."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from crosswheel.emulator import Emulator, ExecMode, Launcher
from crosswheel.hermetic import make_hermetic
from crosswheel.pythons import TargetPython
from crosswheel.store import Sysroot
from crosswheel.targets import Target
from crosswheel.toolchains import zig_toolchain
from made_environment import Made, Maker, write_sysroot


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    """Make an environment: of a target, for an exec mode, from a search path."""
    return maker(tmp_path)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """An environment for aarch64 in which programs of the target can be started, shared by tests that only ask it."""
    return maker(tmp_path_factory.mktemp("made"))()


def fake_packages(folder: Path) -> Callable[..., Path]:
    """Packages for this machine that hold every essential tool, as files that say what they are given."""

    def unpacked(*names: str, dependencies: bool, only: frozenset[str] = frozenset()) -> Path:
        assert dependencies
        assert not only
        root = folder / "packages" / "-".join(names)
        files = {
            "usr/lib64/ld-linux-x86-64.so.2": '#!/bin/sh\necho "$@"\n',
            "usr/share/perl/5.36/strict.pm": "",
            **{f"usr/bin/{name}": "" for name in names},
        }
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
            (root / name).chmod(0o755)
        (root / "usr/lib/x86_64-linux-gnu").mkdir(parents=True, exist_ok=True)
        return root

    return unpacked


def maker(tmp_path: Path) -> Maker:
    """Return what makes environments in a folder."""
    packages = fake_packages(tmp_path)

    def made(
        name: str = "cp311-manylinux2014_aarch64",
        *,
        mode: ExecMode = ExecMode.NAMESPACE,
        native: bool = False,
        search_path: str = "/usr/local/bin:/usr/bin:/bin",
        host_packages: Callable[..., Path] = packages,
        environment: Mapping[str, str] | None = None,
    ) -> Made:
        target = Target.parse(name)
        folder = tmp_path / "a build"
        sysroot = None if native else write_sysroot(tmp_path / "sys root", target)
        emulator = Emulator(path=Path("/opt/qemu-aarch64"), architecture=target.architecture, version="10.0")
        python = TargetPython(
            version="3.11.2",
            executable=Path("/nowhere/python3.11"),
            command=("/nowhere/python3.11",),
            includes=(tmp_path / "include" / "python3.11",),
            sysroot=None
            if sysroot is None
            else Sysroot(path=sysroot, architecture=target.architecture, glibc=(2, 36), suite="bookworm", packages=()),
            origin="a test",
        )
        hermetic = make_hermetic(
            folder / "hermetic",
            target=target,
            toolchain=zig_toolchain(target, cache=tmp_path / "zig"),
            python=python,
            build_python=folder / "env" / "bin" / "python",
            emulator=None if native else emulator,
            launcher=Launcher(
                mode=ExecMode.NONE if native else mode, environment={} if native else {"QEMU_CPU": "cortex-a53"}
            ),
            search_path=search_path,
            host_packages=host_packages,
            source_date_epoch=315532800,
            home=folder / "home",
            environment=environment or {},
        )
        return Made(hermetic, sysroot, folder)

    return made
