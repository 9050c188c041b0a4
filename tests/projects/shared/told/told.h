/* What the compiler, and pyconfig.h where Python.h came before, say of the machine that is compiled for: one string that
   is whole before anything runs, so that it can be read out of a module that nothing here can load. */
#ifndef TOLD_H
#define TOLD_H

#include <limits.h>

#define TOLD_TEXT_OF(value) #value
#define TOLD_VALUE(value) TOLD_TEXT_OF(value)

#if defined(__x86_64__)
#define TOLD_MACHINE "x86_64"
#elif defined(__i386__)
#define TOLD_MACHINE "i686"
#elif defined(__aarch64__)
#define TOLD_MACHINE "aarch64"
#elif defined(__arm__) && defined(__ARM_PCS_VFP) && __ARM_ARCH >= 7
#define TOLD_MACHINE "armv7l"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__) && _CALL_ELF == 2
#define TOLD_MACHINE "ppc64le"
#elif defined(__s390x__)
#define TOLD_MACHINE "s390x"
#elif defined(__riscv) && __riscv_xlen == 64
#define TOLD_MACHINE "riscv64"
#elif defined(__loongarch64)
#define TOLD_MACHINE "loongarch64"
#else
#define TOLD_MACHINE "unknown"
#endif

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define TOLD_ORDER "big"
#else
#define TOLD_ORDER "little"
#endif

#ifdef __CHAR_UNSIGNED__
#define TOLD_CHAR "unsigned"
#else
#define TOLD_CHAR "signed"
#endif

#ifdef __GLIBC__
#define TOLD_LIBC "glibc"
#else
#define TOLD_LIBC "musl"
#endif

/* What the build told the project, which passes it on with -DTOLD_SUFFIX="…" and -DTOLD_PLATFORM="…". */
#ifdef TOLD_SUFFIX
#define TOLD_CONFIGURED_SUFFIX ";suffix=" TOLD_SUFFIX
#else
#define TOLD_CONFIGURED_SUFFIX
#endif
#ifdef TOLD_PLATFORM
#define TOLD_CONFIGURED_PLATFORM ";platform=" TOLD_PLATFORM
#else
#define TOLD_CONFIGURED_PLATFORM
#endif

#ifdef PY_VERSION
#ifdef WORDS_BIGENDIAN
#define TOLD_PY_ORDER "big"
#else
#define TOLD_PY_ORDER "little"
#endif
#define TOLD_PYTHON                                                                                       \
  ";python=" PY_VERSION ";python_byte_order=" TOLD_PY_ORDER ";python_pointer=" TOLD_VALUE(SIZEOF_VOID_P)    \
  ";python_long=" TOLD_VALUE(SIZEOF_LONG) ";python_size_t=" TOLD_VALUE(SIZEOF_SIZE_T)                      \
  ";python_wchar=" TOLD_VALUE(SIZEOF_WCHAR_T)
#else
#define TOLD_PYTHON
#endif

#define TOLD_TEXT                                                                                       \
  "told:machine=" TOLD_MACHINE ";byte_order=" TOLD_ORDER ";pointer=" TOLD_VALUE(__SIZEOF_POINTER__)       \
  ";long=" TOLD_VALUE(__SIZEOF_LONG__) ";long_double=" TOLD_VALUE(__SIZEOF_LONG_DOUBLE__)                  \
  ";mantissa=" TOLD_VALUE(__LDBL_MANT_DIG__) ";wchar=" TOLD_VALUE(__SIZEOF_WCHAR_T__) ";char=" TOLD_CHAR   \
  ";libc=" TOLD_LIBC TOLD_PYTHON TOLD_CONFIGURED_SUFFIX TOLD_CONFIGURED_PLATFORM

#endif
