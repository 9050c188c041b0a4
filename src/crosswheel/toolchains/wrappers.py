"""Writes the scripts that stand on a build's PATH under all the names that compilers and their tools have."""

import shlex
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from crosswheel.store import atomic_write
from crosswheel.targets import Musllinux
from crosswheel.toolchains import hidden, processors
from crosswheel.toolchains import rules as table
from crosswheel.toolchains.gnu import GnuCxx
from crosswheel.toolchains.rules import Rule
from crosswheel.toolchains.zig import Toolchain

_FIRST_WITH_ALL_CHECKED_FUNCTIONS = (2, 16)

# Python.h includes <crypt.h> until then; zig has it for musl alone.
_LAST_WITH_CRYPT = (3, 8)

# What GCC up to 13 warns of and clang takes for an error: the sources of old packages were written against that. A
# function that is nowhere stays an undefined symbol, which the proof of a wheel finds. With -Werror they are errors.
_WARNINGS_OF_GCC = (
    "implicit-function-declaration", "implicit-int", "int-conversion", "incompatible-pointer-types",
    "incompatible-function-pointer-types", "return-mismatch", "register", "dynamic-exception-spec", "c++11-narrowing",
)  # fmt: skip

# A processor of each architecture, for messages.
_EXAMPLES = {
    "x86_64": "x86-64-v2", "i686": "pentium4", "aarch64": "armv8-a", "armv7l": "armv7-a", "ppc64le": "power8",
    "s390x": "z13", "riscv64": "rv64gc", "loongarch64": "la464",
}  # fmt: skip

# Folders of the machine that a build runs on; a target's file system has others at these places.
HOST_FOLDERS = (
    "/usr/include",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libx32",
    "/usr/local",
    "/lib",
    "/lib32",
    "/lib64",
    "/opt",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapperRules:
    """What the wrappers of one build have to know beyond the target.

    Arguments:
        sysroot: the target's file system; None where nothing but zig's own libraries is there.
        python_includes: folders that together hold Python.h and what it includes of Python's own.
        build_folder: where the build works; compiled files do not depend on where it is.
        host_folders: folders of this machine that are never meant.
        extension_suffixes: of extension modules, best first, such as (".cpython-311-aarch64-linux-gnu.so", ".so").
        link_log: file to which each linked library of the sysroot is written, one path a line; None for no record.
        ahead: how many files are compiled at once ahead of a build that compiles one at a time; 0 for none, 9 at most.
        own_folders: folders that are the build's own (an environment, a cache), also where they lie below a host's.
        runtimes: folders of libraries that come before the sysroot's: of other compilers of the build (Fortran's,
            OpenMP's), and what was linked again.
        relinked: the one of those with shared libraries that stand for the sysroot's; None for none.
        gnu_cxx: GCC's C++ runtime, where it is wanted in place of zig's.
        openmp: folder of libomp.so, with `include` in it; None where nothing of the build needs it.
    """

    sysroot: Path | None
    python_includes: tuple[Path, ...] = ()
    build_folder: Path
    host_folders: tuple[str, ...] = HOST_FOLDERS
    extension_suffixes: tuple[str, ...] = ()
    link_log: Path | None = None
    ahead: int = 0
    own_folders: tuple[Path, ...] = ()
    runtimes: tuple[Path, ...] = ()
    openmp: Path | None = None
    relinked: Path | None = None
    gnu_cxx: GnuCxx | None = None


def write_wrappers(folder: Path, toolchain: Toolchain, rules: WrapperRules) -> Mapping[str, Path]:
    """Write the wrapper scripts.

    What the script adds to zig is 1.7 to 2.3 ms (dash, 15 arguments, a busy machine), where the smallest compile that
    zig answers from its cache takes 42 ms, and starting Python would add 11.

    Arguments:
        folder: where to; it has to be the build's only folder of compilers. Made if it is not there.
        toolchain: what they call.
        rules: of this build.

    Returns:
        Name of each tool, such as "aarch64-linux-gnu-gcc", to its script.

    Raises:
        LackError: the folder cannot be written to.
    """
    triplet = _triplet(toolchain)
    c_names = ("cc", "gcc", "clang", "c99")
    cxx_names = ("c++", "g++", "clang++")
    scripts: dict[str, str] = {}
    bodies = {
        c_names: _compiler(folder, toolchain, rules, driver="cc"),
        cxx_names: _compiler(folder, toolchain, rules, driver="c++"),
        ("cpp",): _compiler(folder, toolchain, rules, driver="cc", preprocess=True),
        ("ar", "gcc-ar", "llvm-ar"): _tool(toolchain, "ar"),
        ("ranlib", "gcc-ranlib", "llvm-ranlib"): _tool(toolchain, "ranlib"),
        ("ld", "ld.lld", "lld"): _tool(toolchain, "ld.lld"),
        ("strip", "llvm-strip"): _resource("strip.sh"),
        # Its own Python's, apart from whatever the build has set for Python; libtool asks it a few times a build.
        ("nm", "gcc-nm"): f'exec {shlex.quote(sys.executable)} -I -m crosswheel.toolchains.nm "$@"\n',
    }
    bodies[("as",)] = f'{_resource("as.sh")}exec {shlex.quote(str(folder / "cc"))} -x assembler -c "$@"\n'
    for missing in ("objcopy", "objdump", "readelf"):
        bodies[(missing,)] = _missing(missing, triplet)
    for names, body in bodies.items():
        for name in names:
            scripts[name] = body
            scripts.update({f"{prefix}-{name}": body for prefix in _prefixes(toolchain)})
    _write(folder / ".archives.map", hidden.WITH_ARCHIVES)
    _write(folder / ".extension.map", hidden.extension_script())
    _write(folder / ".library.map", hidden.library_script(gnu=rules.gnu_cxx is not None))
    if rules.ahead:
        _write(folder / ".ahead", _resource("ahead.sh"))
    return {name: _write(folder / name, f"#!/bin/sh\n{body}") for name, body in scripts.items()}


def _triplet(toolchain: Toolchain) -> str:
    """The multiarch triplet: what -print-multiarch says, and folders of libraries are called."""
    architecture = toolchain.target.architecture
    return architecture.musl_triplet if isinstance(toolchain.target.platform, Musllinux) else architecture.triplet


def _prefixes(toolchain: Toolchain) -> tuple[str, ...]:
    """What the names of its tools begin with: sysconfig of a Python may name any of these."""
    architecture = toolchain.target.architecture
    return tuple(dict.fromkeys((_triplet(toolchain), architecture.gnu_triplet, architecture.triplet)))


def _write(path: Path, text: str) -> Path:
    with atomic_write(path) as file:
        file.write(text.encode())
    path.chmod(0o755)
    return path


def _resource(name: str) -> str:
    return (files("crosswheel.toolchains") / "shell" / name).read_text(encoding="utf-8")


def _environment(toolchain: Toolchain) -> str:
    settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in toolchain.environment.items())
    # What clang and zig read of the environment besides their arguments, and what would smuggle in the host.
    clang = "CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH LIBRARY_PATH COMPILER_PATH GCC_EXEC_PREFIX CCC_OVERRIDE_OPTIONS"
    zig = "NIX_CFLAGS_COMPILE NIX_LDFLAGS NIX_CFLAGS_LINK ZIG_LIBC ZIG_LIB_DIR"
    return f"unset {clang} {zig}\nexport {settings}\n"


def _tool(toolchain: Toolchain, subcommand: str) -> str:
    return f'{_environment(toolchain)}exec {shlex.quote(str(toolchain.zig))} {subcommand} "$@"\n'


def _missing(name: str, triplet: str) -> str:
    sentence = (
        f"crosswheel: there is no {name} for {triplet}: zig has none, and this machine's own is not the target's; "
        f"tell the build to do without"
    )
    return f"printf '%s\\n' {shlex.quote(sentence)} >&2\nexit 1\n"


def _compiler(folder: Path, toolchain: Toolchain, rules: WrapperRules, *, driver: str, preprocess: bool = False) -> str:
    architecture = toolchain.target.architecture
    triplet = _triplet(toolchain)
    baseline, bounds = processors.baseline_processor(architecture.name)
    before = _fixed_before(toolchain, rules)
    if preprocess:
        before.append("-E")
    after = [part for include in _includes(toolchain, rules, triplet) for part in ("-idirafter", str(include))]
    values = {
        "zig": str(toolchain.zig),
        "driver": driver,
        "triple": toolchain.triple,
        "plain_triple": toolchain.triple.partition(".")[0],
        "triplet": triplet,
        "machine": architecture.gnu_triplet if triplet == architecture.triplet else triplet,
        "architecture": architecture.name,
        "baseline": baseline,
        "bounds": bounds,
        "example_cpu": _EXAMPLES[architecture.name],
        "sysroot": str(rules.sysroot or ""),
        "tools": str(folder),
        "link_log": str(rules.link_log or ""),
        "compat": str(toolchain.compatibility_archive or ""),
        "cxx_archive": "" if rules.gnu_cxx else str(toolchain.cxx_archive),
        "gnu_cxx": str(rules.gnu_cxx.runtime) if rules.gnu_cxx else "",
        "openmp_runtime": str(rules.openmp or ""),
        "relinked": str(rules.relinked or ""),
        "ahead": str(min(rules.ahead, 9)),
        "first_mode": "compile" if preprocess else "",
    }
    lines = [f"{name}={shlex.quote(value)}" for name, value in values.items()]
    lines += _references("fixed_before", before)
    lines += _references("lenient", [f"-Wno-error={name}" for name in _WARNINGS_OF_GCC])
    lines += _references("fixed_after", after)
    lines += _references("cxx_headers", _gnu_cxx_headers(rules))
    return _environment(toolchain) + "\n".join(lines) + "\n" + _body(toolchain, rules)


def _body(toolchain: Toolchain, rules: WrapperRules) -> str:
    glibc, architecture = toolchain.target.glibc, toolchain.target.architecture.name
    old = glibc is not None and glibc < _FIRST_WITH_ALL_CHECKED_FUNCTIONS
    parts = {
        "@RESPONSE_FILES@": _resource("response.sh"),
        "@PROCESSOR@": _resource("processor.sh"),
        "@PROCESSOR_NAMES@": _cases(processors.processor_names(architecture)),
        "@PROCESSOR_EXTENSIONS@": _cases(processors.processor_extensions(architecture)),
        "@OWN_PATHS@": _case_of_paths(_own_folders(rules), end=" ;;"),
        "@BUILD_PATHS@": _case_of_paths([str(rules.build_folder)], end=" ;;"),
        "@HOST_PATHS@": _case_of_paths(rules.host_folders, end=""),
        "@DRIVER_RULES@": _cases(
            (
                *(table.old_glibc_rules() if old else ()),
                *processors.processor_rules(architecture),
                *table.driver_rules(),
            )
        ),
        "@LINKER_RULES@": _cases(table.linker_rules()),
        "@KEYWORD_RULES@": _cases(table.keyword_rules()),
        "@LIBRARY_RULES@": _cases(table.library_rules()),
        "@RUNTIME_PATHS@": _case_of_paths(map(str, rules.runtimes), end=""),
        "@RUNTIME_FOLDERS@": _folders_of(rules.runtimes),
        "@EXTENSION_NAMES@": _extension_names(rules.extension_suffixes),
    }
    text = _resource("compiler.sh")
    for mark, clauses in parts.items():
        text = text.replace(mark, clauses)
    return text


def _fixed_before(toolchain: Toolchain, rules: WrapperRules) -> list[str]:
    """Return what every call begins with, so that the package's own options, which follow, win."""
    options = [
        "-target",
        toolchain.triple,
        *toolchain.abi_options,
        # Without -O, zig compiles with an aborting UBSan.
        "-fno-sanitize=undefined",
        # zig takes -O2 for a release build: it defines NDEBUG and makes __DATE__ an error. Neither was asked for.
        "-UNDEBUG",
        "-Wno-error=date-time",
        "-g0",
        # GCC says nothing of options that a compile or a link does not use; clang does, and -Werror makes it a failure.
        "-Wno-unused-command-line-argument",
    ]
    options += [f"-ffile-prefix-map={place}=." for place in rules.own_folders]
    if rules.sysroot:
        options.append(f"-ffile-prefix-map={rules.sysroot}=")
    options.append(f"-ffile-prefix-map={rules.build_folder}=.")
    return options


def _own_folders(rules: WrapperRules) -> tuple[str, ...]:
    folders = (
        rules.build_folder,
        *([rules.sysroot] if rules.sysroot else []),
        *rules.own_folders,
        *rules.python_includes,
    )
    return tuple(dict.fromkeys(str(folder) for folder in folders))


def _includes(toolchain: Toolchain, rules: WrapperRules, triplet: str) -> tuple[Path, ...]:
    """Return the folders that are looked in last: for headers that a package expects without naming a folder."""
    system = (rules.sysroot / "usr/include" / triplet, rules.sysroot / "usr/include") if rules.sysroot else ()
    openmp = (rules.openmp / "include",) if rules.openmp else ()
    target = toolchain.target
    old = target.glibc is not None and target.python.version <= _LAST_WITH_CRYPT
    return (*rules.python_includes, *openmp, *system, *([Path(__file__).parent / "include"] if old else []))


def _gnu_cxx_headers(rules: WrapperRules) -> list[str]:
    if rules.gnu_cxx is None:
        return []
    return ["-nostdlib++", "-nostdinc++", *(f"-I{folder}" for folder in rules.gnu_cxx.includes)]


def _references(name: str, values: Iterable[str]) -> list[str]:
    listed = list(values)
    lines = [f"{name}_{number}={shlex.quote(value)}" for number, value in enumerate(listed)]
    text = " ".join(f'"${name}_{number}"' for number in range(len(listed)))
    return [*lines, f"{name}={shlex.quote(text)}"]


def _cases(rules: Iterable[Rule]) -> str:
    return "\n".join(f"  {' | '.join(_pattern(one) for one in rule.patterns)}) {rule.action} ;;" for rule in rules)


def _pattern(pattern: str) -> str:
    return pattern.replace("(", "\\(").replace(")", "\\)")


def _folders_of(paths: Iterable[Path]) -> str:
    return "\n".join(
        f'  folders=$((folders + 1)) place={shlex.quote(str(path))}\n  eval "folder_$folders=\\$place"'
        for path in paths
    )


def _case_of_paths(paths: Iterable[str], *, end: str) -> str:
    patterns = [pattern for path in paths for pattern in (shlex.quote(path), f"{shlex.quote(path)}/*")]
    return f"  {' | '.join(patterns)}){end}" if patterns else "  '')"


def _extension_names(suffixes: Iterable[str]) -> str:
    action = "extension=1"
    # A bare .so may be an extension module or a library beside one; only libraries begin with "lib".
    libraries = "    lib*.so)"
    named = [suffix for suffix in suffixes if suffix != ".so"]
    lines = [f"    *{shlex.quote(suffix)}) {action} ;;" for suffix in named]
    if ".so" in suffixes:
        lines += [f"{libraries} ;;", f"    *.so) {action} ;;"]
    return "\n".join(lines) or "    '') ;;"
