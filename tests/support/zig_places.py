"""A build folder with the real compiler wrappers of one target."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from crosswheel.elf import ElfFile, parse_elf
from crosswheel.process import Processes
from crosswheel.targets import Target, architecture_named
from crosswheel.toolchains import Toolchain, WrapperRules, write_wrappers, zig_toolchain

OLD_ARM = "cp311-manylinux2014_aarch64"


def oldest_target(architecture: str, libc: str = "manylinux") -> str:
    """Return the target of the oldest manylinux policy of an architecture from 2014 on, or of musllinux_1_2."""
    if libc == "musllinux":
        return f"cp313-musllinux_1_2_{architecture}"
    major, minor = max((2, 17), architecture_named(architecture).oldest_glibc)
    return f"cp313-manylinux_{major}_{minor}_{architecture}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """A build folder with the wrappers of one target."""

    folder: Path
    toolchain: Toolchain
    scripts: Mapping[str, Path]

    def run(self, name: str, *arguments: str, status: int = 0) -> str:
        done = subprocess.run(
            [str(self.scripts[name]), *arguments],
            cwd=self.folder,
            env={"PATH": "", "HOME": str(self.folder), "CPATH": "/usr/include", "LIBRARY_PATH": "/usr/lib"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    def elf(self, name: str) -> ElfFile:
        return parse_elf((self.folder / name).read_bytes())


def workplace(target: str, folder: Path, *, warm: bool = True, **fields: object) -> Workplace:
    cache = Path(os.environ.get("CROSSWHEEL_CACHE") or platformdirs.user_cache_path("crosswheel")) / "zig"
    parsed = Target.parse(target)
    toolchain = zig_toolchain(parsed, cache=cache)
    build = folder / "build"
    scratch = folder / "scratch"
    build.mkdir(parents=True)
    scratch.mkdir()
    if warm:
        toolchain.warm_up(Processes(), scratch)
    values = {
        "sysroot": None,
        "build_folder": build,
        "extension_suffixes": parsed.extension_suffixes,
        **fields,
    }
    rules = WrapperRules(**values)  # type: ignore[arg-type]  # fields by name, as each test needs them
    return Workplace(folder=build, toolchain=toolchain, scripts=write_wrappers(folder / "tools", toolchain, rules))
