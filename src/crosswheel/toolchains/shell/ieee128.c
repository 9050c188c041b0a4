/* For ppc64le with glibc before 2.32. There a long double is a pair of doubles, and so it is in what is compiled here (-mabi=ibmlongdouble), but zig
   builds its libc++ with IEEE 754's binary128, whose functions glibc 2.32 brought. libc++ calls them for other types too (a double's digits, an
   error's text), and then they are the plain ones. C++ that gives libc++ a long double finds no such function, since the names of the two types
   differ: what is here is never given one. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <wchar.h>

#define HIDDEN __attribute__((visibility("hidden")))

HIDDEN int __vsnprintfieee128(char *text, size_t size, const char *format, va_list values) { return vsnprintf(text, size, format, values); }
HIDDEN int __vfprintfieee128(FILE *file, const char *format, va_list values) { return vfprintf(file, format, values); }
HIDDEN int __vasprintfieee128(char **text, const char *format, va_list values) { return vasprintf(text, format, values); }

/* What would give one back cannot be reached: it stops. */
HIDDEN void __strtoieee128(void) { __builtin_trap(); }
HIDDEN void __strtoieee128_l(void) { __builtin_trap(); }
HIDDEN void __wcstoieee128(void) { __builtin_trap(); }

#define VARIADIC(last, call)         \
  {                                  \
    va_list values;                  \
    va_start(values, last);          \
    int result = call;               \
    va_end(values);                  \
    return result;                   \
  }

HIDDEN int __printfieee128(const char *format, ...) VARIADIC(format, vprintf(format, values))
HIDDEN int __fprintfieee128(FILE *file, const char *format, ...) VARIADIC(format, vfprintf(file, format, values))
HIDDEN int __snprintfieee128(char *text, size_t size, const char *format, ...) VARIADIC(format, vsnprintf(text, size, format, values))
HIDDEN int __swprintfieee128(wchar_t *text, size_t size, const wchar_t *format, ...) VARIADIC(format, vswprintf(text, size, format, values))
HIDDEN int __isoc99_sscanfieee128(const char *text, const char *format, ...) VARIADIC(format, vsscanf(text, format, values))
