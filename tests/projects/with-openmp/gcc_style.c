#include "count.h"
MODULE(gcc_style)
