"""The target's sysconfig variables, out of those of a host Python of the same version."""

import re
from collections.abc import Mapping
from pathlib import Path

from crosswheel.pythons.derive_pyconfig import read_macros
from crosswheel.targets import Target

Value = str | int

# What sysconfig makes of the running interpreter by itself.
_OF_THE_RUN = frozenset(
    {
        *("abi_thread", "abiflags", "base", "implementation", "implementation_lower", "installed_base", "SO"),
        *("installed_platbase", "platbase", "platlibdir", "projectbase", "py_version", "py_version_nodot"),
        *("py_version_nodot_plat", "py_version_short", "srcdir", "userbase"),
    }
)

# Flags that belong to the host's compiler, to its processor, or to how its own interpreter was made.
_HOSTS_FLAG = re.compile(
    r"-m|-I|-L|-isystem|-Wl,(?:-rpath|--no-as-needed|-z)|-R/|-B|--sysroot|-specs|-flto|-fno-lto|-ffat-lto|-fprofile"
    r"|-fno-semantic|-fcf-protection|-ffile-prefix-map|-fdebug-prefix-map|-fmacro-prefix-map|-fstack-clash|-fuse-ld"
    r"|-fno-omit|-Wdate-time|-D_FORTIFY_SOURCE|-U_FORTIFY_SOURCE"
)


def derive_variables(host: Mapping[str, object], target: Target, pyconfig: str, folder: Path) -> dict[str, Value]:
    """Return what `build_time_vars` of the target's `_sysconfigdata_…` module holds.

    Arguments:
        host: `sysconfig.get_config_vars()` of the host's Python.
        target: whose they are to be.
        pyconfig: the target's pyconfig.h.
        folder: of the pose, whose `include` has the headers.
    """
    prefixes = sorted({str(host[name]) for name in ("prefix", "exec_prefix") if host.get(name)}, key=len, reverse=True)
    found: dict[str, Value] = {}
    for name, value in host.items():
        if name in _OF_THE_RUN:
            continue
        if isinstance(value, int):
            found[name] = value
        elif isinstance(value, str):
            found[name] = _cleaned(name, value, prefixes)
    for name, text in read_macros(pyconfig).items():
        if name in found or name.startswith(("HAVE_", "SIZEOF_", "ALIGNOF_")) or name == "Py_GIL_DISABLED":
            found[name] = _as_value(text)
    triplet = str(host.get("MULTIARCH") or "")
    multiarch = target.platform.triplet(target.python.version)
    if triplet:
        found = {
            name: value.replace(triplet, multiarch) if isinstance(value, str) else value
            for name, value in found.items()
        }
    return found | _told(target, folder)


def _as_value(text: str | None) -> Value:
    """As `sysconfig.parse_config_h` reads it."""
    if text is None:
        return 0
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def _cleaned(name: str, value: str, prefixes: list[str]) -> str:
    if name in ("CONFIG_ARGS", "RUNSHARED", "TESTPYTHON", "TESTRUNNER", "PROFILE_TASK", "PGO_PROF_USE_FLAG"):
        return ""
    words = value.split()
    kept = [word for word in words if not _HOSTS_FLAG.match(word) and not _leads_to_host(word, prefixes)]
    return value if kept == words else " ".join(kept)


def _leads_to_host(word: str, prefixes: list[str]) -> bool:
    elsewhere = re.match(r"[^/]*/(?:tmp|build|home)/", word) is not None
    return elsewhere or any(prefix != "/usr" and prefix in word for prefix in prefixes)


def _told(target: Target, folder: Path) -> dict[str, Value]:
    """What is said of the target, whatever the host says."""
    tools = target.architecture.triplet
    multiarch = target.platform.triplet(target.python.version)
    short = ".".join(map(str, target.python.version))
    flags = "m" if target.python.version < (3, 8) else "t" if target.python.free_threaded else ""
    name = f"python{short}{flags}"
    machine = {"i686": "i686", "armv7l": "arm"}.get(target.architecture.name, target.architecture.cpu)
    gnu = f"{machine}-unknown-{multiarch.partition('-')[2]}"
    root = folder / "lib"
    config = root / name / f"config-{short}{flags}-{multiarch}"
    return {
        "CC": f"{tools}-gcc",
        "CPP": f"{tools}-gcc -E",
        "MAINCC": f"{tools}-gcc",
        "LINKCC": f"{tools}-gcc",
        "CXX": f"{tools}-g++",
        "LDSHARED": f"{tools}-gcc -shared",
        "BLDSHARED": f"{tools}-gcc -shared",
        "LDCXXSHARED": f"{tools}-g++ -shared",
        "AR": f"{tools}-ar",
        "RANLIB": f"{tools}-ranlib",
        "READELF": f"{tools}-readelf",
        "CCSHARED": "-fPIC",
        "CPPFLAGS": "",
        "LDFLAGS": "",
        "SOABI": target.soabi,
        "EXT_SUFFIX": f".{target.soabi}.so",
        "SHLIB_SUFFIX": ".so",
        "MULTIARCH": multiarch,
        "MULTIARCH_CPPFLAGS": f'-DMULTIARCH=\\"{multiarch}\\"',
        "PLATFORM_TRIPLET": multiarch,
        "MACHDEP": "linux",
        "HOST_GNU_TYPE": gnu,
        "BUILD_GNU_TYPE": gnu,
        "ABIFLAGS": flags,
        "VERSION": short,
        "LDVERSION": f"{short}{flags}",
        "Py_ENABLE_SHARED": 0,
        "LIBRARY": f"lib{name}.a",
        "LDLIBRARY": f"lib{name}.a",
        "INSTSONAME": f"lib{name}.a",
        "LIBDIR": str(root),
        "LIBPL": str(config),
        "LIBPC": str(root / "pkgconfig"),
        "LIBDEST": str(root / name),
        "BINLIBDEST": str(root / name),
        "DESTLIB": str(root / name),
        "DESTSHARED": str(root / name / "lib-dynload"),
        "SCRIPTDIR": str(root),
        "INCLUDEDIR": str(folder / "include"),
        "CONFINCLUDEDIR": str(folder / "include"),
        "INCLUDEPY": str(folder / "include"),
        "CONFINCLUDEPY": str(folder / "include"),
        "BINDIR": str(folder / "bin"),
        "prefix": str(folder),
        "exec_prefix": str(folder),
    }
