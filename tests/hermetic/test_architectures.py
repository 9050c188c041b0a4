"""What each architecture is called by whoever a build asks, with glibc and with musl; no emulator is needed."""

import tomllib
from pathlib import Path

import pytest

from crosswheel.emulator import ExecMode
from crosswheel.targets import ByteOrder, architecture_named, buildable_architectures
from made_environment import Made, Maker
from zig_places import oldest_target

PROJECTS = Path(__file__).parents[1] / "projects"
NAMES = tuple(architecture.name for architecture in buildable_architectures())
LIBCS = ("manylinux", "musllinux")

# Architecture: Debian's name, multiarch triplet, the name that configure goes by, ldconfig's word, glibc's loader.
CALLED = {
    "x86_64": ("amd64", "x86_64-linux-gnu", "x86_64-pc-linux-gnu", "x86-64", "lib64/ld-linux-x86-64.so.2"),
    "i686": ("i386", "i386-linux-gnu", "i686-pc-linux-gnu", "", "lib/ld-linux.so.2"),
    "aarch64": ("arm64", "aarch64-linux-gnu", "aarch64-unknown-linux-gnu", "AArch64", "lib/ld-linux-aarch64.so.1"),
    "armv7l": (
        *("armhf", "arm-linux-gnueabihf", "arm-unknown-linux-gnueabihf"),
        *("hard-float", "lib/ld-linux-armhf.so.3"),
    ),
    "ppc64le": (
        *("ppc64el", "powerpc64le-linux-gnu", "powerpc64le-unknown-linux-gnu"),
        *("64bit", "lib64/ld64.so.2"),
    ),
    "s390x": ("s390x", "s390x-linux-gnu", "s390x-ibm-linux-gnu", "64bit", "lib/ld64.so.1"),
    "riscv64": (
        *("riscv64", "riscv64-linux-gnu", "riscv64-unknown-linux-gnu"),
        *("double-float", "lib/ld-linux-riscv64-lp64d.so.1"),
    ),
    "loongarch64": (
        *("loong64", "loongarch64-linux-gnu", "loongarch64-unknown-linux-gnu"),
        *("double-float", "lib64/ld-linux-loongarch-lp64d.so.1"),
    ),
}
FAMILIES = {"i686": "x86", "armv7l": "arm", "ppc64le": "ppc64"}


@pytest.fixture(params=[(name, libc) for name in NAMES for libc in LIBCS], ids="-".join)
def place(request: pytest.FixtureRequest, make: Maker) -> tuple[str, bool, Made]:
    name, libc = request.param
    return name, libc == "musllinux", make(oldest_target(name, libc), mode=ExecMode.NONE)


def _musl(text: str) -> str:
    return text.replace("-gnu", "-musl")


def test_names_and_widths(place: tuple[str, bool, Made]) -> None:
    name, musl, made = place
    architecture = architecture_named(name)
    debian, triplet, _, kind, loader = CALLED[name]
    assert made.ask("uname", "-m") == made.ask("arch") == name
    assert made.ask("dpkg", "--print-architecture") == debian
    assert made.ask("dpkg-architecture", "-qDEB_HOST_MULTIARCH") == (_musl(triplet) if musl else triplet)
    assert made.ask("dpkg-architecture", "-qDEB_HOST_ARCH_LIBC") == ("musl" if musl else "gnu")
    assert made.ask("dpkg-architecture", "-qDEB_HOST_ARCH_ENDIAN") == architecture.byte_order.value
    assert made.ask("getconf", "LONG_BIT") == str(architecture.bits)
    system = (_musl(triplet) if musl else triplet).partition("-")[2]
    assert made.ask("bash", "-c", "echo $MACHTYPE") == f"{name}-unknown-{system}"
    listed = made.ask("ldconfig", "-p")
    if musl:
        assert listed == ""
        assert made.ask("getconf", "GNU_LIBC_VERSION", status=2)
        assert made.ask("ldd", "--version", status=1).startswith("musl libc (")
    else:
        assert f"(libc6{kind and ','}{kind})" in listed
        assert made.ask("getconf", "GNU_LIBC_VERSION").startswith("glibc 2.")
        assert f"/{loader}" in (made.hermetic.tools / "ldd").read_text(encoding="utf-8")


def test_compilers_have_every_name_that_a_python_may_give_them(place: tuple[str, bool, Made]) -> None:
    name, musl, made = place
    triplet = _musl(CALLED[name][1]) if musl else CALLED[name][1]
    assert made.hermetic.variables["CC"] == f"{triplet}-gcc"
    for prefix in (triplet, CALLED[name][1], *(["i686-linux-gnu"] if name == "i686" else [])):
        for tool in ("gcc", "g++", "gcc-ar", "strip", "nm"):
            assert (made.hermetic.tools / f"{prefix}-{tool}").is_file()
    assert made.ask("cc", "-print-multiarch") == triplet
    assert made.ask("gcc", "-dumpmachine") == (triplet if musl or name != "i686" else "i686-linux-gnu")
    assert made.ask(f"{triplet}-pkg-config", "--version")


@pytest.mark.parametrize("runs", [True, False])
@pytest.mark.parametrize("libc", LIBCS)
@pytest.mark.parametrize("name", NAMES)
def test_configure_need_not_ask_its_own_config_sub(make: Maker, name: str, libc: str, *, runs: bool) -> None:
    made = make(oldest_target(name, libc), mode=ExecMode.NAMESPACE if runs else ExecMode.NONE)
    canonical = _musl(CALLED[name][2]) if libc == "musllinux" else CALLED[name][2]
    shown = 'build_alias={} host_alias={}; . "$CONFIG_SITE"; echo "$ac_cv_build $ac_cv_host"'
    assert made.ask("sh", "-c", shown.format("", "")) == (f"{canonical} {canonical}" if runs else canonical)
    assert made.ask("sh", "-c", shown.format("mips-elf", "sparc-elf")) == ""


def test_cmake_and_meson(place: tuple[str, bool, Made]) -> None:
    name, musl, made = place
    cmake = made.hermetic.toolchain_file.read_text(encoding="utf-8")
    triplet = _musl(CALLED[name][1]) if musl else CALLED[name][1]
    assert f"set(CMAKE_SYSTEM_PROCESSOR {name})" in cmake
    assert f"set(CMAKE_LIBRARY_ARCHITECTURE {triplet})" in cmake
    meson = made.hermetic.meson_file.read_text(encoding="utf-8")
    big = architecture_named(name).byte_order is ByteOrder.BIG
    assert f"cpu_family = '{FAMILIES.get(name, name)}'" in meson
    assert f"endian = '{'big' if big else 'little'}'" in meson
    assert f"longdouble_format = '{_long_double(name, musl=musl)}'" in meson


def _long_double(name: str, *, musl: bool) -> str:
    """As numpy calls the format of a long double of so many bits of mantissa."""
    table = tomllib.loads((PROJECTS / "truth.toml").read_text(encoding="utf-8"))[name]
    facts = {**table, **(table.get("musl", {}) if musl else {})}
    order = "BE" if facts["byte_order"] == "big" else "LE"
    formats = {53: "IEEE_DOUBLE", 64: f"INTEL_EXTENDED_{facts['long_double']}_BYTES", 106: "IBM_DOUBLE_DOUBLE"}
    return f"{formats.get(facts['mantissa'], 'IEEE_QUAD')}_{order}"
