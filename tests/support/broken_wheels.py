"""For each finding wheels that have exactly that fault, each beside its healthy twin: files edited, none compiled."""

import struct
from collections.abc import Mapping

from broken_packages import broken_archives, broken_packages
from broken_values import (
    EXTENSION,
    GLIBC,
    LIBRARY,
    MUSL,
    USER,
    BrokenWheel,
    Make,
    apple_file,
    made,
    module,
    of_module,
    renamed,
    user,
    windows_file,
)
from edited_elf import (
    with_alignment,
    with_executable_stack,
    with_instruction_set,
    with_text_relocations,
    with_weak_symbol,
    without_stack,
)
from made_mach import built_for, mach
from made_wheels import elf_bytes

X86_64 = "x/_ext.cpython-311-x86_64-linux-gnu.so"


def edited_wheels() -> Mapping[str, Make]:
    """Return what makes each of the wheels, by the fault in words."""
    return {
        **_machine(),
        **_suffixes(),
        **_policy(),
        **_linker(),
        **_folders(),
        **broken_packages(),
        **broken_archives(),
    }


def _machine() -> Mapping[str, Make]:
    aarch64, i686 = elf_bytes("ext-aarch64.so"), elf_bytes("ext-i686.so")
    x86_64 = X86_64
    armv7l = "x/_ext.cpython-311-arm-linux-gnueabihf.so"
    soft = bytearray(elf_bytes("ext-armv7l.so"))
    struct.pack_into("<I", soft, 36, 0x05000200)
    armv6l = "x/_ext.cpython-311-arm-linux-musleabihf.so"
    armv7 = renamed(elf_bytes("ext-armv7l.so"), ("libc.so.6", "libc.so"))
    armv6 = armv7.replace(b"\x06\x0a\x07A", b"\x06\x06\x07A")  # Tag_CPU_arch
    tags = {
        "x86_64": "cp311-cp311-manylinux_2_5_x86_64.manylinux1_x86_64",
        "armv7l": "cp311-cp311-manylinux_2_17_armv7l.manylinux2014_armv7l",
    }
    old_x86 = module(elf_bytes("ext-x86_64.so"), x86_64)
    arm = made(module(elf_bytes("ext-armv7l.so"), armv7l), tags["armv7l"])
    abi3 = "x/_ext.abi3.so"
    apple, windows = "cp311-cp311-macosx_11_0_arm64", "cp311-cp311-win_amd64"
    darwin, pyd = "x/_ext.cpython-311-darwin.so", "x/_ext.cp311-win_amd64.pyd"
    return {
        "a module of another machine": lambda: of_module("CW101", elf_bytes("ext-x86_64.so")),
        "a module of another class": lambda: BrokenWheel(
            code="CW101", broken=made(module(i686, x86_64), tags["x86_64"]), healthy=made(old_x86, tags["x86_64"])
        ),
        "a module of another byte order": lambda: of_module("CW101", elf_bytes("ext-s390x.so")),
        "a library of another machine": lambda: BrokenWheel(
            code="CW101",
            broken=made({**module(), "x/libhelp.so": elf_bytes("ext-x86_64.so")}),
            healthy=made({**module(), "x/libhelp.so": aarch64}),
        ),
        "a module of the soft-float ABI": lambda: BrokenWheel(
            code="CW101", broken=made(module(bytes(soft), armv7l), tags["armv7l"]), healthy=arm
        ),
        "a tag for a machine that it has nothing for": lambda: BrokenWheel(
            code="CW101",
            broken=made({abi3: aarch64}, f"cp311-abi3-{GLIBC}.manylinux_2_17_x86_64"),
            healthy=made({abi3: aarch64}, f"cp311-abi3-{GLIBC}"),
        ),
        "a tag for a system that it has nothing for": lambda: BrokenWheel(
            code="CW101",
            broken=made(module(), f"cp311-cp311-{GLIBC}.win_amd64"),
            healthy=made(module()),
        ),
        "32-bit Windows beside the only machine": lambda: BrokenWheel(
            code="CW101",
            broken=made({"x/_ext.pyd": windows_file()}, f"{windows}.win32"),
            healthy=made({"x/_ext.pyd": windows_file()}, windows),
        ),
        "a module of another system": lambda: of_module("CW101", aarch64[:7] + b"\x09" + aarch64[8:]),
        "ELF in a wheel for macOS": lambda: BrokenWheel(
            code="CW101",
            broken=made({darwin: apple_file(), "x/libhelp.so": aarch64}, apple),
            healthy=made({darwin: apple_file()}, apple),
        ),
        "Mach-O of another machine": lambda: BrokenWheel(
            code="CW101",
            broken=made({darwin: apple_file("x86_64")}, apple),
            healthy=made({darwin: apple_file()}, apple),
        ),
        "universal2 with code of one machine": lambda: BrokenWheel(
            code="CW101",
            broken=made({darwin: apple_file()}, "cp311-cp311-macosx_11_0_universal2"),
            healthy=made({darwin: apple_file()}, apple),
        ),
        "PE of another machine": lambda: BrokenWheel(
            code="CW101",
            broken=made({pyd: windows_file("win32")}, windows),
            healthy=made({pyd: windows_file()}, windows),
        ),
        "a text where a module should be": lambda: of_module("CW118", b"version https://git-lfs.github.com/spec/v1"),
        "an object file where a module should be": lambda: of_module("CW118", aarch64[:16] + b"\x01" + aarch64[17:]),
        "an ELF file that is cut off": lambda: BrokenWheel(
            code="CW118",
            broken=made({**module(), "x/libhelp.so": aarch64[:1000]}),
            healthy=made({**module(), "x/libhelp.so": aarch64}),
        ),
        "a Mach-O file that is cut off": lambda: BrokenWheel(
            code="CW118",
            broken=made({darwin: apple_file()[:300]}, apple),
            healthy=made({darwin: apple_file()}, apple),
        ),
        "a PE file that is cut off": lambda: BrokenWheel(
            code="CW118",
            broken=made({pyd: windows_file()[:300]}, windows),
            healthy=made({pyd: windows_file()}, windows),
        ),
        "x86-64-v3 by a GNU property": lambda: BrokenWheel(
            code="CW123",
            broken=made(module(with_instruction_set(elf_bytes("ext-x86_64.so"), 4), x86_64), tags["x86_64"]),
            healthy=made(module(with_instruction_set(elf_bytes("ext-x86_64.so"), 1), x86_64), tags["x86_64"]),
        ),
        "ARMv7 in a wheel for armv6l": lambda: BrokenWheel(
            code="CW123",
            broken=made(module(armv7, armv6l), "cp311-cp311-musllinux_1_1_armv6l"),
            healthy=made(module(armv6, armv6l), "cp311-cp311-musllinux_1_1_armv6l"),
        ),
        "a newer macOS than the tag": lambda: BrokenWheel(
            code="CW131",
            broken=made({darwin: mach("arm64", built_for(13, 0), symbols=("PyInit__ext",))}, apple),
            healthy=made({darwin: mach("arm64", built_for(11, 0), symbols=("PyInit__ext",))}, apple),
        ),
        "another Python's DLL": lambda: BrokenWheel(
            code="CW125",
            broken=made({pyd: windows_file().replace(b"python311.dll", b"python310.dll")}, windows),
            healthy=made({pyd: windows_file()}, windows),
        ),
    }


def _suffixes() -> Mapping[str, Make]:
    python2 = renamed(elf_bytes("ext-aarch64.so"), ("PyInit__ext", "init_ext"), ("PyModule_Create2", "PyInt_FromLong"))

    def pair(code: str, tags: str, wrong: str, right: str) -> Make:
        content = python2 if "cp27" in tags else None
        return lambda: BrokenWheel(
            code=code,
            broken=made(module(content, f"x/_ext{wrong}"), tags),
            healthy=made(module(content, f"x/_ext{right}"), tags),
        )

    own = ".cpython-311-aarch64-linux-gnu.so"
    free, locked = ".cpython-313t-aarch64-linux-gnu.so", ".cpython-313-aarch64-linux-gnu.so"
    pypy = ".pypy311-pp73-aarch64-linux-gnu.so"
    return {
        "the build machine's suffix": pair("CW102", f"cp311-cp311-{GLIBC}", ".cpython-311-x86_64-linux-gnu.so", own),
        "musl's suffix with glibc": pair("CW102", f"cp311-cp311-{GLIBC}", ".cpython-311-aarch64-linux-musl.so", own),
        "a suffix that Python 2.7 does not know": pair("CW102", f"cp27-cp27mu-{GLIBC}", ".native.so", ".so"),
        "a bare suffix for PyPy": pair("CW102", f"pp311-pypy311_pp73-{GLIBC}", ".so", pypy),
        "another CPython's suffix": pair("CW103", f"cp311-cp311-{GLIBC}", ".cpython-312-aarch64-linux-gnu.so", own),
        "a tagged suffix for Python 2.7": pair("CW103", f"cp27-cp27mu-{GLIBC}", own, ".so"),
        "one CPython's suffix in a wheel for abi3": pair("CW103", f"cp311-abi3-{GLIBC}", own, ".abi3.so"),
        "the suffix of a Python with a lock": pair("CW103", f"cp313-cp313t-{GLIBC}", locked, free),
        "the stable ABI with a lock for a Python without": pair("CW103", f"cp313-cp313t-{GLIBC}", ".abi3.so", free),
        "CPython's suffix for PyPy": pair("CW103", f"pp311-pypy311_pp73-{GLIBC}", own, pypy),
        "one CPython's suffix in a wheel for two": pair("CW103", f"cp310.cp311-cp310.cp311-{GLIBC}", own, ".abi3.so"),
    }


def _policy() -> Mapping[str, Make]:
    content = elf_bytes("ext-aarch64.so")
    newer = renamed(content, ("GLIBC_2.17", "GLIBC_2.33"), ("malloc", "fstat"))
    settled = with_weak_symbol(renamed(content, ("GLIBC_2.17", "GLIBC_2.18")), "malloc", "GLIBC_2.18")
    library = renamed(content, ("libc.so.6", "libx.so.6"))
    # musl's loader does not look at versions.
    zlib = renamed(content, ("libc.so.6", "libz.so.1"), ("malloc", "gzopen"))
    musl = f"cp311-cp311-{MUSL}"
    suffixed = EXTENSION.replace("gnu", "musl")
    forbidden = renamed(zlib, ("gzopen", "zcfree"))
    unprovided = renamed(content, ("PyModule_Create2", "arc4random_buf"))
    later = renamed(content, ("PyModule_Create2", "PyObject_GetAIte"))
    versions = renamed(elf_bytes("user-aarch64.so"), ("ONE_2.0", "ONE_9.0"))
    neighbour = renamed(content, ("PyModule_Create2", "two"))
    stable = "x/_ext.abi3.so"
    beyond = renamed(content, ("PyModule_Create2", "PyBuffer_Release"))
    on_musl = renamed(content, ("libc.so.6", "libc.so"))
    newest = {name: renamed(on_musl, ("PyModule_Create2", name)) for name in ("qsort_r", "reallocarray")}
    return {
        "a library that the policy does not promise": lambda: of_module("CW104", library),
        "a symbol version that the policy does not promise": lambda: of_module("CW105", newer),
        "a forbidden symbol": lambda: BrokenWheel(
            code="CW106", broken=made(module(forbidden, suffixed), musl), healthy=made(module(zlib, suffixed), musl)
        ),
        "a symbol of a newer C library, without version": lambda: of_module("CW107", unprovided),
        "a symbol that Python does not export": lambda: of_module("CW107", later),
        "a symbol of a later musl 1.2": lambda: BrokenWheel(
            code="CW136",
            broken=made(module(newest["qsort_r"], suffixed), "cp311-cp311-musllinux_1_2_aarch64"),
            healthy=made(module(newest["reallocarray"], suffixed), "cp311-cp311-musllinux_1_2_aarch64"),
        ),
        "a version that the wheel's own library lacks": lambda: BrokenWheel(
            code="CW107", broken=made(user(versions)), healthy=made(user())
        ),
        "a symbol of a library that is not asked for": lambda: BrokenWheel(
            code="CW120",
            broken=made({**module(neighbour), LIBRARY: elf_bytes("libone.so.1")}),
            healthy=made({**module(), LIBRARY: elf_bytes("libone.so.1")}),
        ),
        "a newer symbol version, weakly": lambda: of_module("CW121", settled),
        "more than the limited API": lambda: BrokenWheel(
            code="CW122",
            broken=made(module(beyond, stable), f"cp310-abi3-{GLIBC}"),
            healthy=made(module(beyond, stable), f"cp311-abi3-{GLIBC}"),
        ),
        "a newer glibc claimed than needed": lambda: BrokenWheel(
            code="CW132", broken=made(module(), "cp311-cp311-manylinux_2_28_aarch64"), healthy=made(module())
        ),
        "no policy claimed": lambda: BrokenWheel(
            code="CW132", broken=made(module(), "cp311-cp311-linux_aarch64"), healthy=made(module())
        ),
        "no machine code in a wheel for one platform": lambda: BrokenWheel(
            code="CW132",
            broken=made({"x.py": b""}, f"py3-none-{GLIBC}"),
            healthy=made({"x.py": b""}, "py3-none-any", root_is_purelib=True),
        ),
    }


def _linker() -> Mapping[str, Make]:
    content, x86_64 = elf_bytes("ext-aarch64.so"), elf_bytes("ext-x86_64.so")
    python = renamed(elf_bytes("user-aarch64.so"), ("libone.so.1", "libpython3"))
    return {
        "an executable stack": lambda: of_module("CW109", with_executable_stack(content)),
        "text relocations": lambda: of_module("CW110", with_text_relocations(content)),
        "no word on the stack, where glibc then makes it executable": lambda: BrokenWheel(
            code="CW109",
            broken=made(module(without_stack(x86_64), X86_64), "cp311-cp311-manylinux_2_5_x86_64"),
            healthy=made(module(x86_64, X86_64), "cp311-cp311-manylinux_2_5_x86_64"),
        ),
        "segments for small pages": lambda: of_module("CW111", with_alignment(content, 4096)),
        "segments for no pages at all": lambda: of_module("CW111", with_alignment(content, 65537)),
        "libpython": lambda: BrokenWheel(code="CW125", broken=made({USER: python}), healthy=made(user())),
    }


def _folders() -> Mapping[str, Make]:
    def pair(code: str, folder: str, healthy: str = "$ORIGIN/../x.libs") -> Make:
        alone = renamed(elf_bytes("user-aarch64.so"), ("libone.so.1", "libm.so.6"))
        content = alone if code == "CW112" else elf_bytes("user-aarch64.so")
        rest = {} if code == "CW112" else {LIBRARY: elf_bytes("libone.so.1")}
        return lambda: BrokenWheel(
            code=code,
            broken=made({USER: renamed(content, ("$ORIGIN/../x.libs", folder)), **rest}),
            healthy=made({USER: renamed(content, ("$ORIGIN/../x.libs", healthy)), **rest}),
        )

    return {
        "an absolute RPATH": pair("CW112", "/usr/local/lib"),
        "an RPATH from the current folder": pair("CW112", "x.libs"),
        "an RPATH with an empty part": pair("CW112", "$ORIGIN:"),
        "an RPATH above the root": pair("CW112", "$ORIGIN/../../lib"),
        "no RPATH that leads to the library": pair("CW134", "$ORIGIN/../y.libs"),
    }
