"""LLVM's OpenMP runtime, made by zig from its source for the target's C library.

zig compiles `#pragma omp` and has neither omp.h nor a runtime. Debian's libomp and libgomp ask for glibc 2.34
(bookworm) and cannot be grafted below that; libgomp has nothing of what clang's code calls. So libomp is built once
for each target (17 s of one core), shared, and grafted into wheels: all modules of a wheel have one, and so have
wheels with the same libomp, since its file name follows its content and the loader loads no name twice. It also has
what GCC's code calls (GOMP_*), which is what Fortran's OpenMP needs.
"""

import lzma
import re
import shutil
import sys
import tarfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from crosswheel.errors import BadInputError, RefusedError
from crosswheel.process import Command, Processes
from crosswheel.toolchains.zig import Toolchain


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMPSource:
    """Where the source is.

    Arguments:
        version: of LLVM.
        package: Debian's name of it.
        debian_version: Debian's version of it.
        path: of the archive, below a Debian mirror.
        sha256: of its bytes.
        size: bytes.
    """

    version: str
    package: str
    debian_version: str
    path: str
    sha256: str
    size: int


OPENMP_SOURCE = OpenMPSource(
    version="19.1.7",
    package="llvm-toolchain-19",
    debian_version="1:19.1.7-3",
    path="pool/main/l/llvm-toolchain-19/llvm-toolchain-19_19.1.7.orig.tar.xz",
    sha256="ae498f3bc58ae2d9f64ef5f0c035c4240152bf015a5b7738b15c22e93bdc97ce",
    size=164407968,
)
"""What Debian's stable release (trixie) builds its LLVM 19 from."""

_WANTED = re.compile(r"[^/]+/openmp/(?:runtime/(?:src|tools)/|LICENSE)")

# Two copies in one process (two wheels with different versions of it) each go on with their own threads, as two copies
# of libgomp do; by default the second would end the process ("OMP: Error #15").
_EDITS = {"kmp_global.cpp": ("int __kmp_duplicate_library_ok = 0;", "int __kmp_duplicate_library_ok = 1;")}

_SOURCES = (  # noqa: SIM905 thirty lines else
    "kmp_affinity kmp_alloc kmp_atomic kmp_barrier kmp_cancel kmp_collapse kmp_csupport kmp_debug kmp_dispatch "
    "kmp_environment kmp_error kmp_ftn_cdecl kmp_ftn_extra kmp_global kmp_gsupport kmp_i18n kmp_io kmp_itt kmp_lock "
    "kmp_runtime kmp_sched kmp_settings kmp_str kmp_taskdeps kmp_tasking kmp_threadprivate kmp_utility kmp_version "
    "kmp_wait_release z_Linux_util"
).split()

_EXPORTS = "omp_* OMP_* ompc_* kmp_* kmpc_* __kmpc_* GOMP_* ompx_* ompt_start_tool"

# What LLVM's CMake files find out of a Linux target, by the names of kmp_config.h.cmake; everything else is 0.
_ALWAYS = frozenset({"LIBOMP_HAVE_WEAK_ATTRIBUTE", "LIBOMP_ENABLE_SHARED", "LIBOMP_HAVE_POSIX_MEMALIGN"})
_X86 = frozenset(
    {
        "LIBOMP_USE_ADAPTIVE_LOCKS",
        "LIBOMP_HAVE_XMMINTRIN_H",
        "LIBOMP_HAVE_IMMINTRIN_H",
        "LIBOMP_HAVE_X86INTRIN_H",
        "LIBOMP_HAVE__MM_MALLOC",
    }
)


def unpack_openmp(archive: Path, folder: Path) -> None:
    """Write the runtime's source out of LLVM's.

    Arguments:
        archive: a .tar.xz, whose bytes are known to be right.
        folder: takes `src`, `tools` and the licence; empty.

    Raises:
        BadInputError: it is not in there.
    """
    with archive.open("rb") as file, lzma.open(file) as plain, tarfile.open(fileobj=plain, mode="r|") as members:
        begun = False
        for member in members:
            if not _WANTED.match(member.name):
                if begun and "/openmp/" not in member.name:
                    break  # the archive is sorted: nothing more of it follows
                continue
            begun = True
            place = PurePosixPath(*PurePosixPath(member.name).parts[2:])
            if not member.isfile() or ".." in place.parts:
                continue
            source = members.extractfile(member)
            path = folder / (place.relative_to("runtime") if place.parts[0] == "runtime" else place)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source.read() if source else b"")
    for name, (before, after) in _EDITS.items():
        path = folder / "src" / name
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if before not in text:
            raise BadInputError(f"{archive} has not the OpenMP runtime that is wanted", why=f"{name} is another")
        path.write_text(text.replace(before, after), encoding="utf-8")


def make_openmp(folder: Path, source: Path, toolchain: Toolchain, *, processes: Processes, jobs: int) -> None:
    """Write libomp.so for a toolchain's target, and its headers below `include`.

    Arguments:
        folder: where to; empty.
        source: what `unpack_openmp` wrote.
        toolchain: compiles.
        processes: starts programs.
        jobs: how many at once.

    Raises:
        RefusedError: a program failed.
    """
    build = _Build(folder=folder, source=source, toolchain=toolchain, processes=processes)
    build.configure()
    with ThreadPoolExecutor(jobs) as pool:
        objects = list(pool.map(build.compile, (*(f"{name}.cpp" for name in _SOURCES), "z_Linux_asm.S")))
    build.link(objects)
    for path in folder.iterdir():
        if path.suffix in {".o", ".inc", ".h", ".map"}:
            path.unlink()
    shutil.copyfile(source / "LICENSE.TXT", folder / "LICENSE.TXT")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Build:
    folder: Path
    source: Path
    toolchain: Toolchain
    processes: Processes

    def configure(self) -> None:
        architecture = self.toolchain.target.architecture.name
        true = _ALWAYS | (_X86 if architecture in {"x86_64", "i686"} else frozenset())
        values = {
            "LIBOMP_LEGAL_ARCH": architecture,
            "LIBOMP_LIB_FILE": "libomp.so",
            "LIBOMP_VERSION_MAJOR": "5",
            "LIBOMP_VERSION_MINOR": "0",
            "LIBOMP_VERSION_BUILD": "20140926",
            "LIBOMP_BUILD_DATE": "No_Timestamp",
        }

        def filled(name: str) -> str:
            text = (self.source / "src" / name).read_text(encoding="utf-8")
            text = re.sub(r"#cmakedefine01 (\w+)", lambda found: f"#define {found[1]} {int(found[1] in true)}", text)
            return re.sub(r"@(\w+)@", lambda found: values.get(found[1], ""), text)

        (self.folder / "include").mkdir()
        for template, place in (
            ("kmp_config.h.cmake", "kmp_config.h"),
            ("include/omp.h.var", "include/omp.h"),
            ("include/omp-tools.h.var", "include/omp-tools.h"),
            ("include/ompx.h.var", "include/ompx.h"),
        ):
            (self.folder / place).write_text(filled(template), encoding="utf-8")
        script = self.source / "tools/message-converter.py"
        for option, name in (("--enum", "kmp_i18n_id.inc"), ("--default", "kmp_i18n_default.inc")):
            self._run((sys.executable, str(script), f"{option}={name}", str(self.source / "src/i18n/en_US.txt")))
        exports = "".join(f"{pattern}; " for pattern in _EXPORTS.split())
        (self.folder / "exports.map").write_text(f"{{ global: {exports}local: *; }};\n", encoding="ascii")

    def compile(self, name: str) -> str:
        made = f"{name.partition('.')[0]}.o"
        sources = self.source / "src"
        options = ("-O2", "-fPIC", "-g0", "-fno-sanitize=undefined", "-w", "-D_GNU_SOURCE", "-D_REENTRANT", "-DNDEBUG")
        folders = (str(self.folder), str(self.folder / "include"), str(sources))
        includes = tuple(f"-I{folder}" for folder in folders)
        maps = (f"-ffile-prefix-map={self.source}=.", f"-ffile-prefix-map={self.folder}=.")
        language = ("c++", "-std=c++17", "-fno-exceptions", "-fno-rtti") if name.endswith(".cpp") else ("cc",)
        words = (*language, *self.toolchain.target_options, *options, *includes, *maps)
        self._run((str(self.toolchain.zig), *words, "-c", str(sources / name), "-o", made))
        return made

    def link(self, objects: Sequence[str]) -> None:
        options = ("-shared", "-O2", "-s", "-Wl,-soname,libomp.so", "-Wl,--version-script=exports.map")
        words = ("cc", *self.toolchain.target_options, *options, *objects, "-lpthread", "-ldl", "-lm")
        self._run((str(self.toolchain.zig), *words, "-o", "libomp.so"))

    def _run(self, argv: tuple[str, ...]) -> None:
        environment = {"PATH": "", "HOME": str(self.folder), **self.toolchain.environment}
        done = self.processes.run(Command(argv=argv, environment=environment, directory=self.folder))
        if done.returncode != 0:
            raise RefusedError(
                f"the OpenMP runtime for {self.toolchain.triple} could not be made",
                why=f"`{Path(argv[0]).name} {argv[1]}` ended with exit status {done.returncode}",
                details=done.output.splitlines()[-10:],
            )
