"""What a target's compiler is asked: one C source, and its answers out of the object file that is made of it.

Nothing of the target is run: the answers are bytes of constant data between two marks.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from crosswheel.elf import MalformedElfError, parse_elf
from crosswheel.errors import RefusedError
from crosswheel.targets import Architecture

_BEGIN, _END = b"crosswheel asks:", b":crosswheel asked"
_HEADERS = ("stddef.h", "stdint.h", "stdio.h", "wchar.h", "time.h", "math.h", "float.h", "pthread.h", "dlfcn.h")
_MORE_HEADERS = ("sys/types.h", "sys/prctl.h", "sys/stat.h", "sys/syscall.h", "utmp.h")

# Macros that are always defined, and the number that they are defined as.
_NUMBERS = {
    **{
        f"SIZEOF_{name}": f"sizeof({kind})"
        for name, kind in {
            "DOUBLE": "double",
            "FLOAT": "float",
            "FPOS_T": "fpos_t",
            "INT": "int",
            "LONG": "long",
            "LONG_DOUBLE": "long double",
            "LONG_LONG": "long long",
            "OFF_T": "off_t",
            "PID_T": "pid_t",
            "PTHREAD_KEY_T": "pthread_key_t",
            "PTHREAD_T": "pthread_t",
            "SHORT": "short",
            "SIZE_T": "size_t",
            "TIME_T": "time_t",
            "UINTPTR_T": "uintptr_t",
            "VOID_P": "void *",
            "WCHAR_T": "wchar_t",
            "_BOOL": "_Bool",
        }.items()
    },
    "ALIGNOF_LONG": "_Alignof(long)",
    "ALIGNOF_MAX_ALIGN_T": "_Alignof(max_align_t)",
    "ALIGNOF_SIZE_T": "_Alignof(size_t)",
}

# Macros that are defined as 1 or not at all, and the expression that decides.
_FLAGS = {
    "HAVE_LARGEFILE_SUPPORT": "sizeof(off_t) > sizeof(long)",
    "HAVE_LONG_DOUBLE": "sizeof(long double) >= sizeof(double)",
    "HAVE_USABLE_WCHAR_T": "sizeof(wchar_t) >= 2 && (wchar_t)-1 > 0",
    "PTHREAD_KEY_T_IS_COMPATIBLE_WITH_INT": "sizeof(pthread_key_t) == sizeof(int) && (pthread_key_t)1.5 == 1",
}

# The same, where the preprocessor decides.
_CONDITIONS = {
    "DOUBLE_IS_BIG_ENDIAN_IEEE754": "__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__",
    "DOUBLE_IS_LITTLE_ENDIAN_IEEE754": "__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__",
    "DOUBLE_IS_ARM_MIXED_ENDIAN_IEEE754": "defined(__arm__) && !defined(__ARM_EABI__)",
    "FLOAT_WORDS_BIGENDIAN": "__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__",
    "WORDS_BIGENDIAN": "__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__",
    "HAVE_BUILTIN_ATOMIC": "defined(__GNUC__)",
    "HAVE_GCC_ASM_FOR_MC68881": "defined(__m68k__)",
    "HAVE_GCC_ASM_FOR_X64": "defined(__x86_64__)",
    "HAVE_GCC_ASM_FOR_X87": "defined(__x86_64__) || defined(__i386__)",
    "HAVE_GCC_UINT128_T": "defined(__SIZEOF_INT128__)",
    "HAVE___UINT128_T": "defined(__SIZEOF_INT128__)",
    "HAVE_GETRANDOM_SYSCALL": "defined(SYS_getrandom)",
    "HAVE_STD_ATOMIC": "__has_include(<stdatomic.h>)",
    "HAVE_SOCKADDR_ALG": "__has_include(<linux/if_alg.h>)",
    "HAVE_STRUCT_STATX_STX_ATOMIC_WRITE_UNIT_MIN": "defined(STATX_WRITE_ATOMIC)",
    "HAVE_STRUCT_STATX_STX_DIO_MEM_ALIGN": "defined(STATX_DIOALIGN)",
    "HAVE_STRUCT_STATX_STX_DIO_READ_OFFSET_ALIGN": "defined(STATX_DIO_READ_ALIGN)",
    "HAVE_STRUCT_STATX_STX_MNT_ID": "defined(STATX_MNT_ID)",
    "HAVE_STRUCT_STATX_STX_SUBVOL": "defined(STATX_SUBVOL)",
    "HAVE_UT_NAMESIZE": "defined(UT_NAMESIZE)",
    "_Py_HAVE_PR_SET_VMA_ANON_NAME": "defined(PR_SET_VMA_ANON_NAME)",
    "PY_HAVE_PERF_TRAMPOLINE": "defined(__GLIBC__) && (defined(__x86_64__) || defined(__aarch64__))",
    "_Py_HACL_CAN_COMPILE_VEC128": "defined(__x86_64__) || defined(__i386__)",
    "_Py_HACL_CAN_COMPILE_VEC256": "defined(__x86_64__) || defined(__i386__)",
    "_Py_HAVE_EFFICIENT_BUILTIN_SHUFFLEVECTOR": "defined(__x86_64__) || defined(__aarch64__)",
    "X87_DOUBLE_ROUNDING": "__FLT_EVAL_METHOD__ == 2",
}

# AC_CHECK_DECLS: 1 or 0, always defined.
_DECLARED = (
    *("RTLD_DEEPBIND", "RTLD_GLOBAL", "RTLD_LAZY", "RTLD_LOCAL"),
    *("RTLD_MEMBER", "RTLD_NODELETE", "RTLD_NOLOAD", "RTLD_NOW"),
    *("PR_SET_VMA_ANON_NAME", "UT_NAMESIZE"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the target's compiler and headers say.

    Arguments:
        numbers: macros that are always defined, and as what.
        flags: macros that are defined as 1, or not at all.
        headers: which headers there are, by the names in `#include`.
    """

    numbers: Mapping[str, int]
    flags: Mapping[str, bool]
    headers: Mapping[str, bool]


def ask_compiler(
    compile_object: Callable[[str], bytes],
    architecture: Architecture,
    headers: Iterable[str],
    definitions: Mapping[str, str],
) -> Answers:
    """Return what the compiler of a target says of sizes, byte order and headers.

    Arguments:
        compile_object: compiles one C source for the target and returns the object file.
        architecture: that the object file has to be for.
        headers: names to ask for, such as "sys/random.h".
        definitions: macros that decide on sizes (_FILE_OFFSET_BITS), as pyconfig.h has them.

    Raises:
        RefusedError: the object file is of another machine, or does not hold the answers.
    """
    asked = tuple(dict.fromkeys(headers))
    data = compile_object(_source(asked, definitions))
    _check_machine(data, architecture)
    numbers = (*_NUMBERS, *(f"HAVE_DECL_{name}" for name in _DECLARED))
    flags = (*_FLAGS, *_CONDITIONS)
    values = iter(_answers(data, architecture, len(numbers) + len(flags) + len(asked)))
    return Answers(
        numbers={name: next(values) for name in numbers},
        flags={name: bool(next(values)) for name in flags},
        headers={name: bool(next(values)) for name in asked},
    )


def _source(headers: tuple[str, ...], definitions: Mapping[str, str]) -> str:
    lines = [f"#define {name} {value}" for name, value in definitions.items()]
    lines += [f"#include <{name}>" for name in (*_HEADERS, *_MORE_HEADERS)]
    expressions = list(_NUMBERS.values())
    expressions += [_preprocessed(lines, f"defined({name})") for name in _DECLARED]
    expressions += _FLAGS.values()
    conditions = (*_CONDITIONS.values(), *(f"__has_include(<{name}>)" for name in headers))
    expressions += [_preprocessed(lines, condition) for condition in conditions]
    bytes_of = [*map(str, _BEGIN), *(f"(unsigned char)({expression})" for expression in expressions), *map(str, _END)]
    body = ",\n  ".join(bytes_of)
    lines.append(f"__attribute__((used)) const unsigned char crosswheel_answers[] = {{\n  {body}\n}};")
    return "".join(f"{line}\n" for line in lines)


def _preprocessed(lines: list[str], condition: str) -> str:
    name = f"CROSSWHEEL_{len(lines)}"
    lines += [f"#if {condition}", f"#define {name} 1", "#else", f"#define {name} 0", "#endif"]
    return name


def _check_machine(data: bytes, architecture: Architecture) -> None:
    try:
        found = parse_elf(data, exports=False)
    except MalformedElfError as error:
        raise _refused(architecture, f"what it made is no ELF file: {error.why}") from error
    if (found.machine, found.elf_class, found.byte_order) != (
        architecture.elf_machine,
        architecture.bits,
        architecture.byte_order.value,
    ):
        raise _refused(architecture, f"it compiled for machine {found.machine} with {found.elf_class} bits")


def _answers(data: bytes, architecture: Architecture, count: int) -> bytes:
    _, begin, rest = data.partition(_BEGIN)
    if not begin or rest[count : count + len(_END)] != _END:
        raise _refused(architecture, "the answers are not in the object file that it made")
    return rest[:count]


def _refused(architecture: Architecture, why: str) -> RefusedError:
    return RefusedError(f"the compiler for {architecture.name} could not be asked for its sizes", why=why)
