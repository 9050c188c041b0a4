/* What GCC's libgfortran.a asks of a C library that a shared object for an older one does not give.

   Its asynchronous I/O (libgfortran/io/async.c) keeps a thread-local variable in a way that only executables can have
   (-fPIE, local-exec), so that this stands for it: every unit is synchronous, which Fortran allows (F2018, 12.5.4).
   Nothing of it is called then but init_async_unit: the others are there for the names. */
#include <stddef.h>

#define HIDDEN __attribute__((visibility("hidden")))
#define NOTHING(name) HIDDEN int _gfortrani_##name(void) { return 0; }

__thread void *thread_unit HIDDEN;
NOTHING(init_async_unit)
NOTHING(async_close)
NOTHING(async_wait)
NOTHING(async_wait_id)
NOTHING(collect_async_errors)
NOTHING(enqueue_close)
NOTHING(enqueue_data_transfer_init)
NOTHING(enqueue_done)
NOTHING(enqueue_done_id)
NOTHING(enqueue_transfer)

int open(const char *, int, ...);
long read(int, void *, size_t);
int close(int);
long strtol(const char *, char **, int);

/* glibc 2.25; the seed of random_number. */
HIDDEN int getentropy(void *buffer, size_t length) {
  char *place = buffer;
  int file = open("/dev/urandom", 02000000 /* O_CLOEXEC */);
  if (file < 0) return -1;
  while (length > 0) {
    long got = read(file, place, length);
    if (got <= 0) break;
    place += got;
    length -= (size_t)got;
  }
  close(file);
  return length ? -1 : 0;
}

/* Objects for executables reach for the C library's variables as if they were their own: here they are. */
extern void *stdin, *stdout, *stderr;
HIDDEN void *crosswheel_stdin, *crosswheel_stdout, *crosswheel_stderr;
__attribute__((constructor)) static void streams(void) {
  crosswheel_stdin = stdin;
  crosswheel_stdout = stdout;
  crosswheel_stderr = stderr;
}

#if __SIZEOF_POINTER__ == 4
/* glibc 2.28; asked to close files in children and to look at flags, which it does as fcntl does. */
int fcntl(int, int, ...);
HIDDEN int fcntl64(int file, int command, void *argument) { return fcntl(file, command, argument); }
#endif

/* glibc 2.38. */
HIDDEN long __isoc23_strtol(const char *text, char **end, int base) { return strtol(text, end, base); }

#ifdef __powerpc64__
/* glibc 2.32: text of IEEE quadruple precision, which -mabi=ieeelongdouble alone asks for. */
int write(int, const char *, size_t);
void abort(void) __attribute__((noreturn));
static void refuse(void) {
  static const char why[] = "libgfortran: no input or output of IEEE quadruple precision before glibc 2.32\n";
  write(2, why, sizeof why - 1);
  abort();
}
#define REFUSED(name) HIDDEN void name(void) { refuse(); }
REFUSED(__strtoieee128)
REFUSED(__snprintfieee128)
REFUSED(__fprintfieee128)
#endif
