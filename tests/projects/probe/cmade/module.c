#include <math.h>
#include <openssl/ssl.h>
#include <zlib.h>
#include "generated.h"

_Static_assert(POINTER == sizeof(void *), "the generator ran for another machine");
const char *probe(void) { return OPENSSL_init_ssl(0, NULL) ? zlibVersion() : NULL; }
double math(double x) { return cos(x); }
