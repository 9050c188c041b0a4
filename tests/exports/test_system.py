import pytest

from crosswheel.exports import SystemLibraries
from crosswheel.targets import Manylinux, Musllinux, architecture_named, architectures

# Policies have no data of glibc on it: zig does not know the machine.
UNKNOWN = "ppc64"
MANY = ("libstdc++.so.6", "libgcc_s.so.1", "libz.so.1", "libexpat.so.1", "libX11.so.6", "libglib-2.0.so.0")


def manylinux(minor: int, architecture: str = "aarch64", *libraries: str) -> SystemLibraries:
    found = SystemLibraries.of(
        Manylinux(major=2, minor=minor, architecture=architecture_named(architecture)), libraries
    )
    assert found is not None
    return found


def musllinux(minor: int, architecture: str = "aarch64") -> SystemLibraries:
    found = SystemLibraries.of(Musllinux(major=1, minor=minor, architecture=architecture_named(architecture)))
    assert found is not None
    return found


# Read in glibc's own *.abilist files, and in its release notes.
@pytest.mark.parametrize(
    ("architecture", "library", "name", "version"),
    [
        ("aarch64", "libc.so.6", "memcpy", "GLIBC_2.17"),
        ("x86_64", "libc.so.6", "memcpy", "GLIBC_2.14"),
        ("x86_64", "libc.so.6", "memcpy", "GLIBC_2.2.5"),
        ("aarch64", "libm.so.6", "exp", "GLIBC_2.29"),
        ("aarch64", "libdl.so.2", "dlopen", "GLIBC_2.17"),
        ("aarch64", "libc.so.6", "dlopen", "GLIBC_2.34"),
        ("aarch64", "libc.so.6", "_mcount", "GLIBC_2.18"),
        ("aarch64", "libc.so.6", "arc4random_buf", "GLIBC_2.36"),
        ("riscv64", "libc.so.6", "memcpy", "GLIBC_2.27"),
        ("aarch64", "ld-linux-aarch64.so.1", "__tls_get_addr", "GLIBC_2.17"),
        ("x86_64", "libc.so.6", "environ", "GLIBC_2.2.5"),
    ],
)
def test_what_glibc_exports(architecture: str, library: str, name: str, version: str) -> None:
    libraries = manylinux(36, architecture)
    assert libraries.provides(library, name, version)
    assert libraries.provides(library, name)
    assert not libraries.provides(library, name, "GLIBC_2.16.1")
    assert not libraries.provides("libutil.so.1", name, version)


def test_other_libraries_are_read_when_they_are_asked_for() -> None:
    assert not manylinux(36).provides("libz.so.1", "inflate")
    libraries = manylinux(36, "aarch64", *MANY, "libunheard-of.so.1", "../libz.so.1")
    assert libraries.provides("libz.so.1", "inflate")
    assert libraries.provides("libz.so.1", "gzoffset", "ZLIB_1.2.3.5")
    assert libraries.provides("libstdc++.so.6", "_ZSt17__throw_bad_allocv", "GLIBCXX_3.4")
    assert libraries.provides("libgcc_s.so.1", "_Unwind_Resume", "GCC_3.0")
    assert not libraries.provides("libstdc++.so.6", "_ZSt17__throw_bad_allocv", "GLIBCXX_3.4.9")
    assert libraries.provides("libX11.so.6", "XOpenDisplay")
    assert "libunheard-of.so.1" not in libraries.offers


def test_what_has_no_versions_is_promised_by_systems_as_new_as_those_that_have_it() -> None:
    since_2_4_0 = "XML_SetBillionLaughsAttackProtectionMaximumAmplification"  # bullseye has 2.2.10
    assert not manylinux(31, "x86_64", "libexpat.so.1").provides("libexpat.so.1", since_2_4_0)
    assert manylinux(36, "x86_64", "libexpat.so.1").provides("libexpat.so.1", since_2_4_0)
    assert manylinux(17, "x86_64", "libexpat.so.1").provides("libexpat.so.1", "XML_ParserCreate")


@pytest.mark.parametrize(
    ("name", "in_1_1", "in_1_2"),
    [
        ("memcpy", True, True),
        ("gettid", False, True),  # musl 1.2.2
        ("reallocarray", False, True),  # musl 1.2.2
        ("qsort_r", False, False),  # musl 1.2.3
        ("__memcpy_chk", False, False),  # glibc's alone
    ],
)
def test_what_musl_exports(name: str, in_1_1: bool, in_1_2: bool) -> None:
    assert musllinux(1).provides("libc.so", name) == in_1_1
    assert musllinux(2).provides("libc.so", name) == in_1_2


def test_wide_time_is_of_32_bit_machines_since_musl_1_2() -> None:
    assert musllinux(2, "armv7l").provides("libc.so", "__clock_gettime64")
    assert not musllinux(1, "armv7l").provides("libc.so", "__clock_gettime64")
    assert not musllinux(2, "x86_64").provides("libc.so", "__clock_gettime64")


@pytest.mark.parametrize("architecture", [one.name for one in architectures()])
def test_every_architecture_has_its_lists_but_those_that_nobody_packages(architecture: str) -> None:
    one = architecture_named(architecture)
    glibc = SystemLibraries.of(Manylinux(major=2, minor=40, architecture=one), MANY)
    musl = SystemLibraries.of(Musllinux(major=1, minor=2, architecture=one))
    if architecture == UNKNOWN:
        assert (glibc, musl) == (None, None)
        return
    assert glibc is not None
    assert musl is not None
    assert set(MANY) < glibc.offers.keys()
    assert glibc.provides(one.loader, "__tls_get_addr") or architecture in ("i686", "s390x")
    assert glibc.provides("libm.so.6", "sin")
    assert musl.provides("libc.so", "sin")
