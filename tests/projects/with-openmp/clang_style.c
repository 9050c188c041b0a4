#include "count.h"
MODULE(clang_style)
