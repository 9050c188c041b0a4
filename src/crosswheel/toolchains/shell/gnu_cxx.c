/* What GCC's libstdc++.a of a newer Debian asks of a C library that an older one does not give. */
#define _GNU_SOURCE
#include <features.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

#define HIDDEN __attribute__((visibility("hidden")))
#define BEFORE(minor) (__GLIBC__ == 2 && __GLIBC_MINOR__ < minor)

#if BEFORE(32)
/* Whether a process has one thread only: nobody knows, so no. */
HIDDEN char __libc_single_threaded = 0;
#endif

#if BEFORE(30)
static void on_the_wall_clock(clockid_t clock, const struct timespec *until, struct timespec *result) {
  struct timespec now, here;
  *result = *until;
  if (clock == CLOCK_REALTIME) return;
  clock_gettime(CLOCK_REALTIME, &now);
  clock_gettime(clock, &here);
  result->tv_sec += now.tv_sec - here.tv_sec;
  result->tv_nsec += now.tv_nsec - here.tv_nsec;
  for (; result->tv_nsec < 0; result->tv_sec--) result->tv_nsec += 1000000000;
  for (; result->tv_nsec >= 1000000000; result->tv_sec++) result->tv_nsec -= 1000000000;
}
HIDDEN int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                                  const struct timespec *until) {
  struct timespec time;
  on_the_wall_clock(clock, until, &time);
  return pthread_cond_timedwait(condition, mutex, &time);
}
HIDDEN int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until) {
  struct timespec time;
  on_the_wall_clock(clock, until, &time);
  return pthread_mutex_timedlock(mutex, &time);
}
#endif

#if BEFORE(36)
/* std::random_device. */
int open(const char *, int, ...);
long read(int, void *, size_t);
int close(int);
void abort(void);
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
HIDDEN unsigned arc4random(void) {
  unsigned number = 0;
  if (getentropy(&number, sizeof number) != 0) abort();
  return number;
}
#endif

#if BEFORE(38)
long strtol(const char *, char **, int);
unsigned long strtoul(const char *, char **, int);
unsigned long long strtoull(const char *, char **, int);
HIDDEN long __isoc23_strtol(const char *text, char **end, int base) { return strtol(text, end, base); }
HIDDEN unsigned long __isoc23_strtoul(const char *text, char **end, int base) { return strtoul(text, end, base); }
HIDDEN unsigned long long __isoc23_strtoull(const char *text, char **end, int base) { return strtoull(text, end, base); }
#endif
