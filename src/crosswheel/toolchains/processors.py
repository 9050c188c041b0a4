"""What every machine of an architecture has, and how zig calls what GCC's -march, -mcpu and -mfpu name.

The shell side is `shell/processor.sh`: `$name` is what was named, `$cpu` what zig is told, `$baseline` what it is told
otherwise.
"""

from collections.abc import Mapping
from types import MappingProxyType

from crosswheel.toolchains.rules import DROP, Rule, rule

# Where zig's own default is not the oldest processor that wheels have to run on. Its defaults for the others are x86-64
# of 2003; pentium4, which has SSE2, as Debian's i386 since trixie; Armv8-A; POWER8; RV64GC; LA64 v1.0 with LSX.
_BASELINES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # Armv7-A with VFPv3 of 16 registers, as Debian's armhf. NEON is an option there, which Tegra 2 and Armada have
        # not, and zig's default: it is taken away where nothing asks for it.
        "armv7l": ("generic+v7a+vfp3d16", "-neon-vfp3-d32"),
        # z196, as Debian's s390x and the RHEL 7 of manylinux2014; zig's default is z13 with vectors.
        "s390x": ("z196", ""),
    }
)

_BASELINE = "cpu=$baseline"

# Names of processors and instruction sets, where zig's is another than GCC's with _ for -. What is below the baseline
# is the baseline: the wheel runs nowhere else.
_NAMES: Mapping[str, tuple[Rule, ...]] = MappingProxyType(
    {
        "x86_64": (),
        "i686": (
            rule(
                "i[3456]86 pentium pentium-mmx pentiumpro pentium[23] pentium3m k6* athlon athlon-* geode lakemont",
                DROP,
            ),
        ),
        "aarch64": (
            rule("armv8-a", "cpu=generic"),
            rule("armv[0-9].[0-9]-a", "number=${name#armv}; cpu=generic+v${number%%.*}_${number#*.}; cpu=${cpu%-a}a"),
            rule("armv[0-9]-a", "number=${name#armv}; cpu=generic+v${number%-a}a"),
        ),
        "armv7l": (
            rule("armv[4567]*", _BASELINE),
            rule("armv8-a", "cpu=generic+v8a+vfp3d16"),
            rule("armv8.[0-9]-a", "number=${name#armv8.}; cpu=generic+v8_${number%-a}a+vfp3d16"),
        ),
        "ppc64le": (
            rule("power[345678]* powerpc64 powerpc64le ppc64 ppc64le 970 G5", _BASELINE),
            rule("power9 power1[0-9]", "cpu=pwr${name#power}"),
        ),
        "s390x": (rule("z900 z990 z9-109 z9-ec z10 z196 arch[56789]", _BASELINE),),
        "riscv64": (rule("rv64gc rv64imafdc", _BASELINE), rule("rv64*", 'riscv_set "$name"')),
        "loongarch64": (
            rule("loongarch64 generic-la64", _BASELINE),
            rule("la64v*", "cpu=la64v${name#la64v}; cpu=${cpu%.*}_${cpu##*.}"),
        ),
    }
)

_ARM_EXTENSIONS = {
    "fp": "fp_armv8", "simd": "neon", "fp16": "fullfp16", "rdma": "rdm", "memtag": "mte",
    "profile": "spe", "rng": "rand", "flagm2": "altnzcv", "pmuv3": "perfmon", "sme-f64": "sme_f64f64",
}  # fmt: skip

# Of 32-bit Arm: extensions of -march, and values of -mfpu. One processor has one list of features for zig.
_ARM_FEATURES = {
    "fp": "", "mp": "", "sec": "", "idiv": "", "auto": "", "vfp": "", "vfpv2": "", "vfpv3-d16": "",
    "vfpv3-d16-fp16": "fp16", "vfpv3": "vfp3", "vfpv3-fp16": "vfp3+fp16", "vfpv4-d16": "vfp4d16", "vfpv4": "vfp4",
    "simd": "neon", "neon": "neon", "neon-vfpv3": "neon", "neon-fp16": "neon+fp16", "neon-vfpv4": "neon+vfp4",
    "fp-armv8": "fp_armv8", "neon-fp-armv8": "neon+fp_armv8",
    "crypto": "neon+fp_armv8+aes+sha2", "crypto-neon-fp-armv8": "neon+fp_armv8+aes+sha2",
    "fp16": "fullfp16", "fp16fml": "fp16fml",
}  # fmt: skip


def baseline_processor(architecture: str) -> tuple[str, str]:
    """Return zig's name of the oldest processor that wheels have to run on, and what zig adds to it of its own accord.

    Both are empty where zig takes it by itself.

    Arguments:
        architecture: its name in wheel tags.
    """
    return _BASELINES.get(architecture, ("", ""))


def processor_names(architecture: str) -> tuple[Rule, ...]:
    """Return the rules for what -march and -mcpu name, without extensions: each sets `cpu`.

    Arguments:
        architecture: its name in wheel tags.
    """
    return _NAMES.get(architecture, ())


def processor_extensions(architecture: str) -> tuple[Rule, ...]:
    """Return how zig (LLVM) calls the extensions that GCC's and clang's -march=NAME+EXTENSION name: each sets `name`.

    Arguments:
        architecture: its name in wheel tags.
    """
    known = {"aarch64": _ARM_EXTENSIONS, "armv7l": _ARM_FEATURES}.get(architecture, {})
    return tuple(rule(name, f"name={theirs}") for name, theirs in known.items())


def processor_rules(architecture: str) -> tuple[Rule, ...]:
    """Return the rules for the compiler's own arguments that are about processors: they stand before the others.

    Arguments:
        architecture: its name in wheel tags.
    """
    wide = architecture not in {"i686", "armv7l"}
    rules = [
        rule("-mtune=native", 'processor native "-mtune"'),
        rule("-mtune=*", DROP, "zig takes it for -mcpu; it changes speed, never what runs"),
        rule("-m64" if wide else "-m32", DROP, "it is that"),
        rule(f"-mx32 -m31 -m16 {'-m32' if wide else '-m64'}", "other_width"),
    ]
    if architecture in {"x86_64", "i686"}:
        rules.append(rule("-mcpu=native", 'processor native "-mcpu"'))
        rules.append(rule("-mcpu=*", DROP, "an old name of -mtune there (GCC manual)"))
    else:
        rules.append(
            rule(
                "-maes", "x86_option", "zig takes it for the AES instructions of Arm, which the baseline does not have"
            )
        )
    rules.append(rule("-march=* -mcpu=*", 'processor "${argument#*=}" "${argument%%=*}"', "zig spells them otherwise"))
    if architecture == "armv7l":
        rules += [
            rule("-mfpu=*", 'fpu "${argument#*=}"', "zig knows features of a processor only"),
            rule("-mfloat-abi=hard -mhard-float", DROP, "the target says so"),
            rule("-mfloat-abi=* -msoft-float", "soft_float"),
        ]
    elif architecture == "s390x":
        rules += [
            rule("-mvx -mno-vx", 'features="$features$(sign "$argument")vector"', "zig says -vector for the baseline"),
            rule("-mhtm -mno-htm", 'features="$features$(sign "$argument")transactional_execution"', "the same"),
            rule("-mzarch -mbackchain -mno-backchain -mhard-dfp", DROP, "the default, or without a meaning to clang"),
        ]
    elif architecture == "ppc64le":
        rules.append(rule("-mlittle -mlittle-endian -mminimal-toc", DROP, "the default, or without a meaning to clang"))
    return tuple(rules)
