"""What -march, -mcpu and -mfpu come to: the true wrappers, with a zig that prints its arguments, and the true zig."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crosswheel.targets import buildable_architectures
from printing_wrappers import Maker, given_to_zig, wrappers_in
from told_projects import truth
from zig_places import oldest_target, workplace

NAMES = tuple(architecture.name for architecture in buildable_architectures())
OLD_ARMV7 = "generic+v7a+vfp3d16-neon-vfp3-d32"


@pytest.fixture(scope="session")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[str, ...]]:
    """What zig is given besides the compile itself, of options for an architecture."""
    made = {}

    def asked(architecture: str, *options: str) -> tuple[str, ...]:
        if architecture not in made:
            folder = tmp_path_factory.mktemp(architecture)
            made[architecture] = wrappers_in(folder, oldest_target(architecture), {})
        zig = given_to_zig(made[architecture]("cc", "-c", *options, "a.c"))
        assert zig[0] == "-c"
        assert "a.c" in zig
        return tuple(option for option in zig[1:] if option != "a.c")

    return asked


@pytest.mark.parametrize(
    ("architecture", "options", "zig"),
    [
        ("aarch64", "-march=armv8-a", "-mcpu=generic"),
        ("aarch64", "-march=armv8.2-a+sve", "-mcpu=generic+v8_2a+sve"),
        ("aarch64", "-march=armv8-a+crc+nosimd+fp16", "-mcpu=generic+crc-neon+fullfp16"),
        ("aarch64", "-march=armv9-a", "-mcpu=generic+v9a"),
        ("aarch64", "-mcpu=cortex-a53", "-mcpu=cortex_a53"),
        ("aarch64", "-mcpu=neoverse-n1+crypto", "-mcpu=neoverse_n1+crypto"),
        ("aarch64", "-march=armv8-a+crc -mcpu=cortex-a53", "-mcpu=generic+crc"),
        ("aarch64", "-mcpu=cortex-a53 -march=armv8-a+crc", "-mcpu=generic+crc"),
        ("x86_64", "-march=x86-64-v3", "-mcpu=x86_64_v3"),
        ("x86_64", "-march=haswell -mavx2", "-mavx2 -mcpu=haswell"),
        ("x86_64", "-mcpu=k8 -m64 -msse4.2", "-msse4.2"),
        ("x86_64", "", ""),
        ("i686", "-march=i686 -m32 -msse3", "-msse3"),
        ("i686", "-march=core2", "-mcpu=core2"),
        ("armv7l", "", f"-mcpu={OLD_ARMV7}"),
        ("armv7l", "-march=armv6", f"-mcpu={OLD_ARMV7}"),
        ("armv7l", "-march=armv7-a -mfpu=vfpv3-d16 -mfloat-abi=hard -mthumb", f"-mthumb -mcpu={OLD_ARMV7}"),
        ("armv7l", "-mfpu=neon", "-mcpu=generic+v7a+vfp3d16+neon"),
        ("armv7l", "-mfpu=neon-vfpv4 -march=armv7-a", "-mcpu=generic+v7a+vfp3d16+neon+vfp4"),
        ("armv7l", "-mfpu=vfpv4", "-mcpu=generic+v7a+vfp3d16+vfp4-neon"),
        ("armv7l", "-march=armv8-a+crc -mfpu=neon-fp-armv8", "-mcpu=generic+v8a+vfp3d16+crc+neon+fp_armv8"),
        ("armv7l", "-mcpu=cortex-a9", "-mcpu=cortex_a9"),
        ("ppc64le", "-mcpu=power8 -maltivec -mvsx -m64", "-maltivec -mvsx"),
        ("ppc64le", "-mcpu=power9 -mtune=power10", "-mcpu=pwr9"),
        ("s390x", "", "-mcpu=z196"),
        ("s390x", "-march=z10", "-mcpu=z196"),
        ("s390x", "-mvx -mzvector", "-mzvector -mcpu=z196+vector"),
        ("s390x", "-march=z14 -mzvector -mzarch", "-mzvector -mcpu=z14"),
        ("riscv64", "-march=rv64gc -mabi=lp64d", "-mabi=lp64d"),
        ("riscv64", "-march=rv64gcv", "-mcpu=generic_rv64+m+a+f+d+zicsr+zifencei+c+v"),
        ("riscv64", "-march=rv64i2p1_m2p0_zba1p0_zvl128b", "-mcpu=generic_rv64+m+zba+zvl128b"),
        ("loongarch64", "-march=loongarch64 -mlsx", "-mlsx"),
        ("loongarch64", "-march=la64v1.1", "-mcpu=la64v1_1"),
        ("loongarch64", "-march=la464", "-mcpu=la464"),
    ],
)  # fmt: skip
def test_processors_in_zigs_spelling(
    processor: Callable[..., tuple[str, ...]], architecture: str, options: str, zig: str
) -> None:
    assert processor(architecture, *options.split()) == tuple(zig.split())


def test_a_link_is_for_the_baseline_whatever_was_compiled(make: Maker) -> None:
    assert given_to_zig(make()("cc", "-march=armv9-a", "a.o", "-o", "a")) == ("a.o", "-o", "a", "-s", "-lc++")
    zig = given_to_zig(make()("cc", "-march=armv9-a", "a.c", "-o", "a"))
    assert zig == ("a.c", "-o", "a", "-s", "-lc++", "-mcpu=generic+v9a")


@pytest.mark.parametrize("option", ["-march=native", "-mcpu=native", "-mtune=native", "-mcpu=native+crypto"])
def test_native_processors_are_refused_in_a_sentence(make: Maker, option: str) -> None:
    said = make()("cc", option, "-c", "a.c")
    assert (said.status, said.output) == (1, "")
    assert said.errors.count("\n") == 1
    assert "take the option away" in said.errors


def test_an_option_of_x86_that_zig_takes_for_one_of_arm(make: Maker) -> None:
    said = make()("cc", "-maes", "-c", "a.c")
    assert (said.status, said.output) == (1, "")
    assert "x86" in said.errors
    assert "-maes" in make("cp311-manylinux2014_x86_64")("cc", "-maes", "-c", "a.c").arguments


@pytest.mark.parametrize(
    ("architecture", "option"),
    [("x86_64", "-m32"), ("i686", "-m64"), ("s390x", "-m31"), ("armv7l", "-mfloat-abi=softfp"), ("aarch64", "-mx32")],
)
def test_code_for_another_convention_is_refused_in_a_sentence(tmp_path: Path, architecture: str, option: str) -> None:
    said = wrappers_in(tmp_path, oldest_target(architecture), {})("cc", option, "-c", "a.c")
    assert (said.status, said.output) == (1, "")
    assert said.errors.count("\n") == 1
    assert architecture in said.errors
    assert "take the option away" in said.errors


# By macros of its compiler, what every machine of an architecture has, and what some lack.
BASELINES = {
    "x86_64": ("__SSE2__", "__SSE3__"),
    "i686": ("__SSE2__", "__SSE3__"),
    "aarch64": ("__ARM_NEON", "__ARM_FEATURE_CRC32"),
    "armv7l": ("__ARM_VFPV3__", "__ARM_NEON"),
    "ppc64le": ("__POWER8_VECTOR__", "__POWER9_VECTOR__"),
    "s390x": ("__s390x__", "__VX__"),
    "riscv64": ("__riscv_compressed", "__riscv_zba"),
    "loongarch64": ("__loongarch_sx", "__loongarch_asx"),
}


@pytest.mark.toolchain
@pytest.mark.parametrize("libc", ["manylinux", "musllinux"])
@pytest.mark.parametrize("architecture", NAMES)
def test_the_baseline_and_nothing_beyond(tmp_path: Path, architecture: str, libc: str) -> None:
    place = workplace(oldest_target(architecture, libc), tmp_path, warm=False)
    macros = {line.split()[1] for line in place.run("cc", "-E", "-dM", "-x", "c", "/dev/null").splitlines()}
    there, beyond = BASELINES[architecture]
    assert there in macros
    assert beyond not in macros


# Options, a header, and a function of it that the baseline has not: result, argument, expression.
SIMD = {
    "x86_64": ("-mavx2 -mfma", "immintrin.h", "__m256d", "__m256d", "_mm256_fmadd_pd(a, a, a)"),
    "i686": ("-msse4.2", "nmmintrin.h", "unsigned", "unsigned", "_mm_crc32_u32(a, a)"),
    "aarch64": ("-march=armv8.2-a+sve", "arm_sve.h", "svfloat64_t", "svfloat64_t", "svsqrt_x(svptrue_b64(), a)"),
    "armv7l": ("-mfpu=neon", "arm_neon.h", "float32x4_t", "float32x4_t", "vaddq_f32(a, a)"),
    "ppc64le": ("-mcpu=power9 -mvsx", "altivec.h", "vector unsigned long long", "vector double", "vec_extract_exp(a)"),
    "s390x": ("-march=z13 -mzvector", "vecintrin.h", "vector double", "vector double", "vec_sqrt(a)"),
    "riscv64": ("-march=rv64gcv", "riscv_vector.h", "vint32m1_t", "vint32m1_t", "__riscv_vadd(a, a, 4)"),
    "loongarch64": ("-mlasx", "lasxintrin.h", "__m256i", "__m256i", "__lasx_xvadd_w(a, a)"),
}


@pytest.mark.toolchain
@pytest.mark.parametrize("architecture", NAMES)
def test_sources_for_a_newer_processor_compile(tmp_path: Path, architecture: str) -> None:
    place = workplace(oldest_target(architecture), tmp_path, warm=False)
    options, header, result, argument, expression = SIMD[architecture]
    source = f"#include <{header}>\n{result} f({argument} a) {{ return {expression}; }}\n"
    (place.folder / "simd.c").write_text(source, encoding="ascii")
    place.run("gcc", "-O2", *options.split(), "-c", "simd.c", "-o", "simd.o")
    assert place.elf("simd.o").machine == place.toolchain.target.architecture.elf_machine
    place.run("gcc", "-O2", "-c", "simd.c", status=1)


@pytest.mark.toolchain
@pytest.mark.parametrize("libc", ["manylinux", "musllinux"])
@pytest.mark.parametrize("architecture", NAMES)
def test_numbers_are_what_the_abi_says(tmp_path: Path, architecture: str, libc: str) -> None:
    """long double above all: zig's own is another than manylinux's on ppc64le."""
    place = workplace(oldest_target(architecture, libc), tmp_path, warm=False)
    lines = place.run("cc", "-E", "-dM", "-x", "c", "/dev/null").splitlines()
    macros = dict([*line.split(maxsplit=2), ""][1:3] for line in lines)
    true = truth(architecture, "musl" if libc == "musllinux" else "glibc")
    assert macros["__SIZEOF_POINTER__"] == true["pointer"]
    assert macros["__SIZEOF_LONG__"] == true["long"]
    assert macros["__SIZEOF_LONG_DOUBLE__"] == true["long_double"]
    assert macros["__LDBL_MANT_DIG__"] == true["mantissa"]
    assert macros["__BYTE_ORDER__"] == f"__ORDER_{true['byte_order'].upper()}_ENDIAN__"
    assert ("__CHAR_UNSIGNED__" in macros) == (true["char"] == "unsigned")
