/* For Python.h of CPython 3.8 and older, which includes this where the Python was built with it. glibc gave it up, and zig has none; what extension
   modules want of it are POSIX's functions, if anything. Who needs libxcrypt itself takes its development package, whose header comes first. */
#ifndef _CRYPT_H
#define _CRYPT_H 1

#ifdef __cplusplus
extern "C" {
#endif

struct crypt_data;
char *crypt(const char *key, const char *salt);
char *crypt_r(const char *key, const char *salt, struct crypt_data *data);
void encrypt(char block[64], int decrypt);
void setkey(const char *key);

#ifdef __cplusplus
}
#endif

#endif
