/* The scanf family for glibc 2.5 and 2.6. Headers of a newer glibc name the C99 functions, which came with glibc 2.7; what a program that was
   compiled on glibc 2.5 calls is the older ones, which differ in %as, %aS and %a[ alone (there a GNU extension allocates). So each
   newer name stands here, hidden, and calls the older one. Compiled with -std=gnu89, in which the headers leave the old names be. */
#include <stdarg.h>
#include <stdio.h>
#include <wchar.h>

#define HIDDEN __attribute__((visibility("hidden")))

HIDDEN int __isoc99_vsscanf(const char *text, const char *format, va_list values) { return vsscanf(text, format, values); }
HIDDEN int __isoc99_vfscanf(FILE *file, const char *format, va_list values) { return vfscanf(file, format, values); }
HIDDEN int __isoc99_vscanf(const char *format, va_list values) { return vfscanf(stdin, format, values); }
HIDDEN int __isoc99_vswscanf(const wchar_t *text, const wchar_t *format, va_list values) { return vswscanf(text, format, values); }
HIDDEN int __isoc99_vfwscanf(FILE *file, const wchar_t *format, va_list values) { return vfwscanf(file, format, values); }
HIDDEN int __isoc99_vwscanf(const wchar_t *format, va_list values) { return vfwscanf(stdin, format, values); }

#define VARIADIC(name, last, call)   \
  {                                  \
    va_list values;                  \
    va_start(values, last);          \
    int matched = call;              \
    va_end(values);                  \
    return matched;                  \
  }

HIDDEN int __isoc99_sscanf(const char *text, const char *format, ...) VARIADIC(sscanf, format, vsscanf(text, format, values))
HIDDEN int __isoc99_fscanf(FILE *file, const char *format, ...) VARIADIC(fscanf, format, vfscanf(file, format, values))
HIDDEN int __isoc99_scanf(const char *format, ...) VARIADIC(scanf, format, vfscanf(stdin, format, values))
HIDDEN int __isoc99_swscanf(const wchar_t *text, const wchar_t *format, ...) VARIADIC(swscanf, format, vswscanf(text, format, values))
HIDDEN int __isoc99_fwscanf(FILE *file, const wchar_t *format, ...) VARIADIC(fwscanf, format, vfwscanf(file, format, values))
HIDDEN int __isoc99_wscanf(const wchar_t *format, ...) VARIADIC(wscanf, format, vfwscanf(stdin, format, values))
